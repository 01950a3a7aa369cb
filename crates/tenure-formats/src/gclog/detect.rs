//! What wrote a log, found by its content.

use tenure_model::timeline::Runtime;

use super::parser::LogParser;
use super::{cpython, go, java_legacy, java_unified, openj9, v8};

/// Points from which on a guess is taken for certain.
pub(crate) const CERTAIN: u32 = 10;

/// The kinds of log that are known, each with how much a line looks like it and its parser.
///
/// A line gets 0 points if it could be of any program, [`CERTAIN`] if nothing else writes it.
type Format = (Runtime, fn(&[u8]) -> u32, fn() -> Box<dyn LogParser + Send>);

const FORMATS: [Format; 6] = [
    (
        Runtime::JavaUnified,
        java_unified::points,
        java_unified::parser,
    ),
    (
        Runtime::JavaLegacy,
        java_legacy::points,
        java_legacy::parser,
    ),
    (Runtime::OpenJ9, openj9::points, openj9::parser),
    (Runtime::Go, go::points, go::parser),
    (Runtime::V8, v8::points, v8::parser),
    (Runtime::CPython, cpython::points, cpython::parser),
];

/// Adds up, line by line, how much a text looks like the log of each runtime.
#[derive(Clone, Debug, Default)]
pub struct Detection {
    points: [u32; FORMATS.len()],
}

/// What a text looks like most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The runtime.
    pub runtime: Runtime,
    /// True if lines were seen that nothing else writes.
    pub certain: bool,
}

impl Detection {
    /// Takes one more line, without wrapper and line end, into account.
    pub fn line(&mut self, line: &[u8]) {
        for (sum, (_, points, _)) in self.points.iter_mut().zip(FORMATS) {
            *sum = sum.saturating_add(points(line));
        }
    }

    /// What the lines so far look like most; `None` if they look like no log.
    pub fn guess(&self) -> Option<Guess> {
        self.best().map(|(index, points)| Guess {
            runtime: FORMATS[index].0,
            certain: points >= CERTAIN,
        })
    }

    /// A parser for what the lines look like most.
    pub(crate) fn parser(&self) -> Option<Box<dyn LogParser + Send>> {
        self.best().map(|(index, _)| FORMATS[index].2())
    }

    fn best(&self) -> Option<(usize, u32)> {
        let scored = self.points.iter().copied().enumerate();
        let best = scored.rev().max_by_key(|(_, points)| *points)?;
        (best.1 > 0).then_some(best)
    }
}

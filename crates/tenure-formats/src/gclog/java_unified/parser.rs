//! The state between lines.

use tenure_model::timeline::{LineClass, Runtime, Sink};

use crate::gclog::parser::{Line, LogParser};

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::JavaUnified
    }

    fn line(&mut self, _line: Line<'_>, _sink: &mut dyn Sink) -> LineClass {
        LineClass::Unclassified
    }

    fn finish(&mut self, _sink: &mut dyn Sink) {}
}

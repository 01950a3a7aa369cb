//! Suppressions of leaks: read from files, and held against the loss records of a report.

use crate::failure::{Failure, USAGE};
use crate::screen;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tenure_formats::suppressions::{Frame, Generator, LeakKind, Stack, Suppressions};
use tenure_model::graph::Kind;
use tenure_model::profile::{NamedFrame, Names};
use tenure_report::leaks::{KindSet, Leaks, LossRecord};

/// The most that is read of a file, in bytes; people write them by hand.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Unused suppressions that are named.
const UNUSED_MAX: usize = 20;

/// What hides leaks: what comes with the house, and the user's.
pub(crate) struct Suppressing {
    known: Suppressions,
    /// Whether any file of the user's was read.
    has_files: bool,
}

impl Suppressing {
    /// Reads `files`. What in them is not understood is told on stderr, and the rest is used.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or has nothing that is understood.
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let mut known = Suppressions::default();
        for path in files {
            let reading = known.read(&content(path)?, &path.display().to_string());
            for problem in &reading.problems {
                screen::complain(&problem.to_string());
            }
            if reading.problems_beyond > 0 {
                let more = reading.problems_beyond;
                screen::complain(&format!("{}: {more} more lines like these", path.display()));
            }
            if reading.entries == 0 && !reading.problems.is_empty() {
                return Err(Failure::new(
                    USAGE,
                    format!(
                        "{}: no suppression in it is understood; write those of valgrind or LSan",
                        path.display()
                    ),
                ));
            }
        }
        known.read_built_in();
        Ok(Self {
            known,
            has_files: !files.is_empty(),
        })
    }

    /// The kinds whose records are compared, if `shown` ones are shown: those that are lost, and
    /// reachable ones where somebody asks for them. To do it always would need the names of every
    /// function that has allocated.
    pub(crate) fn compared(&self, shown: KindSet) -> KindSet {
        let lost = [
            Kind::DefinitelyLost,
            Kind::IndirectlyLost,
            Kind::PossiblyLost,
        ];
        let kinds = lost
            .map(KindSet::only)
            .into_iter()
            .fold(shown, KindSet::and);
        match self.has_files {
            true => KindSet::ALL,
            false => kinds,
        }
    }

    /// Takes the hidden records of `kinds` out of `leaks`.
    pub(crate) fn hide(&mut self, leaks: &mut Leaks, names: &Names<'_>, kinds: KindSet) {
        leaks.hide(|record| {
            kinds.has(record.kind)
                && with_stack(record, names, |stack| {
                    let (blocks, bytes) = (record.direct.blocks, record.direct.bytes);
                    let hidden = self.known.hide(stack, kind(record.kind), blocks, bytes);
                    hidden.is_some()
                })
        });
    }

    /// Says on stderr which of the user's have hidden nothing.
    pub(crate) fn tell_unused(&self) {
        let unused: Vec<_> = self.known.unused().collect();
        for entry in unused.iter().take(UNUSED_MAX) {
            let (origin, line, name) = (entry.origin(), entry.line(), entry.name());
            screen::complain(&format!("{origin}:{line}: unused suppression: {name}"));
        }
        if unused.len() > UNUSED_MAX {
            let more = unused.len() - UNUSED_MAX;
            screen::complain(&format!("{more} more suppressions are unused"));
        }
    }
}

/// An entry in valgrind's grammar for each record of `kinds`.
pub(crate) fn generated(leaks: &Leaks, names: &Names<'_>, kinds: KindSet) -> String {
    let mut generator = Generator::default();
    let mut text = String::new();
    for (number, record) in (1..).zip(leaks.records_of(kinds)) {
        let name = format!("leak {number}: {}", record.kind.name());
        let entry = with_stack(record, names, |stack| {
            generator.entry(stack, kind(record.kind), &name)
        });
        text.push_str(&entry.unwrap_or_default());
    }
    text
}

fn with_stack<T>(record: &LossRecord, names: &Names<'_>, take: impl FnOnce(Stack<'_>) -> T) -> T {
    let named = names.stack(record.stack);
    let frames: Vec<_> = named.iter().map(frame).collect();
    take(Stack::of_callers(&frames))
}

fn frame<'a>(named: &'a NamedFrame<'_>) -> Frame<'a> {
    Frame {
        function: named.is_named.then_some(&*named.function),
        mangled: named.mangled,
        module: named.module,
        file: named.file,
        line: named.line,
    }
}

fn kind(kind: Kind) -> LeakKind {
    match kind {
        Kind::DefinitelyLost => LeakKind::Definite,
        Kind::IndirectlyLost => LeakKind::Indirect,
        Kind::PossiblyLost => LeakKind::Possible,
        Kind::StillReachable => LeakKind::Reachable,
    }
}

fn content(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: String| Failure::new(USAGE, format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(format!("{error}; check the path of the suppressions")))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let most = FILE_BYTES_MAX >> 20;
        return Err(unreadable(format!(
            "more than {most} MiB of suppressions; name a file of suppressions"
        )));
    }
    Ok(bytes)
}

//! Logs as they lie about: plain, gz, zst, zip, from stdin, in rotated parts.
//!
//! The parts of a rotated log are read in the order of their first stamps, whatever their names.

mod follow;
mod part;
mod refusal;

use crate::failure::{Failure, INPUT};
use crate::progress::Progress;
use crate::screen;
use part::Part;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use tenure_formats::gclog::{Guess, Outcome, Reader};
use tenure_model::timeline::{Collector, Lines, Recorder, Runtime, Timeline};

pub(crate) use follow::follow;

/// Bytes read at a time: small enough to stay in the cache on their way to the parser.
const STEP_BYTES: usize = 128 << 10;

/// Reads one log from its parts. `-` is stdin.
pub(crate) fn read(files: &[PathBuf]) -> Result<Timeline, Failure> {
    let mut parts = Vec::new();
    for file in files {
        parts.extend(Part::all_of(file)?);
    }
    if parts.len() > 1 {
        part::order(&mut parts);
    }
    let mut progress = Progress::new(parts.iter().map(|part| part.bytes).sum());
    let mut whole = Whole::default();
    let mut before = 0;
    for part in &parts {
        read_part(part, &mut whole, &mut |bytes| progress.show(before + bytes))?;
        before += part.bytes;
    }
    progress.done();
    whole.finish(&name_of(files))
}

/// The name of a log in its report.
pub(crate) fn name_of(files: &[PathBuf]) -> String {
    match files {
        [only] if only == Path::new("-") => "stdin".to_owned(),
        [only] => only.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
        [] => "nothing".to_owned(),
    }
}

/// What has been read of a log, over all of its parts.
#[derive(Default)]
struct Whole {
    recorder: Recorder,
    lines: Lines,
    runtime: Option<Runtime>,
    guess: Option<Guess>,
}

impl Whole {
    fn add(&mut self, outcome: Outcome) {
        self.runtime = self.runtime.or(outcome.runtime);
        self.guess = self.guess.or(outcome.guess);
        self.lines.append(outcome.lines);
    }

    fn finish(self, name: &str) -> Result<Timeline, Failure> {
        let log = self.recorder.finish(self.runtime, self.lines);
        if !log.is_empty() {
            return Ok(log);
        }
        if log.about.collector == Collector::Epsilon {
            let reason = "Epsilon never collects, so there is no pause to show";
            return Err(Failure::new(INPUT, format!("{name}: {reason}")));
        }
        let reason = refusal::nothing(name, log.lines.total, self.guess);
        Err(Failure::new(INPUT, reason))
    }
}

fn read_part(part: &Part, whole: &mut Whole, show: &mut dyn FnMut(u64)) -> Result<(), Failure> {
    let mut opened = part.open()?;
    let mut reader = Reader::new();
    let mut buffer = vec![0; STEP_BYTES];
    let mut is_begin = true;
    loop {
        match opened.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                let bytes = &buffer[..count];
                if std::mem::take(&mut is_begin)
                    && let Some(what) = refusal::other_file(bytes)
                {
                    return Err(Failure::new(INPUT, format!("{}: {what}", part.name)));
                }
                reader.feed(bytes, &mut whole.recorder);
                show(opened.position());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What could be read is worth its report.
            Err(error) => {
                screen::complain(&format!("{}: {error}; what was read is shown", part.name));
                break;
            }
        }
    }
    let outcome = reader.finish(&mut whole.recorder);
    whole.add(outcome);
    Ok(())
}

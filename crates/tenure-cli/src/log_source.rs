//! Logs as they lie about: plain, gz, zst, zip, from stdin, in rotated parts.
//!
//! The parts of a rotated log are read in the order of their first stamps, whatever their names.

mod follow;
mod part;

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
    /// The first bytes, for a guess at files that are no log.
    head: Vec<u8>,
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
        Err(Failure::new(
            INPUT,
            nothing(name, log.lines.total, self.guess, &self.head),
        ))
    }
}

fn read_part(part: &Part, whole: &mut Whole, show: &mut dyn FnMut(u64)) -> Result<(), Failure> {
    let mut opened = part.open()?;
    let mut reader = Reader::new();
    let mut buffer = vec![0; STEP_BYTES];
    loop {
        match opened.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                let bytes = &buffer[..count];
                if whole.head.is_empty() {
                    whole.head.extend_from_slice(&bytes[..count.min(64)]);
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

/// Why there is nothing to show, and what the file may be.
fn nothing(name: &str, lines: u64, guess: Option<Guess>, head: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 6] = [
        (
            b"JAVA PROFILE",
            "it is a heap dump of Java; this verb reads logs",
        ),
        (
            b"{\"snapshot\"",
            "it is a heap snapshot of V8; this verb reads logs",
        ),
        (
            b"FLR\0",
            "it is a recording of Java Flight Recorder; write a log with -Xlog:gc*",
        ),
        (b"\x7fELF", "it is a program; give the log that it writes"),
        (b"%PDF", "it is a PDF"),
        (b"BZh", "it is packed by bzip2; unpack it first"),
    ];
    if lines == 0 {
        return format!("{name}: it is empty; let the program run until it collects");
    }
    let known = KNOWN.iter().find(|(magic, _)| head.starts_with(magic));
    let reason = match (known, guess) {
        (Some((_, what)), _) => (*what).to_owned(),
        (None, Some(guess)) => format!(
            "it looks most like {}, but {}",
            guess.runtime.title(),
            flag_of(guess.runtime)
        ),
        (None, None) => {
            "it looks like no log that is known: Java -Xlog:gc* or -XX:+PrintGCDetails, \
             OpenJ9 -verbose:gc, Go GODEBUG=gctrace=1, node --trace-gc, Python \
             gc.set_debug(gc.DEBUG_STATS)"
                .to_owned()
        }
    };
    format!("{name}: no event of a collector in {lines} lines; {reason}")
}

fn flag_of(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::JavaUnified => "no line tells a collection; log with -Xlog:gc*",
        Runtime::JavaLegacy => "no line tells a collection; log with -XX:+PrintGCDetails",
        Runtime::OpenJ9 => "no element tells a collection; log with -verbose:gc",
        Runtime::Go => "no line tells a collection; run with GODEBUG=gctrace=1",
        Runtime::V8 => "no line tells a collection; run with --trace-gc",
        Runtime::CPython => "no line tells a collection; set gc.set_debug(gc.DEBUG_STATS)",
        Runtime::Tenure => "no line tells a collection",
    }
}

#[cfg(test)]
mod tests;

//! A log that is still being written: read as it grows, shown as it changes.

use super::{STEP_BYTES, Whole};
use crate::failure::{Failure, INPUT};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::fs::File;
use std::io::{Read, stdin};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tenure_formats::gclog::Reader;
use tenure_model::timeline::Timeline;

/// Time between two looks at the file.
const LOOK: Duration = Duration::from_millis(250);
/// Shortest time between two pictures.
const PICTURE: Duration = Duration::from_secs(1);

/// Follows `path`, or stdin as `-`, until it is interrupted or stdin ends; `show` gets a
/// picture at most once a second, when there is something new.
pub(crate) fn follow(
    path: &Path,
    show: &mut dyn FnMut(&Timeline) -> Result<(), Failure>,
) -> Result<Timeline, Failure> {
    let name = path.display().to_string();
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Without the handler an interrupt ends the program without the last picture.
        let _ = signal_hook::flag::register(signal, Arc::clone(&stopped));
    }
    let mut source = Source::open(path)?;
    let mut whole = Whole::default();
    let mut reader = Reader::new();
    let mut buffer = vec![0; STEP_BYTES];
    let mut shown_lines = 0;
    let mut shown_at: Option<Instant> = None;
    while !stopped.load(Ordering::Relaxed) {
        let count = match source.reader.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(|error| {
                Failure::new(INPUT, format!("{name}: {error}; the log went away"))
            })?,
        };
        reader.feed(&buffer[..count], &mut whole.recorder);
        let is_due = shown_at.is_none_or(|at| at.elapsed() >= PICTURE);
        if (count == 0 || shown_at.is_some()) && is_due && reader.lines().total > shown_lines {
            shown_lines = reader.lines().total;
            shown_at = Some(Instant::now());
            show(&whole.recorder.snapshot(reader.runtime(), reader.lines()))?;
        }
        if count == 0 {
            if source.is_pipe {
                break;
            }
            std::thread::sleep(LOOK);
            if source.was_replaced(path) {
                source = Source::open(path)?;
            }
        }
    }
    let outcome = reader.finish(&mut whole.recorder);
    whole.add(outcome);
    whole.finish(&name)
}

struct Source {
    reader: Box<dyn Read>,
    is_pipe: bool,
    inode: u64,
    bytes: u64,
}

impl Source {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self {
                reader: Box::new(stdin()),
                is_pipe: true,
                inode: 0,
                bytes: 0,
            });
        }
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (found, file) = opened.map_err(|error| {
            Failure::new(
                INPUT,
                format!("{}: {error}; give a log that can be read", path.display()),
            )
        })?;
        if found.is_dir() {
            let message = format!(
                "{}: it is a folder; name the log that grows",
                path.display()
            );
            return Err(Failure::new(INPUT, message));
        }
        let (inode, bytes) = (found.ino(), found.len());
        Ok(Self {
            reader: Box::new(file),
            is_pipe: !found.is_file(),
            inode,
            bytes,
        })
    }

    /// True if the log was rotated: another file bears its name, or it was cut.
    fn was_replaced(&mut self, path: &Path) -> bool {
        let Ok(found) = std::fs::metadata(path) else {
            return false;
        };
        let replaced = found.ino() != self.inode || found.len() < self.bytes;
        self.bytes = found.len();
        replaced
    }
}

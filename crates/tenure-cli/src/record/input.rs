//! A file or pipe that is read once from its beginning, however long it is.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

/// Reading that takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes read between two looks at the clock.
pub(crate) const STEP_BYTES: usize = 1 << 20;

/// A file or pipe, how far it is read, and a bar that appears once reading has lasted.
pub(crate) struct Input {
    file: File,
    /// What was read or stepped over, in bytes.
    position: u64,
    /// Length of an ordinary file in bytes; a pipe has none.
    length: Option<u64>,
    begin: Instant,
    bar: ProgressBar,
}

impl Input {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::FileTypeExt;
        let found = fs::metadata(path)?;
        if !(found.is_file() || found.file_type().is_fifo()) {
            return Err(io::Error::other(
                "neither a file nor a folder; name the record",
            ));
        }
        let length = found.is_file().then_some(found.len());
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let template = "reading {bar:40} {bytes} of {total_bytes}";
        // The template is a constant; were it wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Ok(Self {
            file: File::open(path)?,
            position: 0,
            length,
            begin: Instant::now(),
            bar,
        })
    }

    /// What was read or stepped over, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Reads the next bytes, at most `bytes`; fewer only at the end.
    pub(crate) fn read_up_to(&mut self, bytes: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        while (content.len() as u64) < bytes {
            let step = (bytes - content.len() as u64).min(STEP_BYTES as u64);
            if (&mut *self).take(step).read_to_end(&mut content)? == 0 {
                break;
            }
        }
        Ok(content)
    }

    /// Steps over the next bytes; gives how many there were, at most `bytes`.
    pub(crate) fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let Some(length) = self.length else {
            return io::copy(&mut self.take(bytes), &mut io::sink());
        };
        let skipped = bytes.min(length.saturating_sub(self.position));
        let target = self.position + skipped;
        self.file.seek(SeekFrom::Start(target))?;
        self.moved_to(target);
        Ok(skipped)
    }

    fn moved_to(&mut self, position: u64) {
        self.position = position;
        if self.bar.is_hidden() && self.begin.elapsed() > PATIENCE {
            // Draws nothing where stderr is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(position);
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.moved_to(self.position + read as u64);
        Ok(read)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

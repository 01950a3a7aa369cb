//! The last words: a line on stderr and an abort, without allocating.

use core::fmt::{self, Write};

unsafe extern "C" {
    #[link_name = "abort"]
    fn libc_abort() -> !;
}

/// A line being built on the stack; what does not fit is cut.
pub struct Line {
    bytes: [u8; Self::CAPACITY_BYTES],
    len: usize,
}

impl Line {
    /// The longest line.
    pub const CAPACITY_BYTES: usize = 512;

    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; Self::CAPACITY_BYTES],
            len: 0,
        }
    }

    /// What has been written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Default for Line {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let taken = text.len().min(room.len());
        room[..taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.len += taken;
        Ok(())
    }
}

/// Writes one message to file descriptor 2, with `tenure: ` before and a line end behind it.
///
/// One `write` call, so that lines of several threads do not mix. Errors are ignored: there is no
/// better place to tell them. Safe before `main`, in a fork child and under any lock.
pub fn tell(message: fmt::Arguments<'_>) {
    let mut line = Line::new();
    let _ = line.write_fmt(format_args!("tenure: {message}\n"));
    // SAFETY: the descriptor is only borrowed for this call; if the program has closed it the
    // kernel answers EBADF, which is ignored below.
    let stderr = unsafe { rustix::fd::BorrowedFd::borrow_raw(2) };
    let _ = rustix::io::write(stderr, line.as_bytes());
}

/// Ends the process by `SIGABRT`, as libc's own allocator does when it finds its heap misused.
pub fn abort() -> ! {
    // SAFETY: `abort` takes nothing and does not come back.
    unsafe { libc_abort() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_cut_and_not_overrun() {
        let mut line = Line::new();
        for _ in 0..200 {
            line.write_str("seven..").unwrap();
        }
        assert_eq!(line.as_bytes().len(), Line::CAPACITY_BYTES);
        assert!(line.as_bytes().starts_with(b"seven..seven.."));
    }
}

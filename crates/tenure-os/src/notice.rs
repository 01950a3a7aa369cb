//! A line on stderr that the program can do without.
//!
//! Unlike last words ([`crate::fatal::tell`]) a notice must not harm: it does not wait for a reader
//! of a full pipe, and does not raise `SIGPIPE` on a pipe whose reader has gone.
//!
//! **Cost:** two system calls.

use core::fmt::{Arguments, Write};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;

const STDERR: i32 = 2;

/// Writes `tenure: `, the message and a line end to file descriptor 2 if that can be done at once;
/// otherwise does nothing. Never allocates.
pub fn notice(message: Arguments<'_>) {
    let mut line = crate::fatal::Line::new();
    let _ = line.write_fmt(format_args!("tenure: {message}\n"));
    // SAFETY: the descriptor is only borrowed for this call; if the program has closed it the
    // kernel says so, and nothing is written.
    let stderr = unsafe { BorrowedFd::borrow_raw(STDERR) };
    let mut waiting = [PollFd::new(&stderr, PollFlags::OUT)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if poll(&mut waiting, Some(&at_once)).is_ok() && waiting[0].revents() == PollFlags::OUT {
        let _ = rustix::io::write(stderr, line.as_bytes());
    }
}

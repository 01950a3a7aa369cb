//! The most memory that the process has had resident, as the kernel counts it (`VmHWM`).
//!
//! `getrusage` would be cheaper, but its peak outlives `exec` and so belongs to another program.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use tenure_os::files;

/// Held bytes at which the peak is read for the first time.
const FIRST_STEP_BYTES: u64 = 4 << 20;
/// The peak is read again when held has grown by one part in this many.
const STEP_FRACTION: u64 = 4;
/// The peak is read at least every so many publications (a thread makes one per 64 KiB).
const PUBLICATIONS: u32 = 4096;
/// Room for `/proc/self/status` up to the line that we want.
const STATUS_BYTES: usize = 2048;

/// Says when the peak is worth reading again. Atomics only: it is told under the heap's locks.
pub(crate) struct Schedule {
    next_step_bytes: AtomicU64,
    publications: AtomicU32,
    due: AtomicBool,
}

impl Schedule {
    pub(crate) const fn new() -> Self {
        Self {
            next_step_bytes: AtomicU64::new(FIRST_STEP_BYTES),
            publications: AtomicU32::new(0),
            due: AtomicBool::new(false),
        }
    }

    /// The heap holds `bytes` now.
    pub(crate) fn held(&self, bytes: u64) {
        if bytes >= self.next_step_bytes.load(Relaxed) {
            self.next_step_bytes
                .store(bytes + bytes / STEP_FRACTION, Relaxed);
            self.due.store(true, Relaxed);
        }
    }

    /// A thread publishes: whether it should read the peak now.
    pub(crate) fn is_due(&self) -> bool {
        let turn = self.publications.fetch_add(1, Relaxed) % PUBLICATIONS == PUBLICATIONS - 1;
        (self.due.load(Relaxed) && self.due.swap(false, Relaxed)) || turn
    }
}

/// The peak in bytes; 0 where `/proc` cannot be read.
pub(crate) fn peak_bytes() -> u64 {
    let mut buffer = [0; STATUS_BYTES];
    let len = files::read_start(c"/proc/self/status", &mut buffer).unwrap_or(0);
    peak_in(&buffer[..len])
}

fn peak_in(status: &[u8]) -> u64 {
    let mut lines = status.split(|&byte| byte == b'\n');
    let Some(line) = lines.find_map(|line| line.strip_prefix(b"VmHWM:")) else {
        return 0;
    };
    let digits = line.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0u64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    }) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_its_line() {
        assert_eq!(
            peak_in(b"Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t     124 kB\nVmRSS:\t 1 kB\n"),
            126_976
        );
        assert_eq!(peak_in(b"Name:\tx\n"), 0);
        assert_eq!(peak_in(b""), 0);
        assert!(peak_bytes() > 100 << 10);
    }

    #[test]
    fn it_is_due_at_each_step_of_held_and_every_so_often() {
        let schedule = Schedule::new();
        assert!(!schedule.is_due());
        schedule.held(FIRST_STEP_BYTES - 1);
        assert!(!schedule.is_due());
        schedule.held(FIRST_STEP_BYTES);
        assert!(schedule.is_due());
        schedule.held(FIRST_STEP_BYTES + FIRST_STEP_BYTES / STEP_FRACTION - 1);
        assert!(!schedule.is_due());
        schedule.held(FIRST_STEP_BYTES + FIRST_STEP_BYTES / STEP_FRACTION);
        assert!(schedule.is_due());
        assert_eq!((0..PUBLICATIONS).filter(|_| schedule.is_due()).count(), 1);
    }
}

//! Time that a thread had the processor, and time that the machine took it away.

use std::time::{Duration, Instant};

/// Nanoseconds that this thread has had the processor. A hypervisor that takes the processor away
/// from the whole machine is not seen by that clock as clearly as another thread is.
pub(crate) fn processor_ns() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is room for the answer.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    assert_eq!(told, 0, "a thread has a clock of its own");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// The longest time between two looks at the clock, of a loop that does nothing else for `span`.
pub(crate) fn longest_gap(span: Duration) -> Duration {
    let begin = Instant::now();
    let (mut last, mut longest) = (begin, Duration::ZERO);
    while last - begin < span {
        let now = Instant::now();
        longest = longest.max(now - last);
        last = now;
    }
    longest
}

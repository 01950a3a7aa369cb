//! Time since the start of recording, cheap enough for every allocation.
//!
//! It goes on in a forked child, whose blocks may be older than the child; what is told of the
//! child itself counts from [`Stopwatch::begin_process`] on.
//!
//! Reads the processor's counter where it is steady, at a rate measured once at the start over
//! [`MEASURE_NS`]; the rate may be off by a thousandth, which no histogram of lifetimes shows.
//! Elsewhere it reads the system's clock.

use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::Relaxed;
use tenure_os::clock;

/// How long the rate is measured, with a clock that is read to some 50 ns.
const MEASURE_NS: u64 = 50_000;

/// A stopwatch that runs from [`Stopwatch::start`] on.
pub(crate) struct Stopwatch {
    start_ticks: AtomicU64,
    start_ns: AtomicU64,
    /// Nanoseconds of a tick, times 2^32; 0: the system's clock is read.
    rate: AtomicU64,
    /// What it showed when this process began: 0 but in a forked child.
    begun_ns: AtomicU64,
}

impl Stopwatch {
    pub(crate) const fn new() -> Self {
        Self {
            start_ticks: AtomicU64::new(0),
            start_ns: AtomicU64::new(0),
            rate: AtomicU64::new(0),
            begun_ns: AtomicU64::new(0),
        }
    }

    /// Starts; takes [`MEASURE_NS`].
    pub(crate) fn start(&self) {
        let (start_ns, start_ticks) = (clock::monotonic_ns(), clock::ticks());
        self.start_ns.store(start_ns, Relaxed);
        self.start_ticks.store(start_ticks, Relaxed);
        if !clock::ticks_are_steady() {
            return;
        }
        loop {
            let (ns, ticks) = (clock::monotonic_ns(), clock::ticks());
            let passed_ns = ns.wrapping_sub(start_ns);
            if passed_ns >= MEASURE_NS {
                let passed = ticks.wrapping_sub(start_ticks).max(1);
                let rate = (u128::from(passed_ns) << 32) / u128::from(passed);
                self.rate.store(rate as u64, Relaxed);
                return;
            }
        }
    }

    /// Nanoseconds since the start.
    #[inline]
    pub(crate) fn now_ns(&self) -> u64 {
        let rate = self.rate.load(Relaxed);
        if rate == 0 {
            return clock::monotonic_ns().wrapping_sub(self.start_ns.load(Relaxed));
        }
        let ticks = clock::ticks().wrapping_sub(self.start_ticks.load(Relaxed));
        ((u128::from(ticks) * u128::from(rate)) >> 32) as u64
    }

    /// A forked child begins now.
    pub(crate) fn begin_process(&self) {
        self.begun_ns.store(self.now_ns(), Relaxed);
    }

    /// What it showed at some time, counted from the start of this process; 0 for earlier times.
    #[inline]
    pub(crate) fn in_process(&self, shown_ns: u64) -> u64 {
        shown_ns.saturating_sub(self.begun_ns.load(Relaxed))
    }

    /// The start of this process on the system's clock.
    pub(crate) fn start_ns(&self) -> u64 {
        self.start_ns.load(Relaxed) + self.begun_ns.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_with_the_systems_clock() {
        let watch = Stopwatch::new();
        let before = clock::monotonic_ns();
        watch.start();
        while clock::monotonic_ns() - before < 20_000_000 {}
        let (shown, passed) = (watch.now_ns(), clock::monotonic_ns() - watch.start_ns());
        assert!(shown <= passed + passed / 100, "{shown} of {passed} ns");
        assert!(shown >= passed - passed / 100, "{shown} of {passed} ns");
    }
}

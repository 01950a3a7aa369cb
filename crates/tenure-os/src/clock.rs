//! Clocks in nanoseconds, and the processor's own counter of time.

use rustix::time::{ClockId, Timespec, clock_gettime};

fn nanoseconds(time: Timespec) -> u64 {
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

/// `clock_gettime(CLOCK_MONOTONIC)`: nanoseconds since some fixed point of this boot.
#[must_use]
pub fn monotonic_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// `clock_gettime(CLOCK_REALTIME)`: nanoseconds since 1970 in UTC.
#[must_use]
pub fn unix_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Realtime))
}

/// The processor's counter of time: steps of equal length if [`ticks_are_steady`], the same on all
/// its cores, from some fixed point. A third of what [`monotonic_ns`] costs.
#[inline]
#[must_use]
pub fn ticks() -> u64 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: every x86-64 processor has the instruction, and no system that runs us forbids it
    // (`PR_TSC_SIGSEGV` would be a program's own wish to be stopped by it).
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    monotonic_ns()
}

/// Whether [`ticks`] are of one length whatever the processor does.
///
/// x86-64: the invariant time-stamp counter, bit 8 of edx of CPUID leaf 0x80000007 (Intel SDM
/// volume 3, 19.17.1; AMD APM volume 2, 13.2.4).
#[must_use]
pub fn ticks_are_steady() -> bool {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        const POWER_LEAF: u32 = 0x8000_0007;
        const INVARIANT: u32 = 1 << 8;
        let highest = core::arch::x86_64::__cpuid(0x8000_0000).eax;
        highest >= POWER_LEAF && core::arch::x86_64::__cpuid(POWER_LEAF).edx & INVARIANT != 0
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    true
}

//! Clocks in nanoseconds, and the processor's own counter of time.

use core::ffi::c_int;

/// Linux's `struct timespec` on 64-bit machines.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

const CLOCK_REALTIME: c_int = 0;
const CLOCK_MONOTONIC: c_int = 1;

unsafe extern "C" {
    // libc's, not our own search for the vDSO: under valgrind there is none, and libc knows.
    fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
}

fn nanoseconds(clock: c_int) -> u64 {
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the structure is libc's, and lives through the call. Both clocks exist since Linux
    // 2.6, so nothing but a forbidden system call can fail it; then the time stays 0.
    unsafe { clock_gettime(clock, &raw mut time) };
    time.seconds.cast_unsigned() * 1_000_000_000 + time.nanoseconds.cast_unsigned()
}

/// `clock_gettime(CLOCK_MONOTONIC)`: nanoseconds since some fixed point of this boot.
#[must_use]
pub fn monotonic_ns() -> u64 {
    nanoseconds(CLOCK_MONOTONIC)
}

/// `clock_gettime(CLOCK_REALTIME)`: nanoseconds since 1970 in UTC.
#[must_use]
pub fn unix_ns() -> u64 {
    nanoseconds(CLOCK_REALTIME)
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

//! Facts about this process that hold from its start: page size, limits, the secure flag.

use core::ffi::c_ulong;
use rustix::process::{Resource, getrlimit};

unsafe extern "C" {
    fn getauxval(kind: c_ulong) -> c_ulong;
}

const AT_PAGESZ: c_ulong = 6;
const AT_BASE: c_ulong = 7;
const AT_SECURE: c_ulong = 23;
const AT_RANDOM: c_ulong = 25;

fn auxiliary(kind: c_ulong) -> usize {
    // SAFETY: `getauxval` reads the vector that the loader has stored before any library's code
    // runs; it takes any key and knows no failure but zero.
    unsafe { getauxval(kind) as usize }
}

/// Bytes of an OS page: 4, 16 or 64 KiB. O(1), no system call.
#[must_use]
pub fn page_bytes() -> usize {
    match auxiliary(AT_PAGESZ) {
        0 => 4096,
        bytes => bytes,
    }
}

/// Whether the program was started with more rights than its user has (`AT_SECURE`): then its
/// environment is not to be trusted.
#[must_use]
pub fn is_secure() -> bool {
    auxiliary(AT_SECURE) != 0
}

/// A word that differs from process start to process start and that others cannot guess.
///
/// Taken from the 16 random bytes that the kernel hands to every program, stirred so that it does
/// not equal what libc uses for its own stack protector.
#[must_use]
pub fn secret() -> u64 {
    let bytes = auxiliary(AT_RANDOM);
    if bytes == 0 {
        return crate::clock::monotonic_ns() ^ 0x9e37_79b9_7f4a_7c15;
    }
    let words = core::ptr::with_exposed_provenance::<[u64; 2]>(bytes);
    // SAFETY: AT_RANDOM is the address of 16 bytes that the kernel placed on the initial stack;
    // they live as long as the process. They need not be aligned.
    let [low, high] = unsafe { words.read_unaligned() };
    (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ high
}

/// An address in the image of the C library.
#[must_use]
pub fn libc_address() -> Option<usize> {
    Some(getauxval as *const () as usize)
}

/// An address in the image of the dynamic loader; `None` without one.
#[must_use]
pub fn loader_address() -> Option<usize> {
    Some(auxiliary(AT_BASE)).filter(|&address| address != 0)
}

/// The limit on this process's address space (`RLIMIT_AS`, `ulimit -v`) in bytes; `None` without
/// one.
#[must_use]
pub fn address_space_limit_bytes() -> Option<u64> {
    getrlimit(Resource::As).current
}

/// The number of this process.
#[must_use]
pub fn id() -> u32 {
    rustix::process::getpid()
        .as_raw_nonzero()
        .get()
        .cast_unsigned()
}

/// The number of the process that started this one; 0 when it lives outside our namespace.
#[must_use]
pub fn parent_id() -> u32 {
    rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get().cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_a_power_of_two_of_at_least_4_kib() {
        assert!(page_bytes().is_power_of_two());
        assert!(page_bytes() >= 4096);
    }

    #[test]
    fn a_test_run_is_not_secure_and_has_a_secret() {
        assert!(!is_secure());
        assert_ne!(secret(), 0);
        assert_eq!(secret(), secret());
    }
}

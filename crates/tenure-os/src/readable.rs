//! Whether an address can be read, asked of the kernel and not of the processor.
//!
//! **Cost:** one system call, about 100 ns; no file, no lock of libc's.

/// No value that `rt_sigprocmask` knows.
const NO_SUCH_CHANGE: usize = 0x7fff_0000;
/// Bytes of the kernel's signal set.
const SIGNAL_SET_BYTES: usize = 8;
/// `-EFAULT`, as the kernel gives it back.
const FAULT: isize = -14;

/// `rt_sigprocmask(invalid, addr, NULL, 8)`: whether the eight bytes at `addr` can be read.
///
/// The kernel copies the set before it looks at what to do with it: `EFAULT` says that it could
/// not, `EINVAL` that it could. Nothing is changed.
#[must_use]
pub fn is_readable(addr: usize) -> bool {
    let answer: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the call changes no signal mask (the first argument is none it knows) and writes
    // nothing (the third is null); it reads through the kernel, which survives any address.
    unsafe {
        core::arch::asm!("syscall", inlateout("rax") 14_isize => answer,
            in("rdi") NO_SUCH_CHANGE, in("rsi") addr, in("rdx") 0, in("r10") SIGNAL_SET_BYTES,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("svc 0", in("x8") 135, inlateout("x0") NO_SUCH_CHANGE => answer,
            in("x1") addr, in("x2") 0, in("x3") SIGNAL_SET_BYTES, options(nostack));
    }
    // Without an address the kernel has nothing to read, and finds nothing wrong.
    answer != FAULT && addr != 0
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_mapped_for_reading_is_readable() {
        let page = crate::process::page_bytes();
        let start = crate::memory::reserve(2 * page).unwrap();
        assert!(!is_readable(start));
        // SAFETY: the first page of the reservation made above.
        unsafe { crate::memory::commit(start, page).unwrap() };
        assert!(is_readable(start));
        assert!(is_readable(start + page - 8));
        assert!(!is_readable(start + page - 4));
        assert!(!is_readable(start + page));
        assert!(!is_readable(0));
        assert!(!is_readable(usize::MAX - 7));
        assert!(!is_readable(1 << 60));
    }
}

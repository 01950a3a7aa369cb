//! System calls that `rustix` has no function for, by number.

#[cfg(target_arch = "x86_64")]
mod number {
    pub(crate) const CLOSE: usize = 3;
    pub(crate) const MINCORE: usize = 27;
    pub(crate) const MMAP: usize = 9;
    pub(crate) const MREMAP: usize = 25;
    pub(crate) const MUNMAP: usize = 11;
    pub(crate) const TGKILL: usize = 234;
    pub(crate) const WAIT4: usize = 61;
}

#[cfg(target_arch = "aarch64")]
mod number {
    pub(crate) const CLOSE: usize = 57;
    pub(crate) const MINCORE: usize = 232;
    pub(crate) const MMAP: usize = 222;
    pub(crate) const MREMAP: usize = 216;
    pub(crate) const MUNMAP: usize = 215;
    pub(crate) const TGKILL: usize = 131;
    pub(crate) const WAIT4: usize = 260;
}

pub(crate) use number::{CLOSE, MINCORE, MMAP, MREMAP, MUNMAP, TGKILL, WAIT4};

/// Makes the call; gives what the kernel gives, an error as its negative number.
///
/// Only for calls that touch no memory but what their arguments name and the caller owns.
pub(crate) fn call(number: usize, arguments: [usize; 5]) -> isize {
    let [a, b, c, d, e] = arguments;
    call_of_six(number, [a, b, c, d, e, 0])
}

/// As [`call`], with six arguments.
pub(crate) fn call_of_six(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let answer: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the kernel keeps all registers but those named; what the call does to memory its
    // caller answers for.
    unsafe {
        core::arch::asm!("syscall", inlateout("rax") number as isize => answer, in("rdi") a,
            in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("svc 0", in("x8") number, inlateout("x0") a as isize => answer,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f, options(nostack));
    }
    answer
}

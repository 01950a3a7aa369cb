//! A thread made, and ended, by system calls alone.

use crate::raw::call;
use core::ffi::CStr;
use core::sync::atomic::AtomicU32;

#[cfg(target_arch = "x86_64")]
mod number {
    pub(super) const RT_SIGPROCMASK: usize = 14;
    pub(super) const PRCTL: usize = 157;
    pub(super) const CLOSE_RANGE: usize = 436;
}

#[cfg(target_arch = "aarch64")]
mod number {
    pub(super) const RT_SIGPROCMASK: usize = 135;
    pub(super) const PRCTL: usize = 167;
    pub(super) const CLOSE_RANGE: usize = 436;
}

use number::{CLOSE_RANGE, PRCTL, RT_SIGPROCMASK};

/// `rt_sigprocmask(SIG_SETMASK, all)`, libc's own signals included; gives the mask before.
pub(crate) fn hold_all_signals() -> u64 {
    set_mask(u64::MAX)
}

/// Sets the mask that [`hold_all_signals`] gave.
pub(crate) fn restore_signals(mask: u64) {
    set_mask(mask);
}

fn set_mask(mask: u64) -> u64 {
    const SET: usize = 2;
    let mut before = 0u64;
    let (new, old) = (
        (&raw const mask).expose_provenance(),
        (&raw mut before).expose_provenance(),
    );
    // The kernel reads one local and writes the other.
    call(RT_SIGPROCMASK, [SET, new, old, size_of::<u64>(), 0]);
    before
}

/// `prctl(PR_SET_NAME, name)` for the calling thread.
pub(crate) fn name_thread(name: &CStr) {
    const SET_NAME: usize = 15;
    call(
        PRCTL,
        [SET_NAME, name.as_ptr().expose_provenance(), 0, 0, 0],
    );
}

/// `close_range(0, UINT_MAX, CLOSE_RANGE_UNSHARE)`: the calling thread goes on with a table of
/// descriptors of its own, which is empty. False where the kernel cannot (before 5.9).
pub(crate) fn drop_descriptors() -> bool {
    const UNSHARE: usize = 2;
    call(CLOSE_RANGE, [0, u32::MAX as usize, UNSHARE, 0, 0]) == 0
}

/// `CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS | PARENT_SETTID | CHILD_CLEARTID`:
/// what libc's `pthread_create` asks for, so that a filter that lets threads pass lets this one.
const THREAD_FLAGS: usize = 0x3d_0f00;

/// `clone(THREAD_FLAGS, stack, number, number, pointer)`: a thread that begins in `first`. Gives
/// its number or a negative error.
///
/// # Safety
/// * `stack` is the end of a mapping that nobody else uses, a multiple of 16; so is `pointer`, the
///   thread pointer, for the room that libc's threads have around it.
/// * `number` is there for as long as the thread.
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn clone_thread(
    stack: usize,
    pointer: usize,
    number: &'static AtomicU32,
    first: extern "C" fn() -> !,
) -> isize {
    let answer: isize;
    // SAFETY: the child has the registers of the caller but a stack of its own, and goes to `first`
    // with a return address of 0, where unwinders stop; the parent goes on behind.
    unsafe {
        core::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "push 0",
            "jmp r9",
            "2:",
            inlateout("rax") 56_isize => answer, in("rdi") THREAD_FLAGS, in("rsi") stack,
            in("rdx") number.as_ptr(), in("r10") number.as_ptr(), in("r8") pointer,
            in("r9") first, lateout("rcx") _, lateout("r11") _,
        );
    }
    answer
}

/// As above; aarch64 takes the thread pointer before the second address of the number.
///
/// # Safety
/// * As above.
#[cfg(target_arch = "aarch64")]
pub(crate) unsafe fn clone_thread(
    stack: usize,
    pointer: usize,
    number: &'static AtomicU32,
    first: extern "C" fn() -> !,
) -> isize {
    let answer: isize;
    // SAFETY: as above; the link register of the child is 0.
    unsafe {
        core::arch::asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "br x5",
            "2:",
            in("x8") 220, inlateout("x0") THREAD_FLAGS as isize => answer, in("x1") stack,
            in("x2") number.as_ptr(), in("x3") pointer, in("x4") number.as_ptr(),
            in("x5") first, out("x30") _,
        );
    }
    answer
}

/// `exit(0)`: the calling thread ends, without libc.
pub(crate) fn end_thread() -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the call does not return.
    unsafe {
        core::arch::asm!("syscall", "ud2", in("rax") 60, in("rdi") 0, options(noreturn, nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the call does not return.
    unsafe {
        core::arch::asm!("svc 0", "brk #1", in("x8") 93, in("x0") 0, options(noreturn, nostack));
    }
}

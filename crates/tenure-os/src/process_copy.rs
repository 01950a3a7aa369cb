//! A copy of this process that reads its memory as it stands, while the process goes on.
//!
//! `fork` would run the program's fork handlers, and the program would see the child: `SIGCHLD`,
//! and a number that `wait` gives it. This copy is made by a helper that shares the memory, makes
//! the copy and ends at once; the process waits for the helper alone, which no ordinary `wait`
//! finds. The copy has no parent that knows of it and ends by itself.
//!
//! **Cost:** what the kernel needs to copy the tables of pages: some milliseconds for a gigabyte.

use crate::raw;

/// What the copy does; it leaves with the code that this gives.
pub type Work = extern "C" fn() -> i32;

/// Bytes of the stack that the copy works on.
const STACK_BYTES: usize = 1 << 20;

/// Makes a copy that runs `work`, with only the calling thread in it, on a stack of its own. False
/// when the kernel will not (no memory, too many processes, a filter).
///
/// The caller sees to it that no other thread of the process is in the middle of changing what the
/// copy reads. `work` must not use what needs other threads or locks that they hold.
#[must_use]
pub fn run_in_copy(work: Work) -> bool {
    let Ok(stack) = crate::memory::map(STACK_BYTES) else {
        return false;
    };
    // SAFETY: the stack was mapped just now and is this call's alone; its end is aligned.
    let helper = unsafe { clone_twice(work, stack + STACK_BYTES) };
    let made = helper > 0 && helper_made_it(helper);
    // SAFETY: mapped above; the copy has a stack of its own of the same address.
    unsafe { crate::memory::unmap(stack, STACK_BYTES) };
    made
}

/// Runs `work` in this process and thread, on a stack of its own: for handlers, whose stack may be
/// small. `None`: no memory.
#[must_use]
pub fn run_on_own_stack(work: Work) -> Option<i32> {
    let stack = crate::memory::map(STACK_BYTES).ok()?;
    // SAFETY: the stack was mapped just now and is this call's alone; its end is aligned.
    let code = unsafe { call_on(work, stack + STACK_BYTES) };
    // SAFETY: mapped above; the call has come back.
    unsafe { crate::memory::unmap(stack, STACK_BYTES) };
    Some(code)
}

/// Calls `work` with the stack pointer at `stack`.
///
/// # Safety
/// * `stack` is the end of a mapping that nobody else uses, a multiple of 16.
unsafe fn call_on(work: Work, stack: usize) -> i32 {
    let code: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `r12` is kept by `work` as by any function, so the old stack pointer comes back; all
    // that a function may change is named.
    unsafe {
        core::arch::asm!("xchg rsp, r12", "call rax", "mov rsp, r12",
            inout("r12") stack => _, inout("rax") work as usize => code, clobber_abi("C"));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above, with `x20`.
    unsafe {
        core::arch::asm!("mov x20, sp", "mov sp, x21", "blr x8", "mov sp, x20",
            in("x21") stack, in("x8") work as usize, lateout("x0") code,
            out("x20") _, clobber_abi("C"));
    }
    code as i32
}

/// Waits for the helper, which has ended; whether it made the copy.
fn helper_made_it(helper: isize) -> bool {
    /// `__WCLONE`: children that send no signal.
    const WCLONE: usize = 0x8000_0000;
    const INTERRUPTED: isize = -4;
    let mut status = 0_i32;
    loop {
        let place = (&raw mut status).expose_provenance();
        // The kernel writes the status to the local.
        let answer = raw::call(raw::WAIT4, [helper as usize, place, WCLONE, 0, 0]);
        if answer != INTERRUPTED {
            return answer == helper && status == 0;
        }
    }
}

/// `clone(CLONE_VM | CLONE_VFORK)`, and in its child `clone(0)`; both children end in here. Gives
/// the number of the first or a negative error.
///
/// # Safety
/// * `stack` is the end of a mapping for the copy's stack, a multiple of 16.
#[cfg(target_arch = "x86_64")]
unsafe fn clone_twice(work: Work, stack: usize) -> isize {
    let answer: isize;
    // SAFETY: the helper shares memory and stack with the caller, which the kernel stops until the
    // helper has ended (CLONE_VFORK), and touches neither: its instructions are those below, in
    // registers alone. The copy has memory of its own, takes the stack that it is given, and does
    // not come back.
    unsafe {
        core::arch::asm!(
            "mov eax, 56",      // clone
            "mov edi, 0x4100",  // CLONE_VM | CLONE_VFORK, no signal at the end
            "xor esi, esi",     // the same stack
            "xor edx, edx",
            "xor r10d, r10d",
            "xor r8d, r8d",
            "syscall",
            "test rax, rax",
            "jnz 3f",           // the caller, or an error
            "mov eax, 56",      // the helper: clone, nothing shared
            "xor edi, edi",
            "xor esi, esi",
            "xor edx, edx",
            "xor r10d, r10d",
            "xor r8d, r8d",
            "syscall",
            "test rax, rax",
            "jz 2f",
            "mov rdi, rax",
            "shr rdi, 63",      // 1 when there is none
            "mov eax, 60",      // exit
            "syscall",
            "ud2",
            "2:",               // the copy
            "mov rsp, {stack}",
            "xor ebp, ebp",
            "call {work}",
            "mov edi, eax",
            "mov eax, 231",     // exit_group
            "syscall",
            "ud2",
            "3:",
            stack = in(reg) stack, work = in(reg) work,
            out("rax") answer, out("rdi") _, out("rsi") _, out("rdx") _, out("r10") _,
            out("r8") _, out("rcx") _, out("r11") _,
        );
    }
    answer
}

/// As above; the arguments of aarch64 are in another order, but all of them are zero here.
///
/// # Safety
/// * As above.
#[cfg(target_arch = "aarch64")]
unsafe fn clone_twice(work: Work, stack: usize) -> isize {
    let answer: isize;
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mov x8, #220",
            "mov x0, #0x4100",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "mov x4, xzr",
            "svc 0",
            "cbnz x0, 3f",
            "mov x8, #220",
            "mov x0, xzr",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "mov x4, xzr",
            "svc 0",
            "cbz x0, 2f",
            "lsr x0, x0, #63",
            "mov x8, #93",
            "svc 0",
            "brk #1",
            "2:",
            "mov sp, {stack}",
            "mov x29, xzr",
            "blr {work}",
            "mov x8, #94",
            "svc 0",
            "brk #1",
            "3:",
            stack = in(reg) stack, work = in(reg) work,
            out("x0") answer, out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x8") _,
        );
    }
    answer
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};
    use rustix::thread::futex;

    /// A word that the copy shares with the process.
    fn shared() -> &'static AtomicU32 {
        use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
        // SAFETY: a fresh page, never unmapped; any bytes are an atomic's.
        unsafe {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let page = mmap_anonymous(core::ptr::null_mut(), 4096, access, MapFlags::SHARED);
            &*page.unwrap().cast::<AtomicU32>()
        }
    }

    static OWN: AtomicU32 = AtomicU32::new(1);
    static SHARED: std::sync::OnceLock<&AtomicU32> = std::sync::OnceLock::new();

    extern "C" fn look() -> i32 {
        let seen = OWN.load(Ordering::Relaxed);
        OWN.store(100, Ordering::Relaxed);
        if let Some(word) = SHARED.get() {
            word.store(seen, Ordering::Release);
            let _ = futex::wake(word, futex::Flags::empty(), 1);
        }
        0
    }

    extern "C" fn deep() -> i32 {
        let local = [7_u8; 64 << 10];
        i32::from(core::hint::black_box(&local)[5])
    }

    #[test]
    fn work_has_a_stack_of_its_own_and_comes_back() {
        assert_eq!(run_on_own_stack(deep), Some(7));
    }

    #[test]
    fn the_copy_sees_what_was_and_changes_nothing_here() {
        let word = SHARED.get_or_init(shared);
        OWN.store(7, Ordering::Relaxed);
        assert!(run_in_copy(look));
        while word.load(Ordering::Acquire) == 0 {
            let _ = futex::wait(word, futex::Flags::empty(), 0, None);
        }
        assert_eq!(word.load(Ordering::Acquire), 7);
        assert_eq!(OWN.load(Ordering::Relaxed), 7);
    }
}

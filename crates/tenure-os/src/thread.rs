//! Threads as libc keeps them: a key whose destructor runs at thread exit, handlers around `fork`.

use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::AtomicU32;
use rustix::thread::{Timespec, futex};

unsafe extern "C" {
    fn pthread_key_create(
        key: *mut c_uint,
        destructor: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> c_int;
    fn pthread_setspecific(key: c_uint, value: *const c_void) -> c_int;
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> c_int;
}

/// A key of libc's: each thread holds a word under it, and a destructor runs when a thread ends
/// with a word that is not zero.
#[derive(Clone, Copy, Debug)]
pub struct ExitKey(c_uint);

impl ExitKey {
    /// `pthread_key_create`. `None` when the process has no key left.
    ///
    /// `destructor` runs on the ending thread, after C++'s `thread_local` destructors; it may arm
    /// the key again to run once more, [`EXIT_ROUNDS`] times at most.
    #[must_use]
    pub fn new(destructor: unsafe extern "C" fn(*mut c_void)) -> Option<Self> {
        let mut key = 0;
        // SAFETY: the key is written to a local; the destructor has the type that libc calls.
        let status = unsafe { pthread_key_create(&raw mut key, Some(destructor)) };
        (status == 0).then_some(Self(key))
    }

    /// `pthread_setspecific` with a word that is not zero: the destructor will run for this thread
    /// and be given `round`.
    ///
    /// May allocate (libc keeps keys from the 33rd on in a block of the heap).
    pub fn arm(self, round: usize) {
        let word = core::ptr::without_provenance::<c_void>(round);
        // SAFETY: the key was made by `new` and is never deleted. The word is never read through.
        // A failure (no memory for libc's block) means only that the destructor will not run.
        let _ = unsafe { pthread_setspecific(self.0, word) };
    }
}

/// How often libc goes round the destructors of an ending thread.
pub const EXIT_ROUNDS: usize = 4;

/// `pthread_atfork`: `prepare` runs before each `fork`, `parent` and `child` after it. False when
/// libc has no memory for the entry.
#[cfg(not(miri))]
pub fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    // SAFETY: three functions of the type that libc calls, which live as long as the process.
    unsafe { pthread_atfork(Some(prepare), Some(parent), Some(child)) == 0 }
}

/// Nothing forks under Miri.
#[cfg(miri)]
pub fn at_fork(_: extern "C" fn(), _: extern "C" fn(), _: extern "C" fn()) -> bool {
    true
}

/// A number that no other living thread of this process has: the thread pointer. Two instructions
/// at most, never zero.
#[cfg(not(any(miri, tenure_replaced_os)))]
#[inline(always)]
#[must_use]
pub fn id() -> usize {
    let pointer: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: on x86-64 Linux the first word of the thread control block is its own address.
    unsafe {
        core::arch::asm!("mov {}, qword ptr fs:[0]", out(reg) pointer,
            options(pure, nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reading the thread pointer register has no effect.
    unsafe {
        core::arch::asm!("mrs {}, TPIDR_EL0", out(reg) pointer,
            options(pure, nomem, nostack, preserves_flags));
    }
    pointer
}

/// The same by the address of a thread's variable.
#[cfg(any(miri, tenure_replaced_os))]
#[must_use]
pub fn id() -> usize {
    std::thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| core::ptr::from_ref(here).addr())
}

/// `futex(word, FUTEX_WAIT, expected, timeout)`: sleeps while the word is as expected, until
/// somebody wakes the sleepers, a signal comes or the time is over.
pub fn wait(word: &AtomicU32, expected: u32, timeout_ns: Option<u64>) {
    let timeout = timeout_ns.map(|ns| Timespec {
        tv_sec: (ns / 1_000_000_000) as i64,
        tv_nsec: (ns % 1_000_000_000) as i64,
    });
    let _ = futex::wait(word, futex::Flags::PRIVATE, expected, timeout.as_ref());
}

/// `futex(word, FUTEX_WAKE)`: wakes all that sleep on it.
pub fn wake(word: &AtomicU32) {
    let _ = futex::wake(word, futex::Flags::PRIVATE, i32::MAX as u32);
}

/// `sched_yield()`.
pub fn yield_now() {
    rustix::thread::sched_yield();
}

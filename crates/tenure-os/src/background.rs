//! A thread of our own that libc knows nothing of.
//!
//! `pthread_create` allocates and takes locks of libc's, and whoever starts this thread may be
//! inside `free`, called by libc under the same locks. So the thread is made by the system call
//! alone, with the flags that libc uses, on a stack of ours. It holds back every signal, has an
//! empty table of descriptors (so that a number that the program counts on is never taken by it),
//! and ends by the system call alone.
//!
//! **Shape:** `guard page | stack | room | thread block | room`, mapped at the first start and kept
//! for the next. **Invariants:** (a) one thread at a time: `NUMBER` is 0 while there is none,
//! `CLAIMED` while one is made, else its number, which the kernel clears when the stack is no
//! longer used; (b) the thread block shows zeroes, so that what reads the thread pointer meets
//! mapped memory.
//! **Cost:** a start is a handful of system calls, 47 µs in all (median of nine).
//!
//! **Limit:** the work must not call libc nor read a thread's own variables: none of them have been
//! made for this thread.

mod calls;

use crate::memory;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use rustix::thread::futex;

/// What the thread does; it ends when this returns.
pub type Work = extern "C" fn();

/// Why no thread was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is one, or another thread is making one at this moment.
    Busy,
    /// The kernel gave this error: no memory, too many threads, a filter.
    Kernel(i32),
}

const STACK_BYTES: usize = 64 << 10;
/// On each side of the thread pointer; libc's own variables of a thread lie on one of them.
const BLOCK_BYTES: usize = 8 << 10;
const CLAIMED: u32 = u32::MAX;
/// How long a start waits for the last thread to be gone.
const FAREWELL_NS: u64 = 20_000_000;

static NUMBER: AtomicU32 = AtomicU32::new(0);
static STACK: AtomicUsize = AtomicUsize::new(0);
static WORK: AtomicUsize = AtomicUsize::new(0);
static HAS_OWN_DESCRIPTORS: AtomicBool = AtomicBool::new(false);

/// Starts the thread; the kernel shows it as `tenure-scavenge`.
///
/// Waits up to 20 ms for one that is about to end.
///
/// # Errors
/// [`Refusal`]; nothing has changed then.
pub fn start(work: Work) -> Result<(), Refusal> {
    if !claim() {
        return Err(Refusal::Busy);
    }
    let started = start_claimed(work);
    if started.is_err() {
        NUMBER.store(0, Ordering::Release);
    }
    started
}

fn claim() -> bool {
    let number = NUMBER.load(Ordering::Relaxed);
    if number != 0 && number != CLAIMED {
        // It may be on its last steps. The kernel clears the word and wakes those who wait.
        let timeout = rustix::thread::Timespec {
            tv_sec: 0,
            tv_nsec: FAREWELL_NS as i64,
        };
        let _ = futex::wait(&NUMBER, futex::Flags::empty(), number, Some(&timeout));
    }
    NUMBER
        .compare_exchange(0, CLAIMED, Ordering::Acquire, Ordering::Relaxed)
        .is_ok()
}

fn start_claimed(work: Work) -> Result<(), Refusal> {
    const OUT_OF_MEMORY: i32 = 12;
    let stack = stack().map_err(|_| Refusal::Kernel(OUT_OF_MEMORY))?;
    let pointer = stack + BLOCK_BYTES;
    // SAFETY: the word lies in the mapping of `stack`, which no thread uses while we claim it.
    unsafe { core::ptr::with_exposed_provenance_mut::<usize>(pointer).write(pointer) };
    WORK.store(work as usize, Ordering::Release);
    let before = calls::hold_all_signals();
    // SAFETY: the stack is mapped, its end aligned, and unused while we have the claim; `first`
    // never returns.
    let answer = unsafe { calls::clone_thread(stack, pointer, &NUMBER, first) };
    calls::restore_signals(before);
    match answer {
        1.. => Ok(()),
        error => Err(Refusal::Kernel(-error as i32)),
    }
}

/// The end of the stack, mapped when there is none yet.
fn stack() -> Result<usize, memory::OutOfMemory> {
    let page = crate::process::page_bytes();
    let known = STACK.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known);
    }
    let stack_bytes = STACK_BYTES.next_multiple_of(page);
    let len = stack_bytes + (2 * BLOCK_BYTES).next_multiple_of(page);
    let start = memory::reserve(page + len)?;
    // SAFETY: the range was reserved just now for this thread alone.
    if let Err(error) = unsafe { memory::commit(start + page, len) } {
        // SAFETY: as above; nobody knows of it yet.
        unsafe { memory::unmap(start, page + len) };
        return Err(error);
    }
    let end = start + page + stack_bytes;
    STACK.store(end, Ordering::Relaxed);
    Ok(end)
}

/// Where the thread begins.
extern "C" fn first() -> ! {
    calls::name_thread(c"tenure-scavenge");
    HAS_OWN_DESCRIPTORS.store(calls::drop_descriptors(), Ordering::Relaxed);
    let work = WORK.load(Ordering::Acquire);
    // SAFETY: `start_claimed` stored a function of this type.
    let work = unsafe { core::mem::transmute::<usize, Work>(work) };
    work();
    calls::end_thread()
}

/// The number of the thread, as the kernel counts; `None` when there is none.
#[must_use]
pub fn number() -> Option<u32> {
    Some(NUMBER.load(Ordering::Acquire)).filter(|&number| number != 0 && number != CLAIMED)
}

/// Whether descriptors that the thread opens are its own, so that it may open some. False where the
/// kernel cannot (before 5.9).
#[must_use]
pub fn has_own_descriptors() -> bool {
    HAS_OWN_DESCRIPTORS.load(Ordering::Relaxed)
}

/// In the child of a fork: the thread is not there. Its stack is free for another.
pub fn forget_after_fork() {
    NUMBER.store(0, Ordering::Release);
}

#[cfg(test)]
mod tests;

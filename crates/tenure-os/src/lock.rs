//! A lock of four bytes that sleeps on a futex: no allocation, usable before `main`.
//!
//! **Shape:** one word: `FREE`, `HELD`, or `CONTENDED` (held, and somebody may sleep).
//! **Invariants:** (a) exactly one holder while the word is not `FREE`; (b) a thread sleeps only
//! after it has seen or made the word `CONTENDED`; (c) who leaves `CONTENDED` wakes one sleeper.
//! **Cost:** one atomic swap to take, one to give back; a system call only under contention.
//! **Fork:** the thread that forks takes the lock before and owns it in the child too; until it
//! gives it back, its own calls pass (see [`pass`]).

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use rustix::thread::futex;

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/// Tries before sleeping: holders keep these locks for well under a microsecond.
const SPINS: u32 = 64;

/// The thread that holds all locks across a `fork`, or zero.
static PASSING: AtomicUsize = AtomicUsize::new(0);

/// Lets the calling thread, which holds the locks for a `fork`, go through them until
/// [`end_pass`]: fork handlers of other libraries may allocate in between.
pub fn pass() {
    PASSING.store(crate::thread::id(), Ordering::Relaxed);
}

/// Ends what [`pass`] began; called before the locks are given back.
pub fn end_pass() {
    PASSING.store(0, Ordering::Relaxed);
}

/// A value that one thread at a time may use.
pub struct Lock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a `Guard`, of which one exists at a time (invariant a),
// so sending it between threads is all that sharing the lock does.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// An open lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            state: AtomicU32::new(FREE),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until the lock is open and takes it.
    pub fn lock(&self) -> Guard<'_, T> {
        // Acquire pairs with the release in `unlock`: the next holder sees what the last one wrote.
        if self
            .state
            .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
            && !self.lock_contended()
        {
            return Guard {
                lock: self,
                borrowed: true,
            };
        }
        Guard {
            lock: self,
            borrowed: false,
        }
    }

    /// True when the lock was taken, false when the caller passes because it holds it for a fork.
    #[cold]
    fn lock_contended(&self) -> bool {
        if PASSING.load(Ordering::Relaxed) == crate::thread::id() {
            return false;
        }
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if self.state.load(Ordering::Relaxed) == FREE
                && self
                    .state
                    .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return true;
            }
        }
        // Whoever takes the lock from here on says CONTENDED, since others may still sleep (b).
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            let _ = futex::wait(&self.state, futex::Flags::PRIVATE, CONTENDED, None);
        }
        true
    }

    fn unlock(&self) {
        // Release pairs with the acquire in `lock`.
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            let _ = futex::wake(&self.state, futex::Flags::PRIVATE, 1);
        }
    }

    /// Takes the lock and keeps it beyond this call, for a `fork`; [`Lock::release`] gives it back.
    pub fn hold(&self) {
        core::mem::forget(self.lock());
    }

    /// Gives back what [`Lock::hold`] took, in the parent or in the child.
    ///
    /// # Safety
    /// * The calling thread has called [`Lock::hold`] and not released since (in the child: before
    ///   the fork).
    pub unsafe fn release(&self) {
        self.unlock();
    }
}

/// The right to use the value of a [`Lock`]; gives the lock back when dropped.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
    /// The lock was held already by this thread for a fork: it is not ours to give back.
    borrowed: bool,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard's thread holds the lock, so no other guard gives out a reference; the
        // fork pass gives a second guard to the same thread only while `hold` keeps no reference.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard itself is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if !self.borrowed {
            self.lock.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::sync::Arc;
    use std::vec::Vec;

    #[test]
    fn additions_under_the_lock_are_not_lost() {
        let sum = Arc::new(Lock::new(0u64));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let sum = Arc::clone(&sum);
                std::thread::spawn(move || {
                    for _ in 0..20_000 {
                        *sum.lock() += 1;
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*sum.lock(), 80_000);
    }

    #[test]
    fn the_holder_for_a_fork_passes_and_others_wait() {
        let lock = Arc::new(Lock::new(1));
        lock.hold();
        pass();
        *lock.lock() += 1;
        let other = Arc::clone(&lock);
        let waiting = std::thread::spawn(move || *other.lock());
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(!waiting.is_finished());
        end_pass();
        // SAFETY: held above by this thread.
        unsafe { lock.release() };
        assert_eq!(waiting.join().unwrap(), 2);
    }
}

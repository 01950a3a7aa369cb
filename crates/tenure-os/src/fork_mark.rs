//! Notices that this process is a copy that nobody announced.
//!
//! `fork` runs handlers; a raw `clone` system call does not. The mark is a word on a page of its
//! own that the kernel hands to every copy of the address space as zero (`MADV_WIPEONFORK`, Linux
//! 4.14). A child that shares the address space (`vfork`, `posix_spawn`) sees it unchanged: what it
//! does to memory, its parent sees.
//!
//! **Cost:** one OS page; a check is one load.

use core::ptr::{null_mut, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use rustix::mm::{self, Advice};

const WIPED: u32 = 0;
const CLAIMED: u32 = 1;
const SET: u32 = 2;

/// What a look at the mark tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The process is the one that set the mark (or no mark could be set).
    Same,
    /// The process is an unannounced copy, and the caller is the one to deal with it; it ends with
    /// [`ForkMark::set_again`].
    Copied,
    /// Another thread is dealing with it.
    Pending,
}

/// The mark; one per process.
#[derive(Debug)]
pub struct ForkMark(AtomicPtr<AtomicU32>);

impl ForkMark {
    /// No mark: every look says [`Seen::Same`].
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// Sets the mark; without effect where the kernel is too old or out of memory.
    pub fn set(&self) {
        let page = crate::process::page_bytes();
        let Ok(start) = crate::memory::map(page) else {
            return;
        };
        // SAFETY: the page was mapped just now for this mark alone; the advice changes only what a
        // copy of the process sees.
        let advised = unsafe {
            mm::madvise(
                with_exposed_provenance_mut(start),
                page,
                Advice::LinuxWipeOnFork,
            )
        };
        if advised.is_err() {
            // SAFETY: mapped above, and nobody knows of it yet.
            unsafe { crate::memory::unmap(start, page) };
            return;
        }
        self.0
            .store(with_exposed_provenance_mut(start), Ordering::Release);
        self.set_again();
    }

    fn word(&self) -> Option<&AtomicU32> {
        // SAFETY: null, or the start of the page that `set` mapped and that is never unmapped.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Looks whether the process is the one that set the mark.
    #[must_use]
    pub fn look(&self) -> Seen {
        let Some(word) = self.word() else {
            return Seen::Same;
        };
        match word.load(Ordering::Acquire) {
            SET => Seen::Same,
            WIPED => {
                let claim =
                    word.compare_exchange(WIPED, CLAIMED, Ordering::Acquire, Ordering::Relaxed);
                if claim.is_ok() {
                    Seen::Copied
                } else {
                    Seen::Pending
                }
            }
            _ => Seen::Pending,
        }
    }

    /// Says that the copy has been dealt with: from here on it is a process like any other.
    pub fn set_again(&self) {
        if let Some(word) = self.word() {
            // Release pairs with the acquire in `look`: who sees SET sees what was dealt with.
            word.store(SET, Ordering::Release);
        }
    }
}

impl Default for ForkMark {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_look_after_a_wipe_has_to_act() {
        let mark = ForkMark::new();
        assert_eq!(mark.look(), Seen::Same);
        mark.set();
        assert_eq!(mark.look(), Seen::Same);
        mark.word().unwrap().store(WIPED, Ordering::Relaxed);
        assert_eq!(mark.look(), Seen::Copied);
        assert_eq!(mark.look(), Seen::Pending);
        mark.set_again();
        assert_eq!(mark.look(), Seen::Same);
    }
}

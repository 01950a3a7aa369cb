//! What a heap does when a limit lets it carve no more; and how a thread's share of a first-class
//! heap pays for what it carves.

use super::Heap;
use crate::arenas;
use crate::counters;
use crate::page::{Page, flag};
use crate::queue::page_at;
use crate::size_class::CLASSES;
use core::ptr::{null, with_exposed_provenance};
use tenure_base::ledger::Account;

/// Whether `bytes` more may be carved on a page of a share: they are charged to its account.
#[cold]
#[inline(never)]
pub(crate) fn may_carve(page: &Page, bytes: usize) -> bool {
    let owner = page.owner() & !flag::ALL;
    // SAFETY: a page with the flag names a share as its owner, whose heap lies at its start; shares
    // are exposed when made and never unmapped.
    let heap = unsafe { &*with_exposed_provenance::<Heap>(owner) };
    let granted = heap
        .account
        .get()
        .is_none_or(|account| account.try_charge(bytes).is_ok());
    if !granted {
        heap.refused.set(true);
    }
    granted
}

/// Gives back what [`may_carve`] has charged: the process may hold no more.
#[cold]
pub(crate) fn not_carved(page: &Page, bytes: usize) {
    let owner = page.owner() & !flag::ALL;
    // SAFETY: as in `may_carve`.
    let heap = unsafe { &*with_exposed_provenance::<Heap>(owner) };
    if let Some(account) = heap.account.get() {
        account.uncharge(bytes);
    }
}

impl Heap {
    /// Makes this heap, which has no page, a share of the first-class heap with this account.
    pub(crate) fn join(&self, account: &'static Account) {
        self.account.set(Some(account));
        // Where anything is recorded each block takes the slow path, where it is told.
        self.counted.set(counters::is_recording());
    }

    /// Whether this is a share of a first-class heap.
    pub(crate) fn is_owned(&self) -> bool {
        self.account.get().is_some()
    }

    /// Gives back to the account what has been carved on a page that the heap gives up.
    pub(super) fn uncharge(&self, page: &Page) {
        if let Some(account) = self.account.get() {
            account.uncharge(page.carved_bytes());
        }
    }

    /// A page of `class` with a free block, when no more may be carved: any page will do.
    #[cold]
    pub(super) fn salvage(&self, class: usize) -> Option<&'static Page> {
        self.drain_delayed();
        let mut next = self.queues[class].first();
        while let Some(page) = next {
            if page.refill_carved() {
                self.queues[class].remove(page);
                self.queues[class].push_front(page);
                self.aim(class);
                return Some(page);
            }
            // SAFETY: links of listed pages are listed pages or null.
            next = unsafe { page_at(page.next.get()) };
        }
        self.salvage_from_others(class)
    }

    /// As [`Heap::salvage`], of the pages that other heaps have parked or left behind.
    fn salvage_from_others(&self, class: usize) -> Option<&'static Page> {
        while let Some(page) = self.left_by_others(class) {
            self.adopt(page);
            if page.refill() {
                self.queues[class].remove(page);
                self.queues[class].push_front(page);
                self.aim(class);
                return Some(page);
            }
        }
        None
    }

    /// Visits every page.
    pub(crate) fn for_each_own_page(&self, visit: &mut dyn FnMut(&'static Page)) {
        for queue in self.queues.iter().chain([&self.full]) {
            let mut next = queue.first();
            while let Some(page) = next {
                // SAFETY: links of listed pages are listed pages or null.
                next = unsafe { page_at(page.next.get()) };
                visit(page);
            }
        }
    }

    /// Takes a page of this heap that is on none of its lists, to be cleared away.
    pub(crate) fn recover(&self, page: &'static Page) {
        self.full.push_front(page);
    }

    /// Gives every page back to the arenas, whatever blocks are in use on it.
    pub(crate) fn clear(&self) {
        for class in 0..CLASSES {
            while let Some(page) = self.queues[class].pop_front() {
                self.uncharge(page);
                arenas::release_page(page);
            }
            self.retired[class].set(null());
            self.aim(class);
        }
        while let Some(page) = self.full.pop_front() {
            self.uncharge(page);
            arenas::release_page(page);
        }
        // Blocks of pages that are gone.
        let _ = self.delayed.0.take();
    }
}

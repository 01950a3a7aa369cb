//! The lot: sparse pages that their heaps have parked, so that their memory can be given back.
//!
//! A thread that sleeps gives nothing back by itself, and nobody can touch what it owns. So a heap
//! gives a page away as soon as so few of its blocks are in use that whole OS pages are likely to
//! be free ([`Page::sparse_blocks`]). The lot then owns it: who holds the lock, works with the
//! page. Frees into it are frees of another heap's blocks. A heap that runs out of blocks of the
//! class takes the page up again. Pages that nobody took for a tick of the scavenger get holes.
//!
//! **Shape:** three lists a class: parked since the last tick, before it, and those that have been
//! given holes. **Invariants:** (a) a page on a list names [`owner`] as its owner, and its remote
//! word is owned and not full; (b) `COUNTS` is the number of pages on the lists of a class.
//!
//! **Limit:** a parked page serves requests of its own class alone. A program that frees seven of
//! eight blocks of 64 bytes and then wants 96 holds both (506 MB where glibc, which joins
//! neighbours, holds 337). Serving two blocks side by side as one would need a bit a block for
//! "continued", looked at by every free into such a page, and a page must know of them from its
//! first such block on: [`flag::HOLES`](crate::page::flag::HOLES) shows how a page leaves the fast
//! path of frees.
//!
//! **Locks:** `WORK` while a page is between two lists, taken before `LISTS`. A fork and a trim
//! wait for it, and a free only where no scavenger can be started and much lies parked.

use crate::arenas;
use crate::page::Page;
use crate::queue::PageQueue;
use crate::scavenger;
use crate::size_class::CLASSES;
use crate::slices::SLICE_BYTES;
use core::sync::atomic::{AtomicUsize, Ordering};
use tenure_os::lock::Lock;

/// The pages of one class.
struct Class {
    fresh: PageQueue,
    aged: PageQueue,
    worked: PageQueue,
}

/// Aligned as heaps are, so that the low bits of its address are free for flags.
#[repr(align(128))]
struct Lists([Class; CLASSES]);

// SAFETY: the queues' cells and the link cells of listed pages are touched only under the lock.
unsafe impl Send for Lists {}

#[repr(align(128))]
struct Aligned(Lock<Lists>);

static LISTS: Aligned = Aligned(Lock::new(Lists(
    [const {
        Class {
            fresh: PageQueue::new(),
            aged: PageQueue::new(),
            worked: PageQueue::new(),
        }
    }; CLASSES],
)));

/// How many pages are listed in each class, for a look without the lock.
static COUNTS: [AtomicUsize; CLASSES] = [const { AtomicUsize::new(0) }; CLASSES];

/// Slices of pages that no tick has worked on yet.
static WAITING_SLICES: AtomicUsize = AtomicUsize::new(0);
/// Bytes freed into pages of the lot since the last tick.
static FREED_BYTES: AtomicUsize = AtomicUsize::new(0);
/// Less than this is not worth a tick.
const WORTH_BYTES: usize = 1 << 20;

static WORK: Lock<()> = Lock::new(());

/// What pages of the lot name as their owner: the address of no heap.
#[inline]
pub(crate) fn owner() -> usize {
    core::ptr::from_ref(&LISTS).addr()
}

/// Takes a page over that the caller, the heap at address `from` or 0, owns and that is on no list.
pub(crate) fn park(page: &'static Page, from: usize) {
    page.set_parked_by(from);
    page.set_owner(owner());
    let lists = LISTS.0.lock();
    lists.0[page.class()].fresh.push_front(page);
    COUNTS[page.class()].fetch_add(1, Ordering::Relaxed);
    let slices = page.slice_count();
    let waiting = WAITING_SLICES.fetch_add(slices, Ordering::Relaxed) + slices;
    drop(lists);
    scavenger::poke();
    if scavenger::is_off() && waiting * SLICE_BYTES > arenas::idle_bytes_max() {
        tick(true);
    }
}

/// Notes that `count` blocks of a page of the lot have been freed: it may have more to spare now.
/// The page may be somebody else's by now; the note is a hint.
pub(crate) fn freed_into(page: &Page, count: u32) {
    let bytes = page.block_bytes() * count as usize;
    if FREED_BYTES.fetch_add(bytes, Ordering::Relaxed) + bytes >= WORTH_BYTES {
        scavenger::poke();
    }
}

/// A page of `class`; the caller owns it now.
pub(crate) fn take(class: usize) -> Option<&'static Page> {
    if COUNTS[class].load(Ordering::Relaxed) == 0 {
        return None;
    }
    let lists = LISTS.0.lock();
    let lists = &lists.0[class];
    let unworked = lists.fresh.pop_front().or_else(|| lists.aged.pop_front());
    if let Some(page) = unworked {
        WAITING_SLICES.fetch_sub(page.slice_count(), Ordering::Relaxed);
    }
    let page = unworked.or_else(|| lists.worked.pop_front())?;
    COUNTS[class].fetch_sub(1, Ordering::Relaxed);
    Some(page)
}

/// Gives back what pages can spare that were parked before the last tick, or all pages if it is
/// `urgent`; returns the bytes given.
pub(crate) fn tick(urgent: bool) -> usize {
    let freed_into = FREED_BYTES.swap(0, Ordering::Relaxed) != 0;
    let mut given = 0;
    for (class, count) in COUNTS.iter().enumerate() {
        if count.load(Ordering::Relaxed) == 0 {
            continue;
        }
        if urgent {
            age(class, true);
        }
        while let Some(purged) = work_on_next(class) {
            given += purged;
        }
        age(class, freed_into);
    }
    given * arenas::page_bytes()
}

/// Whether a tick would find too little to do.
pub(crate) fn is_settled() -> bool {
    WAITING_SLICES.load(Ordering::Relaxed) < WORTH_BYTES / SLICE_BYTES
        && FREED_BYTES.load(Ordering::Relaxed) < WORTH_BYTES
}

/// What was parked lately is due at the next tick, and so is, if there is `freed_into` any, what
/// others have freed into since.
fn age(class: usize, freed_into: bool) {
    let lists = LISTS.0.lock();
    let lists = &lists.0[class];
    lists.aged.append(&lists.fresh);
    let mut next = lists.worked.first().filter(|_| freed_into);
    while let Some(page) = next {
        next = page.next_listed();
        if page.remote.has_blocks() {
            lists.worked.remove(page);
            lists.aged.push_back(page);
            WAITING_SLICES.fetch_add(page.slice_count(), Ordering::Relaxed);
        }
    }
}

/// Works on one page; `None` when no more are due.
fn work_on_next(class: usize) -> Option<usize> {
    let _work = WORK.lock();
    let page = LISTS.0.lock().0[class].aged.pop_front()?;
    COUNTS[class].fetch_sub(1, Ordering::Relaxed);
    WAITING_SLICES.fetch_sub(page.slice_count(), Ordering::Relaxed);
    page.collect_remote();
    if page.used() == 0 {
        let given = arenas::purge_empty(page);
        arenas::release_page(page);
        return Some(given);
    }
    let given = page.punch();
    if page.used() == 0 {
        arenas::release_page(page);
    } else {
        LISTS.0.lock().0[class].worked.push_back(page);
        COUNTS[class].fetch_add(1, Ordering::Relaxed);
    }
    Some(given)
}

/// Takes the locks for a fork; [`release_after_fork`] gives them back.
pub(crate) fn hold_for_fork() {
    WORK.hold();
    LISTS.0.hold();
}

/// Gives the locks back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the locks since `hold_for_fork`.
    unsafe {
        LISTS.0.release();
        WORK.release();
    }
}

#[cfg(all(test, not(any(loom, miri))))]
mod tests {
    use super::*;
    use crate::{Purge, allocate, deallocate, set_purge, usage};
    use std::vec::Vec;

    /// A page of which all blocks but `left` have been freed, in the lot, and those blocks.
    fn parked(left: usize) -> (&'static Page, Vec<*mut u8>) {
        let blocks: Vec<_> = (0..1024).map(|_| allocate(720)).collect();
        let page_of = |block: &*mut u8| arenas::covering(block.expose_provenance()).unwrap();
        // Neither the first page, which others may use, nor the last, which is not full.
        let page = page_of(&blocks[512]);
        let (own, others): (Vec<_>, Vec<_>) = blocks
            .into_iter()
            .partition(|block| core::ptr::eq(page_of(block), page));
        let (kept, freed) = own.split_at(left);
        for block in freed.iter().chain(&others) {
            // SAFETY: each block is this test's and given back once.
            unsafe { deallocate(*block) };
        }
        let _ = usage();
        assert_eq!(page.owner() & !crate::page::flag::ALL, owner());
        (page, kept.to_vec())
    }

    #[test]
    fn who_took_a_page_for_full_finds_that_it_has_been_parked_since() {
        set_purge(Purge::Inline);
        let (page, kept) = parked(4);
        let _work = WORK.lock();
        page.collect_remote();
        // As it is for a thread that has just read the flag, before the owner took the page up.
        assert!(page.remote.set_full());
        let used = page.used();
        for block in &kept {
            // SAFETY: as above.
            unsafe { deallocate(*block) };
        }
        // Hands over what the thread has gathered.
        let _ = usage();
        assert_eq!(page.remote.waiting(), kept.len() as u32, "of {used} in use");
        assert_eq!(page.live(), 0);
    }
}

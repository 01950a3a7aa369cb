//! Pages whose thread has ended and that still hold blocks, by size class.
//!
//! A page is listed *before* its owned flag is cleared and taken off the list *after* somebody has
//! set it again, so every page without an owner can be found here; a listed page with an owner is
//! on its way in or out and is passed over.

use crate::arenas;
use crate::lot;
use crate::page::Page;
use crate::queue::{PageQueue, page_at};
use crate::size_class::CLASSES;
use core::sync::atomic::{AtomicUsize, Ordering};
use tenure_os::lock::Lock;

/// Pages looked at before a fresh one is made instead.
const TRIES: usize = 8;

struct Lists([PageQueue; CLASSES]);

// SAFETY: the queues' cells and the link cells of listed pages are touched only under the lock.
unsafe impl Send for Lists {}

static LISTS: Lock<Lists> = Lock::new(Lists([const { PageQueue::new() }; CLASSES]));

/// How many pages are listed in each class, for a look without the lock.
static COUNTS: [AtomicUsize; CLASSES] = [const { AtomicUsize::new(0) }; CLASSES];

/// Gives up a page that the caller owns and that is on no list: back to the arenas when no block is
/// in use, to the lot when few are, else without an owner until somebody frees into it or needs its
/// class.
pub(crate) fn give_up(page: &'static Page) {
    page.collect_remote();
    if page.used() == 0 {
        arenas::release_page(page);
        return;
    }
    if page.used() <= page.sparse_blocks() {
        lot::park(page, 0);
        return;
    }
    page.set_owner(0);
    list(page);
    while !page.remote.abandon() {
        page.collect_remote();
        if page.used() == 0 {
            unlist(page);
            arenas::release_page(page);
            return;
        }
    }
}

fn list(page: &'static Page) {
    LISTS.lock().0[page.class()].push_back(page);
    COUNTS[page.class()].fetch_add(1, Ordering::Relaxed);
}

/// Takes a listed page off that the caller has become the owner of, or still is.
pub(crate) fn unlist(page: &'static Page) {
    LISTS.lock().0[page.class()].remove(page);
    COUNTS[page.class()].fetch_sub(1, Ordering::Relaxed);
}

/// A page of `class` without an owner; the caller owns it now.
pub(crate) fn claim(class: usize) -> Option<&'static Page> {
    if COUNTS[class].load(Ordering::Relaxed) == 0 {
        return None;
    }
    let lists = LISTS.lock();
    let queue = &lists.0[class];
    let mut candidate = queue.first();
    for _ in 0..TRIES {
        let page = candidate?;
        if page.remote.claim() {
            queue.remove(page);
            COUNTS[class].fetch_sub(1, Ordering::Relaxed);
            return Some(page);
        }
        // SAFETY: links of listed pages are listed pages or null, and the lock is held.
        candidate = unsafe { page_at(page.next.get()) };
    }
    None
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    LISTS.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { LISTS.release() };
}

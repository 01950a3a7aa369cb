//! The heap of sampled blocks: one for the process, worked with under a lock.
//!
//! Samples are rare, so a lock costs nothing that matters, and it spares what other heaps need for
//! blocks freed elsewhere. **Invariant:** a page is the twin's exactly if its owner says so, and
//! then each of its blocks in use is a sampled one with a tag.

use crate::block::Block;
use crate::heap::Heap;
use crate::page::{Page, flag};
use tenure_os::lock::Lock;

static TWIN: Heap = Heap::new_twin();
static LOCK: Lock<()> = Lock::new(());

/// Whether `page` holds sampled blocks.
#[inline]
pub(crate) fn owns(page: &Page) -> bool {
    page.owner() & !flag::ALL == core::ptr::from_ref(&TWIN).addr()
}

/// A block of `class` for a sample; `None`: out of memory.
pub(crate) fn take(class: usize) -> Option<(&'static Page, Block)> {
    let _held = LOCK.lock();
    TWIN.take(class)
}

/// Takes a sampled block, marked free, back.
pub(crate) fn put(page: &'static Page, block: Block) {
    let _held = LOCK.lock();
    TWIN.put(page, block);
}

/// Gives back what the twin holds and does not need.
pub(crate) fn trim() {
    let _held = LOCK.lock();
    TWIN.trim();
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    LOCK.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { LOCK.release() };
}

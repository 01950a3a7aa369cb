//! Giving blocks back: by the owner in a few instructions, by others through the page's word.

use crate::abandoned;
use crate::arenas;
use crate::block::Block;
use crate::counters;
use crate::current;
use crate::fault::{self, FaultKind};
use crate::heap::Heap;
use crate::lot;
use crate::page::{Kind, Page, flag};
use crate::remote::Push;
use crate::slices::SLICE_BYTES;
use crate::twin;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// Gives a block back. Any thread may; null is allowed and does nothing.
///
/// O(1); one atomic operation for up to 32 blocks that another thread's heap owns. A pointer that
/// is no block in use goes to the fault handler, which does not return, and the heap stays whole.
///
/// # Safety
/// * `block` came from this heap and has not been given back since, or is null. (What breaks this
///   is detected as far as [`FaultKind`] says, but a block that has been handed out again meanwhile
///   cannot be told from the new one.)
/// * Nobody uses the block any more.
#[inline(always)]
pub unsafe fn deallocate(block: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe {
        if !deallocate_fast(block) {
            deallocate_slow(block);
        }
    }
}

/// The part of [`deallocate`] without a call: false, and nothing has changed, when the block needs
/// [`deallocate_slow`].
///
/// # Safety
/// * As for [`deallocate`].
#[inline(always)]
#[must_use]
pub unsafe fn deallocate_fast(block: *mut u8) -> bool {
    let address = block.expose_provenance();
    arenas::in_first_arena(address, |page| put_if_owner(page, address)) == Some(true)
}

/// What [`deallocate_fast`] is while blocks are counted and not watched.
///
/// # Safety
/// * As for [`deallocate`].
#[inline(always)]
#[must_use]
pub unsafe fn deallocate_counted(block: *mut u8) -> bool {
    let address = block.expose_provenance();
    arenas::in_first_arena(address, |page| put_if_counted(page, address)) == Some(true)
}

/// As [`put_if_owner`], with the numbers kept.
#[inline(always)]
fn put_if_counted(page: &'static Page, address: usize) -> bool {
    let heap = current::raw();
    let offset = address & (SLICE_BYTES - 1);
    let owner = core::ptr::from_ref(heap).addr() | flag::COUNTED;
    if !heap.is_counted_alone() || page.owner() != owner || !page.is_block_start(offset) {
        return false;
    }
    // SAFETY: as in `put_if_owner`.
    let block = unsafe { Block::at(address) };
    if !block.mark_free() {
        return false;
    }
    let requested = page.block_bytes() - page.slack(address) as usize;
    heap.counting.freed(page.class(), requested, false);
    if page.put(block) {
        heap.fell(page);
    }
    true
}

/// The rest of [`deallocate`]: every block may come here.
///
/// # Safety
/// * As for [`deallocate`].
#[inline(always)]
pub unsafe fn deallocate_slow(block: *mut u8) {
    deallocate_general(block.expose_provenance());
}

/// The short path: `page` is the calling thread's, no flag is set, a block in use starts at
/// `address`. Else false, and nothing has changed.
#[inline(always)]
fn put_if_owner(page: &'static Page, address: usize) -> bool {
    let heap = current::raw();
    let offset = address & (SLICE_BYTES - 1);
    if page.owner() != core::ptr::from_ref(heap).addr() || !page.is_block_start(offset) {
        return false;
    }
    // SAFETY: a carved block of a page of this thread starts here; if it is in use it is the
    // caller's to give, if it is free nobody uses it.
    let block = unsafe { Block::at(address) };
    if !block.mark_free() {
        return false;
    }
    if page.put(block) {
        heap.fell(page);
    }
    true
}

/// The short path of a block that another heap owns, or nobody. Else false, and nothing has
/// changed.
#[inline(always)]
fn put_if_remote(page: &'static Page, address: usize) -> bool {
    let heap = current::raw();
    let owner = page.owner();
    let offset = address & (SLICE_BYTES - 1);
    // Pages of several slices, of first-class heaps, with holes or with counted blocks go the long
    // way, and so does a thread without a heap, which could not gather blocks.
    let plain = owner & (flag::COUNTED | flag::HOLES | flag::OWNED) == 0 && page.slice_count() == 1;
    if !plain
        || owner & !flag::ALL == core::ptr::from_ref(heap).addr()
        || page.kind() != Kind::Blocks
        || counters::is_recording()
        || !current::has_heap()
        || !page.is_block_start(offset)
    {
        return false;
    }
    // SAFETY: a carved block starts here; if it is in use it is the caller's to give.
    let block = unsafe { Block::at(address) };
    if !block.mark_free() {
        return false;
    }
    heap.batch.add(page, block);
    true
}

/// As [`put_if_owner`], for a block that does not lie in the first slice of its page.
#[inline(always)]
fn put_in_wide_page(address: usize) -> bool {
    let heap = current::raw();
    let Some(page) = arenas::covering(address) else {
        return false;
    };
    let is_own = page.owner() == core::ptr::from_ref(heap).addr();
    if !is_own || !page.is_block_start(address.wrapping_sub(page.start())) {
        return false;
    }
    // SAFETY: as in `put_if_owner`.
    let block = unsafe { Block::at(address) };
    if !block.mark_free() {
        return false;
    }
    if page.put(block) {
        heap.fell(page);
    }
    true
}

/// Every case that the short path leaves, and the diagnosis of what is wrong.
#[inline(never)]
fn deallocate_general(address: usize) {
    if address == 0
        || arenas::in_first_arena(address, |page| put_if_remote(page, address)) == Some(true)
    {
        return;
    }
    if put_in_wide_page(address) {
        return;
    }
    let page = page_of(address);
    if page.owner() & flag::OWNED != 0 {
        return crate::owned::deallocate(page, address);
    }
    if page.kind() == Kind::Huge {
        crate::huge::deallocate(page);
        return;
    }
    // SAFETY: `page_of` has checked that a block in use starts here, which is the caller's to give.
    let block = unsafe { Block::at(address) };
    if counters::is_recording() {
        if counters::is_on() {
            return deallocate_told(page, block);
        }
        if twin::owns(page) {
            return deallocate_sample(page, block);
        }
    }
    block.mark_free();
    let owner = page.owner() & !flag::ALL;
    // A thread that only frees gets a heap as well, for its batch.
    let gathered = !current::is_dead()
        && current::with(|heap| {
            if owner == core::ptr::from_ref(heap).addr() {
                heap.put(page, block);
            } else {
                heap.batch.add(page, block);
            }
        })
        .is_some();
    if !gathered {
        push_remote(page, block, block, 1);
    }
}

/// As the general case, with the numbers kept.
fn deallocate_told(page: &'static Page, block: Block) {
    let (slack, tag) = page.kept(block.address());
    let watched = page.watched(block.address(), slack);
    let requested = watched.requested_bytes;
    block.mark_free();
    let freed = current::with(|heap| {
        let heap_address = core::ptr::from_ref(heap).addr();
        let owner = page.owner() & !flag::ALL;
        let parked_here = owner == lot::owner() && page.parked_by() == heap_address;
        let remote = owner != heap_address && !parked_here;
        heap.counting.freed(page.class(), requested, remote);
        heap.counting.untag(watched, tag, remote);
        if owner == heap_address {
            heap.put(page, block);
        } else {
            heap.batch.add(page, block);
        }
    });
    if freed.is_none() {
        push_remote(page, block, block, 1);
    }
}

/// As the general case, for a block of the twin heap.
#[cold]
fn deallocate_sample(page: &'static Page, block: Block) {
    let (slack, tag) = page.kept(block.address());
    let watched = page.watched(block.address(), slack);
    block.mark_free();
    current::with(|heap| heap.counting.untag(watched, tag, false));
    twin::put(page, block);
}

/// The header of the block in use that starts at `address`; anything else is a fault.
#[inline]
pub(crate) fn page_of(address: usize) -> &'static Page {
    let found = arenas::in_first_arena(address, |page| {
        let offset = address.wrapping_sub(page.start());
        let starts = match page.kind() {
            Kind::Blocks => page.is_block_start(offset) && page.is_live(offset),
            Kind::Huge => offset == 0,
            Kind::None | Kind::Released => false,
        };
        starts.then_some(page)
    });
    match found {
        Some(Some(page)) => page,
        _ => page_of_any(address),
    }
}

/// As [`page_of`] for every arena and every slice of a page, with the diagnosis.
fn page_of_any(address: usize) -> &'static Page {
    let Some(page) = arenas::covering(address) else {
        fault::raise(FaultKind::Foreign, address);
    };
    let offset = address.wrapping_sub(page.start());
    match page.kind() {
        Kind::Huge if offset == 0 => page,
        Kind::Blocks if page.is_block_start(offset) => {
            if !page.is_live(offset) {
                fault::raise(FaultKind::DoubleFree, address);
            }
            page
        }
        Kind::Released if offset == 0 || page.is_place(offset) => {
            fault::raise(FaultKind::DoubleFree, address)
        }
        // SAFETY: the slices of the page are committed, and the words are only read.
        Kind::Blocks if page.is_place(offset) && unsafe { Block::at(address) }.is_free() => {
            // The page has started over since.
            fault::raise(FaultKind::DoubleFree, address)
        }
        Kind::None | Kind::Blocks | Kind::Huge | Kind::Released => {
            fault::raise(FaultKind::Interior, address)
        }
    }
}

/// Hands a chain of `count` blocks, marked free, to the page they belong to, which some other heap
/// owns or nobody.
pub(crate) fn push_remote(page: &'static Page, first: Block, last: Block, count: u32) {
    let link = |next: usize| last.set_next(with_exposed_provenance_mut(next));
    loop {
        match page.remote.push(first.address(), count, link) {
            Push::Queued => {
                if page.owner() & !flag::ALL == lot::owner() {
                    lot::freed_into(page, count);
                }
                return;
            }
            Push::Adopted => return adopted(page),
            Push::Redirect => {
                let owner = page.owner() & !flag::ALL;
                if owner != 0 && owner != lot::owner() {
                    // SAFETY: all other owners are heaps, which are exposed when made and never
                    // unmapped.
                    let heap = unsafe { &*with_exposed_provenance::<Heap>(owner) };
                    return heap.delay(first.address(), link);
                }
                // Given up or parked since it was full: the page itself takes the blocks now.
            }
        }
    }
}

/// The calling thread has become the owner of an abandoned page by freeing into it.
fn adopted(page: &'static Page) {
    abandoned::unlist(page);
    page.collect_remote();
    if page.used() == 0 {
        arenas::release_page(page);
    } else if page.used() <= page.sparse_blocks() {
        lot::park(page, 0);
    } else if current::has_heap() {
        current::raw().adopt(page);
    } else {
        abandoned::give_up(page);
    }
}

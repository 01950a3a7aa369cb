//! What the heap holds, and every block in it.

use crate::arenas;
use crate::counters;
use crate::current;
use crate::lot;
use crate::page::{Kind, Page};
use crate::slices::Age;
use crate::twin;

/// Numbers of the whole heap, in bytes where they end so. Read while threads run they are near the
/// truth, not at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Heap pages and huge blocks that may hold something: in use or kept for later.
    pub held_bytes: usize,
    /// The most that this has been.
    pub held_peak_bytes: usize,
    /// Usable bytes of blocks in use.
    pub live_bytes: usize,
    /// Blocks in use, those included that another thread has freed and not yet handed over.
    pub live_blocks: usize,
    /// Of these, in blocks beyond the size classes.
    pub huge_bytes: usize,
    /// How many those are.
    pub huge_blocks: usize,
    /// Heap pages in use.
    pub heap_pages: usize,
    /// Bytes of slices in use, touched or not.
    pub sliced_bytes: usize,
    /// Free memory that is kept and could be given back at once.
    pub cached_bytes: usize,
    /// Address space reserved for blocks.
    pub reserved_bytes: usize,
    /// Committed for the heap's own tables (untouched parts cost nothing).
    pub table_bytes: usize,
}

/// A block in use, as [`for_each_block`] finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Where it starts.
    pub address: usize,
    /// Its usable bytes.
    pub usable_bytes: usize,
}

/// Sums up the heap. O(heap pages); takes the arena lock.
#[must_use]
pub fn usage() -> Usage {
    if current::has_heap() {
        current::raw().batch.flush();
    }
    let totals = arenas::totals();
    let mut sum = Usage {
        held_bytes: arenas::held_bytes(),
        held_peak_bytes: arenas::held_peak_bytes(),
        sliced_bytes: totals.in_use,
        cached_bytes: totals.dirty_free,
        reserved_bytes: totals.reserved,
        table_bytes: totals.tables,
        ..Usage::default()
    };
    arenas::for_each_page(&mut |page| match page.kind() {
        Kind::Huge => {
            sum.huge_blocks += 1;
            sum.huge_bytes += page.huge_sizes().0;
        }
        _ => {
            sum.heap_pages += 1;
            let live = page.live() as usize;
            sum.live_blocks += live;
            sum.live_bytes += live * page.block_bytes();
        }
    });
    sum.live_blocks += sum.huge_blocks;
    sum.live_bytes += sum.huge_bytes;
    sum
}

/// Visits every block in use, page by page in address order. Exact while no other thread works with
/// the heap; else each block is seen as it was at some moment. The visitor must not allocate or
/// free: the arena lock is held.
pub fn for_each_block(visit: &mut dyn FnMut(BlockInfo)) {
    arenas::for_each_page(&mut |page| match page.kind() {
        Kind::Huge => {
            visit(BlockInfo {
                address: page.start(),
                usable_bytes: page.huge_sizes().0,
            });
        }
        _ => for_each_in(page, visit),
    });
}

pub(crate) fn for_each_in(page: &Page, visit: &mut dyn FnMut(BlockInfo)) {
    let usable_bytes = page.block_bytes();
    for offset in (0..page.carved_bytes()).step_by(usable_bytes) {
        // A mark that another thread is writing shows the block as it was before or is after.
        if page.is_live(offset) {
            visit(BlockInfo {
                address: page.start() + offset,
                usable_bytes,
            });
        }
    }
}

/// Gives memory back to the kernel that holds no block: what the calling thread's heap can spare,
/// what other heaps have parked, and all free slices. Returns the bytes given.
pub fn trim() -> usize {
    if current::has_heap() {
        current::raw().trim();
    }
    if counters::is_sampling() {
        twin::trim();
    }
    lot::tick(true) + arenas::purge(Age::Any)
}

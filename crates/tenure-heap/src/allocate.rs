//! Handing blocks out: by size, zeroed, at an alignment.

use crate::block::Block;
use crate::counters;
use crate::current;
use crate::heap::{DIRECT_BYTES_MAX, Heap};
use crate::huge;
use crate::limit;
use crate::page::Page;
use crate::remains;
use crate::size_class::{self, LARGEST_BYTES};
use crate::slices::SLICE_BYTES;
use crate::twin;
use core::ptr::{NonNull, null_mut};

/// Every block starts at a multiple of this.
pub const ALIGN_MIN: usize = 16;

/// A block of at least `size` bytes, 16-byte aligned, its contents undefined; null when there is no
/// memory. A size of zero gives a block of its own.
///
/// O(1) and no system call, but for one in some hundred calls that needs a new heap page. Lives
/// until it is given to [`crate::deallocate`].
///
/// # Examples
/// ```
/// let block = tenure_heap::allocate(100);
/// assert!(!block.is_null());
/// // SAFETY: the block is ours and large enough; it is given back once.
/// unsafe {
///     block.write_bytes(1, 100);
///     tenure_heap::deallocate(block);
/// }
/// ```
#[inline(always)]
#[must_use]
pub fn allocate(size: usize) -> *mut u8 {
    match allocate_fast(size) {
        Some(block) => block.as_ptr(),
        None => allocate_slow(size),
    }
}

/// The part of [`allocate`] without a call: `None` when the request is large, the page at hand has
/// no free block, the thread has no heap yet, or allocations are counted.
#[inline(always)]
#[must_use]
pub fn allocate_fast(size: usize) -> Option<NonNull<u8>> {
    if size > DIRECT_BYTES_MAX {
        return None;
    }
    let block = current::raw().direct_page(size).pop()?;
    NonNull::new(block.as_ptr())
}

/// What [`allocate_fast`] is while blocks are sampled: `None` when this request is a sample, or for
/// the same reasons.
#[inline(always)]
#[must_use]
pub fn allocate_between_samples(size: usize) -> Option<NonNull<u8>> {
    let block = current::raw().sampling.pop(size)?;
    NonNull::new(block.as_ptr())
}

/// What [`allocate_fast`] is for the larger sizes that share a page: `None` when the page at hand
/// has no free block, or the request is huge, or a recorder is there.
#[inline(always)]
#[must_use]
pub fn allocate_medium(size: usize) -> Option<NonNull<u8>> {
    if size > LARGEST_BYTES {
        return None;
    }
    let block = current::raw().pop_unwatched(size_class::of(size))?;
    NonNull::new(block.as_ptr())
}

/// What [`allocate_fast`] is while blocks are counted and not watched: `None` when the page at hand
/// has no free block, or the request is huge.
#[inline(always)]
#[must_use]
pub fn allocate_counted(size: usize) -> Option<NonNull<u8>> {
    let heap = current::raw();
    if !heap.is_counted_alone() || size > LARGEST_BYTES {
        return None;
    }
    let (page, block) = heap.pop_first(size_class::of(size))?;
    remains::clear(page, block);
    heap.counting.allocated(page.class(), size);
    page.keep(block.address(), slack_of(page.block_bytes(), size), None);
    NonNull::new(block.as_ptr())
}

/// The rest of [`allocate`]: every request may come here.
#[inline(never)]
#[must_use]
pub fn allocate_slow(size: usize) -> *mut u8 {
    if let Some(block) = allocate_medium(size).or_else(|| allocate_between_samples(size)) {
        return block.as_ptr();
    }
    if size > LARGEST_BYTES {
        return huge::allocate(size, 1).0;
    }
    let class = size_class::of(size);
    current::with(|heap| allocate_class(heap, class, size))
        .flatten()
        .map_or(null_mut(), Block::as_ptr)
}

/// A block of `class`, told to the recorder as `requested` bytes where there is one.
pub(crate) fn allocate_class(heap: &Heap, class: usize, requested: usize) -> Option<Block> {
    if heap.sampling.falls_on(requested) {
        return allocate_sample(heap, class, requested);
    }
    let (page, block) = limit::within(requested, || heap.take(class))?;
    remains::clear(page, block);
    if heap.is_counted() {
        count(heap, page, block, requested);
    }
    Some(block)
}

pub(crate) fn count(heap: &Heap, page: &Page, block: Block, requested: usize) {
    let slack = slack_of(page.block_bytes(), requested);
    let watched = page.watched(block.address(), slack);
    heap.counting
        .allocated(page.class(), watched.requested_bytes);
    let tag = counters::is_watching().then(|| heap.counting.tag(watched));
    page.keep(block.address(), slack, tag);
}

/// Goes on to the next sample after one of `requested` bytes.
pub(crate) fn resample(heap: &Heap, requested: usize) {
    let beyond = heap.sampling.beyond(requested);
    heap.sampling.restart(heap.counting.gap(beyond));
}

#[cold]
#[inline(never)]
fn allocate_sample(heap: &Heap, class: usize, requested: usize) -> Option<Block> {
    let (page, block) = limit::within(requested, || twin::take(class))?;
    remains::clear(page, block);
    let slack = slack_of(page.block_bytes(), requested);
    let tag = heap.counting.tag(page.watched(block.address(), slack));
    page.keep(block.address(), slack, Some(tag));
    resample(heap, requested);
    Some(block)
}

/// The bytes of a block that were not asked for, as far as they can be noted.
pub(crate) fn slack_of(usable: usize, requested: usize) -> u16 {
    u16::try_from(usable - requested).unwrap_or(u16::MAX)
}

/// As [`allocate`], with every byte of `size` zero.
///
/// Costs no write for a large block whose memory is fresh from the kernel.
#[must_use]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    let (block, zeroed) = if size > LARGEST_BYTES {
        huge::allocate(size, 1)
    } else {
        (allocate(size), false)
    };
    if !block.is_null() && !zeroed {
        // SAFETY: the block was handed out just now and has at least `size` bytes.
        unsafe { block.write_bytes(0, size) };
    }
    block
}

/// As [`allocate`], at a multiple of `align`, a power of two.
///
/// Alignments up to 64 KiB cost only the rounding of the size up to the alignment: size classes are
/// aligned by nature. Larger ones are served in whole slices of 64 KiB.
#[must_use]
pub fn allocate_aligned(align: usize, size: usize) -> *mut u8 {
    debug_assert!(align.is_power_of_two());
    if align <= ALIGN_MIN {
        return allocate(size);
    }
    let Some(rounded) = size.max(1).checked_next_multiple_of(align) else {
        return null_mut();
    };
    if align > SLICE_BYTES || rounded > LARGEST_BYTES {
        return huge::allocate(size, align).0;
    }
    if let Some(block) = allocate_fast(rounded).or_else(|| allocate_medium(rounded)) {
        return block.as_ptr();
    }
    let class = size_class::of(rounded);
    current::with(|heap| allocate_class(heap, class, size))
        .flatten()
        .map_or(null_mut(), Block::as_ptr)
}

/// The bytes that a request of `size` gets: asking for all of them costs nothing more.
#[must_use]
pub fn good_size(size: usize) -> usize {
    if size <= LARGEST_BYTES {
        size_class::block_bytes(size_class::of(size))
    } else {
        huge::usable_for(size).unwrap_or(size)
    }
}

//! Changing a block's size: where it lies when that wastes little, else by a move.

use crate::allocate::{allocate, allocate_class, slack_of};
use crate::arenas;
use crate::block::Block;
use crate::counters;
use crate::current;
use crate::free::{deallocate, page_of};
use crate::huge;
use crate::page::{Kind, Page, flag};
use crate::size_class::{self, LARGEST_BYTES};
use crate::watch::Tag;
use core::ptr::null_mut;

/// A block that grows to this or more gets room to grow on.
const ROOM_FROM_BYTES: usize = 1 << 10;
/// A block that grows to this or more becomes a block of its own, with address space behind it.
const OWN_FROM_BYTES: usize = 32 << 10;

/// A block of at least `size` bytes that begins with the bytes of `block`, which is given back if
/// it is another one; null, and `block` stays valid, when there is no memory. Null `block`
/// allocates.
///
/// The block stays where it is while at least half of it would be used, and a huge block while the
/// address space behind it is free; huge blocks move by remapping, not by copying.
///
/// # Safety
/// * As for [`deallocate`].
#[must_use]
pub unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return allocate(size);
    }
    let address = block.expose_provenance();
    let page = page_of(address);
    if page.owner() & flag::OWNED != 0 {
        return crate::owned::reallocate(page, block, size);
    }
    let usable = match page.kind() {
        Kind::Huge if size > LARGEST_BYTES || size >= page.huge_sizes().0 / 2 => {
            return huge::reallocate(page, size);
        }
        Kind::Huge => page.huge_sizes().0,
        _ => page.block_bytes(),
    };
    let fits = size <= usable && page.kind() == Kind::Blocks;
    if fits && usable - size <= (usable / 2).min(u16::MAX as usize) {
        resize_in_place(page, address, size);
        return block;
    }
    let target = if size > usable {
        allocate_to_grow(size)
    } else {
        allocate(size)
    };
    if target.is_null() {
        if fits {
            // Less is always possible: the old block has room enough.
            resize_in_place(page, address, size);
            return block;
        }
        return target;
    }
    // SAFETY: two distinct blocks, the smaller of which has this many bytes.
    unsafe { target.copy_from_nonoverlapping(block, usable.min(size)) };
    tell_moved(page, address, target.addr());
    // SAFETY: the caller gives the block up for the new one.
    unsafe { deallocate(block) };
    target
}

/// Tells the recorder that a block has become another one.
pub(crate) fn tell_moved(page: &'static Page, from: usize, to: usize) {
    if counters::is_recording() {
        let tag = arenas::covering(to).map_or(Tag::NONE, |page| page.tag(to));
        current::with(|heap| heap.counting.moved(page.tag(from), tag));
    }
}

/// A block for `size` bytes that has grown, and is likely to grow again: else a block that grows in
/// small steps is copied at every size class. A small one gets half as much again; a larger one a
/// place of its own, where it grows on without a copy and only what it reaches is resident.
fn allocate_to_grow(size: usize) -> *mut u8 {
    if !(ROOM_FROM_BYTES..=LARGEST_BYTES).contains(&size) {
        return allocate(size);
    }
    if size >= OWN_FROM_BYTES && !arenas::is_limited() {
        return huge::allocate_to_grow(size);
    }
    let generous = size + (size / 2).min(OWN_FROM_BYTES / 2);
    if generous > LARGEST_BYTES {
        return allocate(size);
    }
    current::with(|heap| allocate_class(heap, size_class::of(generous), size))
        .flatten()
        .map_or(null_mut(), Block::as_ptr)
}

pub(crate) fn resize_in_place(page: &'static Page, address: usize, size: usize) {
    // A sample keeps the size that it was drawn with.
    if !counters::is_on() {
        return;
    }
    let (slack, tag) = page.kept(address);
    let before = page.watched(address, slack);
    let slack = slack_of(before.usable_bytes, size);
    page.keep(address, slack, None);
    let after = page.watched(address, slack);
    current::with(|heap| {
        let (was, is) = (before.requested_bytes, after.requested_bytes);
        heap.counting.resized(page.class(), was, is);
        heap.counting.retag(before, after, tag);
    });
}

/// Bytes of a block in use, at least what was asked for; 0 for null.
///
/// # Safety
/// * `block` is null or a block of this heap that is in use.
#[must_use]
pub unsafe fn usable_size(block: *const u8) -> usize {
    if block.is_null() {
        return 0;
    }
    let page = page_of(block.expose_provenance());
    match page.kind() {
        Kind::Huge => page.huge_sizes().0,
        _ => page.block_bytes(),
    }
}

//! Blocks beyond the size classes: each a run of slices of its own, rounded up to OS pages.

use crate::allocate::resample;
use crate::arenas;
use crate::counters;
use crate::current;
use crate::heap::Heap;
use crate::limit;
use crate::page::Page;
use crate::size_class::LARGEST_BYTES;
use crate::slices::SLICE_BYTES;
use core::ptr::{null_mut, with_exposed_provenance_mut};
use tenure_base::Align;
use tenure_os::memory;

/// A block that is not larger is copied to memory that is resident already.
const COPIED_BYTES_MAX: usize = 4 << 20;

/// Bytes that a request of `size` gets; `None` when no address space could hold it.
pub(crate) fn usable_for(size: usize) -> Option<usize> {
    if size > isize::MAX as usize {
        return None;
    }
    Align::new(arenas::page_bytes())?.up(size.max(1))
}

/// A block of `size` bytes at a multiple of `align`, and whether it reads as zero; null when there
/// is no memory.
pub(crate) fn allocate(size: usize, align: usize) -> (*mut u8, bool) {
    allocate_in(size, align, 1)
}

/// As [`allocate`], for a block that is growing: with address space behind it to grow into up to
/// the size from which every block is huge. What it does not reach is never resident.
pub(crate) fn allocate_to_grow(size: usize) -> *mut u8 {
    allocate_in(size, 1, LARGEST_BYTES / SLICE_BYTES + 1).0
}

fn allocate_in(size: usize, align: usize, slices_min: usize) -> (*mut u8, bool) {
    let made = usable_for(size).and_then(|usable| {
        current::with(|heap| {
            let count = usable.div_ceil(SLICE_BYTES).max(slices_min);
            let (page, zeroed) =
                limit::within(size, || arenas::new_huge(count, usable, size, align))?;
            tell_allocated(heap, page, size);
            Some((with_exposed_provenance_mut(page.start()), zeroed))
        })
        .flatten()
    });
    made.unwrap_or((null_mut(), false))
}

/// Tells the recorder of a huge block of `size` bytes.
pub(crate) fn tell_allocated(heap: &Heap, page: &Page, size: usize) {
    if heap.is_counted() {
        heap.counting.allocated(page.class(), size);
        heap.counting.huge_allocated(page.huge_sizes().0);
        if counters::is_watching() {
            page.set_huge_tag(heap.counting.tag(page.watched_huge()));
        }
    } else if heap.sampling.falls_on(size) {
        page.set_huge_tag(heap.counting.tag(page.watched_huge()));
        resample(heap, size);
    }
}

/// Gives a huge block back.
pub(crate) fn deallocate(page: &'static Page) {
    tell_freed(page);
    arenas::release_huge(page);
}

/// Tells the recorder that a huge block comes back.
pub(crate) fn tell_freed(page: &Page) {
    if counters::is_recording() {
        let (usable, requested) = page.huge_sizes();
        let tag = page.tag(page.start());
        current::with(|heap| {
            if heap.is_counted() {
                heap.counting.freed(page.class(), requested, false);
                heap.counting.huge_freed(usable);
            }
            heap.counting.untag(page.watched_huge(), tag, false);
        });
    }
}

/// Makes a huge block `size` bytes long: where it lies when the slices behind
/// it are free, else elsewhere, by moving its pages. Null, and nothing changed, without memory.
pub(crate) fn reallocate(page: &'static Page, size: usize) -> *mut u8 {
    let Some(usable) = usable_for(size) else {
        return null_mut();
    };
    if resize_in_place(page, usable, size) {
        return with_exposed_provenance_mut(page.start());
    }
    let (target, is_fresh) = allocate(size, 1);
    if target.is_null() {
        return target;
    }
    move_contents(page, target, usable, is_fresh);
    deallocate(page);
    target
}

/// Makes a huge block `usable` bytes long, whole OS pages, where it lies. False, and nothing
/// changed, when the slices behind it are in use.
pub(crate) fn resize_in_place(page: &'static Page, usable: usize, size: usize) -> bool {
    let (usable_before, requested_before) = page.huge_sizes();
    let before = page.watched_huge();
    if !arenas::resize_huge(page, usable, size) {
        return false;
    }
    if counters::is_recording() {
        current::with(|heap| {
            if heap.is_counted() {
                heap.counting.resized(page.class(), requested_before, size);
                heap.counting.huge_allocated(usable);
                heap.counting.huge_freed(usable_before);
            }
            let after = page.watched_huge();
            heap.counting.retag(before, after, page.tag(page.start()));
        });
    }
    true
}

/// Moves the bytes of a huge block, as many as both have, to another huge block of `usable` bytes
/// that the caller has just been handed; `is_fresh`: it reads as zero.
///
/// Moving OS pages costs least, but those that the target has are lost by it, and those that the
/// source has leave no memory behind for the next block: both are faults later. So a block of
/// moderate size is copied where the target has pages.
pub(crate) fn move_contents(page: &'static Page, target: *mut u8, usable: usize, is_fresh: bool) {
    let kept = usable.min(page.huge_sizes().0);
    let by_copy = !is_fresh && kept <= COPIED_BYTES_MAX;
    // SAFETY: both ranges are whole OS pages inside blocks that this call holds, they are distinct
    // blocks, and the target's contents are nobody's.
    if !by_copy && unsafe { memory::move_pages(page.start(), target.addr(), kept) }.is_ok() {
        arenas::forget_contents(page, kept);
    } else {
        let source = with_exposed_provenance_mut::<u8>(page.start());
        // SAFETY: as above; `kept` is within both blocks.
        unsafe { target.copy_from_nonoverlapping(source, kept) };
    }
    crate::resize::tell_moved(page, page.start(), target.addr());
}

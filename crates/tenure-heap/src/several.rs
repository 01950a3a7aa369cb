//! Many blocks at a time, and frees that know the size.

use crate::allocate::{allocate_fast, allocate_slow};
use crate::current;
use crate::free::{deallocate, deallocate_slow};
use crate::heap::DIRECT_BYTES_MAX;
use crate::resize::usable_size;
use crate::size_class::LARGEST_BYTES;

/// Fills `blocks` with blocks of at least `size` bytes each, as [`crate::allocate`] gives them, and
/// returns how many there are: fewer than asked for when there is no more memory. The places behind
/// stay as they were.
///
/// Up to 4 KiB the heap page is looked up once for as many blocks as it has at hand, so that a
/// block costs the few instructions that take it off the list; larger ones cost what
/// [`crate::allocate`] does.
///
/// # Examples
/// ```
/// let mut blocks = [std::ptr::null_mut(); 100];
/// assert_eq!(tenure_heap::allocate_batch(48, &mut blocks), 100);
/// // SAFETY: blocks in use, each given up once.
/// unsafe { tenure_heap::deallocate_batch(&blocks) };
/// ```
#[must_use]
pub fn allocate_batch(size: usize, blocks: &mut [*mut u8]) -> usize {
    let mut done = 0;
    while done < blocks.len() {
        if size <= DIRECT_BYTES_MAX {
            let page = current::raw().direct_page(size);
            while let Some(place) = blocks.get_mut(done)
                && let Some(block) = page.pop()
            {
                *place = block.as_ptr();
                done += 1;
            }
        }
        let Some(place) = blocks.get_mut(done) else {
            break;
        };
        let block = match allocate_fast(size) {
            Some(block) => block.as_ptr(),
            None => allocate_slow(size),
        };
        if block.is_null() {
            break;
        }
        *place = block;
        done += 1;
    }
    done
}

/// Gives each of `blocks` back, as [`deallocate`] does; null ones are passed over. Costs as much as
/// that for each, without the calls.
///
/// # Safety
/// * As for [`deallocate`], for each; none is there twice.
pub unsafe fn deallocate_batch(blocks: &[*mut u8]) {
    for block in blocks {
        // SAFETY: the caller's promise.
        unsafe { deallocate(*block) };
    }
}

/// As [`deallocate`], for a block that was asked for with `size` bytes.
///
/// The size saves the short path for what can only be a block of its own; for others the page's
/// header is looked at anyway, and tells more. Debug builds check that the block has that many.
///
/// # Safety
/// * As for [`deallocate`]; `block` is not null, and was asked for, or last resized, with `size`.
#[inline]
pub unsafe fn deallocate_sized(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        debug_assert!(usable_size(block) >= size, "no block of {size} bytes");
        if size > LARGEST_BYTES {
            deallocate_slow(block);
        } else {
            deallocate(block);
        }
    }
}

//! Where the next block fits: the arithmetic of a cursor, in integers.
//!
//! A cursor stands at `at`, its memory ends before `end`. A block of `size` bytes at a multiple of
//! `align` starts at the first such multiple from `at` on, and the cursor moves behind it.
//!
//! **Invariants** of every cursor: (a) `at <= end`; (b) `end <= END_MAX`, so that what is small can
//! be added to `at` without a test for overflow.

use core::alloc::Layout;

/// Size and alignment of a block that is small: together at most this.
const SMALL_BYTES: usize = 1 << 16;

/// No memory of a cursor ends behind this address.
pub(crate) const END_MAX: usize = usize::MAX - SMALL_BYTES;

/// Whether [`fit_small`] may be asked for a block of this shape.
pub(crate) const fn is_small(layout: Layout) -> bool {
    layout.size() <= SMALL_BYTES / 2 && layout.align() <= SMALL_BYTES / 2
}

/// How far in front of a block the cursor stands, and how far it moves in all; `None` if the block
/// does not fit. For blocks of any shape.
#[inline(always)]
pub(crate) const fn fit(at: usize, end: usize, layout: Layout) -> Option<(usize, usize)> {
    let pad = at.wrapping_neg() & (layout.align() - 1);
    // No overflow: a layout's size, rounded up to its alignment, is at most `isize::MAX`.
    let all = pad + layout.size();
    if all <= end - at {
        Some((pad, all))
    } else {
        None
    }
}

/// The same for a block that is small, in fewer instructions: start of the block and new cursor.
#[inline(always)]
pub(crate) const fn fit_small(at: usize, end: usize, layout: Layout) -> Option<(usize, usize)> {
    debug_assert!(is_small(layout));
    let start = (at + (layout.align() - 1)) & !(layout.align() - 1);
    let after = start + layout.size();
    if after <= end {
        Some((start, after))
    } else {
        None
    }
}

/// Bytes that hold a block of this shape wherever they start, if they start at a multiple of
/// `base_align`; `None` when no memory is that large.
#[cfg(any(test, feature = "alloc"))]
pub(crate) const fn need(layout: Layout, base_align: usize) -> Option<usize> {
    let pad = layout.align().saturating_sub(base_align);
    match layout.size().checked_add(pad) {
        Some(need) if need <= isize::MAX as usize => Some(need),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn both_ways_of_fitting_agree() {
        for at in 0..70 {
            for size in 0..40 {
                for align in [1, 2, 8, 32] {
                    let block = layout(size, align);
                    let slow = fit(at, 96, block).map(|(pad, all)| (at + pad, at + all));
                    assert_eq!(slow, fit_small(at, 96, block), "{at} {size} {align}");
                }
            }
        }
    }

    #[test]
    fn the_last_byte_fits_and_one_more_does_not() {
        assert_eq!(fit(10, 20, layout(10, 1)), Some((0, 10)));
        assert_eq!(fit(10, 20, layout(11, 1)), None);
        assert_eq!(fit(9, 16, layout(0, 16)), Some((7, 7)));
        assert_eq!(fit(9, 15, layout(0, 16)), None);
    }

    #[test]
    fn hostile_shapes_do_not_wrap() {
        let largest = layout(isize::MAX as usize, 1);
        assert_eq!(fit(END_MAX - 1, END_MAX, largest), None);
        assert_eq!(
            fit(1, END_MAX, layout(0, 1 << 63)),
            Some(((1 << 63) - 1, (1 << 63) - 1))
        );
        assert_eq!(fit_small(END_MAX, END_MAX, layout(1 << 15, 1 << 15)), None);
        assert_eq!(need(largest, 8), Some(isize::MAX as usize));
        assert_eq!(need(layout(8, 1 << 62), 8), Some((1 << 62) - 8 + 8));
        assert_eq!(need(layout(1 << 62, 1 << 62), 8), Some((1 << 63) - 8));
        assert_eq!(need(largest, 1), Some(isize::MAX as usize));
    }
}

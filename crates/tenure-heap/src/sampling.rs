//! A heap's way to the next sample: how many bytes are left, and its pages meanwhile.
//!
//! While blocks are sampled the heap's direct table holds the empty page throughout, as when they
//! are counted; the pages are in this second table, behind a subtraction.

use crate::block::Block;
use crate::heap::{DIRECT, DIRECT_BYTES_MAX};
use crate::page::{EMPTY_PAGE, Page};
use core::cell::Cell;

/// The state of sampling in one heap. **Invariant:** where blocks are not sampled, `left` is 0.
pub(crate) struct Sampling {
    /// Bytes that are asked for before the next sample. The block that would leave none is it.
    left: Cell<i64>,
    pub(crate) direct: [Cell<&'static Page>; DIRECT],
}

impl Sampling {
    pub(crate) const fn none() -> Self {
        Self {
            left: Cell::new(0),
            direct: [const { Cell::new(&EMPTY_PAGE) }; DIRECT],
        }
    }

    /// Whether blocks are sampled.
    pub(crate) fn is_on(&self) -> bool {
        self.left.get() != 0
    }

    /// Chooses how many bytes come before the next sample.
    pub(crate) fn restart(&self, gap: u64) {
        self.left.set(i64::try_from(gap).unwrap_or(i64::MAX).max(1));
    }

    /// A block of `size` bytes, when it is no sample and its page has one at hand.
    #[inline(always)]
    pub(crate) fn pop(&self, size: usize) -> Option<Block> {
        if size > DIRECT_BYTES_MAX {
            return None;
        }
        let left = self.left.get() - size as i64;
        if left <= 0 {
            return None;
        }
        // SAFETY: size ≤ DIRECT_BYTES_MAX, so the index is at most that of the last entry.
        let page = unsafe { self.direct.get_unchecked((size + 15) >> 4) }.get();
        let block = page.pop()?;
        block.forget_next();
        self.left.set(left);
        Some(block)
    }

    /// How far a block of `size` bytes that is a sample goes beyond the gap.
    pub(crate) fn beyond(&self, size: usize) -> u64 {
        (size as u64).saturating_sub(self.left.get().unsigned_abs())
    }

    /// Whether the next block of `size` bytes is a sample; if it is none, its bytes are passed.
    pub(crate) fn falls_on(&self, size: usize) -> bool {
        let left = self.left.get();
        let after = left.saturating_sub(i64::try_from(size).unwrap_or(i64::MAX));
        if left == 0 || after > 0 {
            // Zero where nothing is sampled: it stays zero.
            self.left.set(if left == 0 { 0 } else { after });
            return false;
        }
        true
    }
}

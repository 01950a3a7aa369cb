//! A span cut into equal granules of a strategy's own size, behind its map.
//!
//! Granules lie at multiples of their size in the address space, where the address is known.

use crate::fault::FormatError;
use crate::region::{Region, WORD_BYTES};
use crate::space::Space;
use crate::tag::GRANULES_MAX;
use tenure_base::Align;

/// Where the granules lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    log2: u32,
    /// Offset of the first granule.
    start: usize,
    /// Number of granules; 0 before the span is formatted.
    pub(crate) count: usize,
    /// The number of the first granule in the address space.
    pub(crate) bias: usize,
}

impl Grid {
    /// A grid of granules of `granule` bytes, 8 at least, over a span not seen yet.
    pub(crate) const fn new(granule: Align) -> Self {
        let log2 = granule.bytes().ilog2();
        let least = WORD_BYTES.ilog2();
        Self {
            log2: if log2 < least { least } else { log2 },
            start: 0,
            count: 0,
            bias: 0,
        }
    }

    /// Granules of the whole span, before a map takes its part.
    pub(crate) fn most<M: Space>(&self, space: &M) -> Result<usize, FormatError> {
        let most = (space.data().words() / (self.granule() / WORD_BYTES)).min(usize::MAX >> 4);
        if most > GRANULES_MAX {
            return Err(FormatError::TooLarge);
        }
        Ok(most)
    }

    /// Clears a map of `words` and lays the grid over what is left.
    pub(crate) fn lay<M: Space>(&mut self, space: &mut M, words: usize) -> Result<(), FormatError> {
        let first = space.clear_map(words)?;
        // Out of band, offsets alone are aligned.
        let origin = if M::HEADER == 0 {
            0
        } else {
            space.data().origin()
        };
        let begin = origin.wrapping_add(first).next_multiple_of(self.granule());
        let start = begin.wrapping_sub(origin);
        let bytes = (space.data().words() * WORD_BYTES).saturating_sub(start);
        if bytes < self.granule() {
            return Err(FormatError::TooSmall);
        }
        self.start = start;
        self.count = bytes >> self.log2;
        self.bias = begin >> self.log2;
        Ok(())
    }

    /// Bytes of a granule.
    pub(crate) const fn granule(&self) -> usize {
        1 << self.log2
    }

    /// Granules that hold `bytes`; `None` if that is more than there are.
    pub(crate) fn granules_for(&self, bytes: usize) -> Option<usize> {
        let count = bytes.div_ceil(self.granule());
        if count <= self.count {
            Some(count)
        } else {
            None
        }
    }

    /// Bytes of so many granules.
    pub(crate) const fn bytes(&self, granules: usize) -> usize {
        granules << self.log2
    }

    /// Where a granule begins.
    pub(crate) const fn offset_of(&self, granule: usize) -> usize {
        self.start + (granule << self.log2)
    }

    /// The granule that begins at `offset`.
    pub(crate) fn granule_of(&self, offset: usize) -> Option<usize> {
        let inside = offset.checked_sub(self.start)?;
        let granule = inside >> self.log2;
        let is_one = granule << self.log2 == inside && granule < self.count;
        if is_one { Some(granule) } else { None }
    }
}

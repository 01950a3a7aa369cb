//! A bit map: one bit for each granule that is in use, one for each at which a block ends.
//!
//! **Cost.** A search looks at words of the map from the lowest granule that may be free, 64
//! granules at a time; so does `largest_free`. Two bits for each granule.
//!
//! **Invariants.**
//! - A. An end lies on a granule in use.
//! - B. The granule before a free one ends a block, or is free.
//! - C. The last granule ends a block, or is free.
//! - D. No granule below `lowest` is free.
//!
//! **Detects.** Every foreign offset, and every second free of memory not handed out again.

use crate::fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
use crate::grid::Grid;
use crate::map;
use crate::space::Space;
use crate::strategy::{Block, Census, Freed, Piece, Request, Strategy, Work};
use tenure_base::Align;

/// First fit over a bit map.
///
/// # Examples
/// ```
/// use tenure_place::{Bitmap, FreeError, Heap, Inline};
/// let mut heap = Heap::new(Bitmap::new(), Inline::new([0; 512]));
/// let block = heap.allocate(100, 8)?;
/// assert_eq!(block.usable, 128);
/// assert_eq!(heap.free(block.offset + 32), Err(FreeError::NotABlock));
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Bitmap {
    grid: Grid,
    /// The first bit of the ends.
    ends: usize,
    /// No granule below it is free.
    lowest: usize,
}

impl Bitmap {
    /// Granules of 32 bytes.
    #[must_use]
    pub const fn new() -> Self {
        match Align::new(32) {
            Some(granule) => Self::with_granule(granule),
            None => unreachable!(),
        }
    }

    /// Granules of another size, 8 bytes at least.
    #[must_use]
    pub const fn with_granule(granule: Align) -> Self {
        Self {
            grid: Grid::new(granule),
            ends: 0,
            lowest: 0,
        }
    }

    /// The first run of `count` free granules, aligned to `align` granules.
    fn find<M: Space>(
        &self,
        space: &M,
        count: usize,
        align: usize,
        work: &mut Work,
    ) -> Option<usize> {
        let (mut at, end) = (self.lowest, self.grid.count);
        loop {
            let free = map::next(space, at, end, false, &mut work.visited);
            let lead = self.grid.bias.wrapping_add(free).wrapping_neg() & (align - 1);
            let start = free + lead;
            if start > end || count > end - start {
                return None;
            }
            let used = map::next(space, free, start + count, true, &mut work.visited);
            if used == start + count {
                return Some(start);
            }
            at = used;
        }
    }

    /// The granules of the block that begins at `offset`: where, and how many.
    fn in_use<M: Space>(&self, space: &M, offset: usize) -> Result<(usize, usize), FreeError> {
        let start = self.grid.granule_of(offset).ok_or(FreeError::OutOfSpan)?;
        if !map::get(space, start) {
            return Err(FreeError::NotInUse);
        }
        if start > 0 && map::get(space, start - 1) && !map::get(space, self.ends + start - 1) {
            return Err(FreeError::NotABlock);
        }
        Ok((start, self.length(space, start)))
    }

    /// Granules of the block that begins at `start`.
    fn length<M: Space>(&self, space: &M, start: usize) -> usize {
        let limit = self.ends + self.grid.count;
        let end = map::next(space, self.ends + start, limit, true, &mut 0);
        (end - self.ends - start + 1).min(self.grid.count - start)
    }

    fn block_at(&self, start: usize, count: usize) -> Block {
        Block {
            offset: self.grid.offset_of(start),
            usable: self.grid.bytes(count),
            requested: self.grid.bytes(count),
        }
    }

    fn is_free<M: Space>(&self, space: &M, granule: usize) -> bool {
        granule < self.grid.count && !map::get(space, granule)
    }
}

impl Default for Bitmap {
    fn default() -> Self {
        Self::new()
    }
}

impl Strategy for Bitmap {
    fn format<M: Space>(&mut self, space: &mut M) -> Result<(), FormatError> {
        let words = map::words_for(self.grid.most(space)?);
        self.grid.lay(space, 2 * words)?;
        self.ends = words * 64;
        self.lowest = 0;
        Ok(())
    }

    fn allocate<M: Space>(
        &mut self,
        space: &mut M,
        request: Request,
        work: &mut Work,
    ) -> Result<Block, AllocError> {
        if self.grid.count == 0 {
            self.format(space).map_err(AllocError::Unusable)?;
        }
        if request.bytes == 0 {
            return Err(AllocError::ZeroSize);
        }
        let align = (request.align.bytes() / self.grid.granule()).max(1);
        let count = self.grid.granules_for(request.bytes);
        let count = count.filter(|_| align <= self.grid.count);
        let count = count.ok_or(AllocError::TooLarge)?;
        let start = self
            .find(space, count, align, work)
            .ok_or(AllocError::Full)?;
        if self.is_free(space, start + count) {
            work.splits += 1;
        }
        map::fill(space, start..start + count, true);
        map::set(space, self.ends + start + count - 1);
        if start == self.lowest {
            self.lowest = start + count;
        }
        Ok(self.block_at(start, count))
    }

    fn free<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        work: &mut Work,
    ) -> Result<Freed, FreeError> {
        let (start, count) = self.in_use(space, offset)?;
        map::fill(space, start..start + count, false);
        map::clear(space, self.ends + start + count - 1);
        let joins_below = start > 0 && self.is_free(space, start - 1);
        let joins_above = self.is_free(space, start + count);
        work.coalesces += u64::from(joins_below) + u64::from(joins_above);
        self.lowest = self.lowest.min(start);
        let block = self.block_at(start, count);
        Ok(Freed {
            block,
            merged_at: block.offset,
        })
    }

    fn resize<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        bytes: usize,
        work: &mut Work,
    ) -> Result<Block, ResizeError> {
        let (start, have) = self.in_use(space, offset).map_err(ResizeError::NotABlock)?;
        if bytes == 0 {
            return Err(ResizeError::ZeroSize);
        }
        let count = self.grid.granules_for(bytes).ok_or(ResizeError::TooLarge)?;
        let (old, new) = (start + have, start + count);
        if new > self.grid.count {
            return Err(ResizeError::NoRoom);
        }
        if new > old && map::next(space, old, new, true, &mut work.visited) != new {
            return Err(ResizeError::NoRoom);
        }
        map::clear(space, self.ends + old - 1);
        map::fill(space, new.min(old)..old, false);
        map::fill(space, old..new.max(old), true);
        map::set(space, self.ends + new - 1);
        if new < old {
            work.splits += 1;
            self.lowest = self.lowest.min(new);
        }
        Ok(self.block_at(start, count))
    }

    fn block<M: Space>(&self, space: &M, offset: usize) -> Result<Block, FreeError> {
        let (start, count) = self.in_use(space, offset)?;
        Ok(self.block_at(start, count))
    }

    fn walk<M: Space>(&self, space: &M, mut visit: impl FnMut(Piece) -> bool) {
        let (mut at, end) = (0, self.grid.count);
        while at < end {
            let is_free = !map::get(space, at);
            let count = if is_free {
                map::next(space, at, end, true, &mut 0) - at
            } else {
                self.length(space, at)
            };
            let bytes = self.grid.bytes(count);
            let piece = Piece {
                offset: self.grid.offset_of(at),
                bytes,
                requested: if is_free { 0 } else { bytes },
                is_free,
            };
            if !visit(piece) {
                return;
            }
            at += count;
        }
    }

    fn largest_free<M: Space>(&self, space: &M) -> usize {
        let mut largest = 0;
        let (mut at, end) = (self.lowest, self.grid.count);
        while at < end {
            let free = map::next(space, at, end, false, &mut 0);
            at = map::next(space, free, end, true, &mut 0);
            largest = largest.max(at - free);
        }
        self.grid.bytes(largest)
    }

    fn check<M: Space>(&self, space: &M) -> Result<Census, Broken> {
        let count = self.grid.count;
        for at in 0..count {
            let (is_used, is_end) = (map::get(space, at), map::get(space, self.ends + at));
            Broken::unless(is_used || !is_end, 'A', at)?;
            let is_open = is_used && !is_end;
            if at + 1 < count {
                Broken::unless(!is_open || map::get(space, at + 1), 'B', at)?;
            } else {
                Broken::unless(!is_open, 'C', at)?;
            }
            Broken::unless(is_used || at >= self.lowest, 'D', at)?;
        }
        let mut census = Census::default();
        self.walk(space, |piece| {
            census.add(piece);
            true
        });
        Ok(census)
    }
}

//! Binary buddies: blocks of a power of two of granules, which split in halves and join again.
//!
//! A span of any length is as many buddies as it takes; a block of order k lies at a multiple of
//! 2^k granules, so alignment costs nothing.
//!
//! **Shape.** For each order a row of bits says which of its blocks are free, another which are in
//! use; a last row marks where what was asked for ends. Four bits for each granule, and one.
//!
//! **Cost.** A search looks at words of one row; splitting and joining are O(orders).
//! `largest_free` is O(orders).
//!
//! **Invariants.**
//! - A. Each granule lies in exactly one block, free or in use.
//! - B. Of two buddies at most one is free.
//! - C. `free` counts the free blocks of each order.
//! - D. A block in use has one end mark.
//!
//! **Detects.** Every foreign offset, and every second free of memory not handed out again.

use crate::fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
use crate::grid::Grid;
use crate::map;
use crate::space::Space;
use crate::strategy::{Block, Census, Freed, Piece, Request, Strategy, Work};
use tenure_base::Align;

const ORDERS: usize = 30;

/// The binary buddy system.
///
/// # Examples
/// ```
/// use tenure_place::{Buddy, Heap, Inline};
/// let mut heap = Heap::new(Buddy::new(), Inline::new([0; 1024]));
/// let block = heap.allocate(65, 8)?;
/// assert_eq!((block.usable, block.requested), (128, 96), "to the granule of 32");
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Buddy {
    grid: Grid,
    /// What to add to a granule so that blocks of order k are its multiples of 2^k.
    bias: usize,
    /// The highest order.
    top: usize,
    /// The first bit of each order in the row of free blocks.
    rows: [usize; ORDERS],
    /// From a bit of a free block to that of a block in use.
    used: usize,
    /// The first bit of the end marks.
    ends: usize,
    free: [usize; ORDERS],
    /// No block of an order below it is free.
    lowest: [usize; ORDERS],
}

impl Buddy {
    /// Granules of 32 bytes.
    #[must_use]
    pub const fn new() -> Self {
        match Align::new(32) {
            Some(granule) => Self::with_granule(granule),
            None => unreachable!(),
        }
    }

    /// Granules, the smallest blocks, of another size, 8 bytes at least.
    #[must_use]
    pub const fn with_granule(granule: Align) -> Self {
        Self {
            grid: Grid::new(granule),
            bias: 0,
            top: 0,
            rows: [0; ORDERS],
            used: 0,
            ends: 0,
            free: [0; ORDERS],
            lowest: [0; ORDERS],
        }
    }

    /// The bit of the free block of `order` at `granule`.
    fn bit(&self, order: usize, granule: usize) -> usize {
        self.rows[order] + ((self.bias + granule) >> order) - (self.bias >> order)
    }

    /// The granule of a block of `order` by its place in the row.
    fn granule_at(&self, order: usize, place: usize) -> usize {
        (((self.bias >> order) + place) << order) - self.bias
    }

    /// Blocks of `order` in the row, those that stick out of the span included.
    fn row_len(&self, order: usize) -> usize {
        ((self.bias + self.grid.count - 1) >> order) - (self.bias >> order) + 1
    }

    fn is_aligned(&self, order: usize, granule: usize) -> bool {
        (self.bias + granule) & ((1 << order) - 1) == 0
    }

    fn mark_free<M: Space>(&mut self, space: &mut M, order: usize, granule: usize) {
        let bit = self.bit(order, granule);
        map::set(space, bit);
        self.free[order] += 1;
        self.lowest[order] = self.lowest[order].min(bit - self.rows[order]);
    }

    fn unmark_free<M: Space>(&mut self, space: &mut M, order: usize, granule: usize) {
        map::clear(space, self.bit(order, granule));
        // Less than there are only where the map was written over.
        self.free[order] = self.free[order].saturating_sub(1);
    }

    fn is_free<M: Space>(&self, space: &M, order: usize, granule: usize) -> bool {
        granule < self.grid.count && map::get(space, self.bit(order, granule))
    }

    fn is_used<M: Space>(&self, space: &M, order: usize, granule: usize) -> bool {
        map::get(space, self.used + self.bit(order, granule))
    }

    /// The buddy of a block, if it lies in the span as a whole.
    fn buddy_of(&self, order: usize, granule: usize) -> Option<usize> {
        let other = ((self.bias + granule) ^ (1 << order)).checked_sub(self.bias)?;
        (other + (1 << order) <= self.grid.count).then_some(other)
    }

    /// The order of the block in use at `offset`, and its granule.
    fn in_use<M: Space>(&self, space: &M, offset: usize) -> Result<(usize, usize), FreeError> {
        let granule = self.grid.granule_of(offset).ok_or(FreeError::OutOfSpan)?;
        for order in 0..=self.top {
            if self.is_aligned(order, granule) && self.is_used(space, order, granule) {
                return Ok((order, granule));
            }
        }
        let is_free = (0..=self.top).any(|order| self.is_free(space, order, granule));
        Err(if is_free {
            FreeError::NotInUse
        } else {
            FreeError::NotABlock
        })
    }

    /// Takes the lowest free block of the smallest order that is at least `least`.
    fn take<M: Space>(
        &mut self,
        space: &mut M,
        least: usize,
        work: &mut Work,
    ) -> Option<(usize, usize)> {
        let order = (least..=self.top).find(|&order| self.free[order] > 0)?;
        let row = self.rows[order];
        let end = row + self.row_len(order);
        let bit = map::next(
            space,
            row + self.lowest[order],
            end,
            true,
            &mut work.visited,
        );
        if bit == end {
            return None;
        }
        self.lowest[order] = bit - row + 1;
        let granule = self.granule_at(order, bit - row);
        self.unmark_free(space, order, granule);
        Some((order, granule))
    }

    /// Cuts a block that is neither free nor in use down to `to`; the right halves become free.
    fn cut<M: Space>(
        &mut self,
        space: &mut M,
        granule: usize,
        from: usize,
        to: usize,
        work: &mut Work,
    ) {
        for order in (to..from).rev() {
            self.mark_free(space, order, granule + (1 << order));
            work.splits += 1;
        }
    }

    /// Joins a block that is neither free nor in use with its free buddies; gives its granule.
    fn join<M: Space>(
        &mut self,
        space: &mut M,
        mut order: usize,
        mut granule: usize,
        work: &mut Work,
    ) -> usize {
        while order < self.top {
            let Some(other) = self.buddy_of(order, granule) else {
                break;
            };
            if !self.is_free(space, order, other) {
                break;
            }
            self.unmark_free(space, order, other);
            granule = granule.min(other);
            order += 1;
            work.coalesces += 1;
        }
        self.mark_free(space, order, granule);
        granule
    }

    fn mark_used<M: Space>(
        &mut self,
        space: &mut M,
        order: usize,
        granule: usize,
        count: usize,
    ) -> Block {
        map::set(space, self.used + self.bit(order, granule));
        map::set(space, self.ends + granule + count - 1);
        self.block_at(order, granule, count)
    }

    /// Forgets a block in use and says how many granules were asked for.
    fn unmark_used<M: Space>(&self, space: &mut M, order: usize, granule: usize) -> usize {
        let count = self.asked(space, order, granule);
        map::clear(space, self.used + self.bit(order, granule));
        map::clear(space, self.ends + granule + count - 1);
        count
    }

    /// Granules that were asked for of a block in use.
    fn asked<M: Space>(&self, space: &M, order: usize, granule: usize) -> usize {
        let from = self.ends + granule;
        let limit = from + (1 << order) - 1;
        map::next(space, from, limit, true, &mut 0) - from + 1
    }

    fn block_at(&self, order: usize, granule: usize, count: usize) -> Block {
        Block {
            offset: self.grid.offset_of(granule),
            usable: self.grid.bytes(1 << order),
            requested: self.grid.bytes(count),
        }
    }

    /// Lays out the rows for `count` granules behind a bias of any size; gives the bits.
    fn lay_rows(&mut self, count: usize) -> usize {
        self.top = count.ilog2() as usize;
        let mut bits = 0;
        for order in 0..=self.top {
            self.rows[order] = bits;
            bits += (count >> order) + 2;
        }
        self.used = bits;
        self.ends = 2 * bits;
        self.ends + count
    }
}

impl Default for Buddy {
    fn default() -> Self {
        Self::new()
    }
}

impl Strategy for Buddy {
    fn format<M: Space>(&mut self, space: &mut M) -> Result<(), FormatError> {
        let most = self.grid.most(space)?;
        if most == 0 {
            return Err(FormatError::TooSmall);
        }
        let words = map::words_for(self.lay_rows(most));
        self.grid.lay(space, words)?;
        self.lay_rows(self.grid.count);
        self.bias = self.grid.bias & ((1 << self.top) - 1);
        self.free = [0; ORDERS];
        self.lowest = [usize::MAX; ORDERS];
        let (mut at, end) = (0, self.grid.count);
        while at < end {
            let fits = |&order: &usize| self.is_aligned(order, at) && at + (1 << order) <= end;
            let order = (0..=self.top).rev().find(fits).unwrap_or(0);
            self.mark_free(space, order, at);
            at += 1 << order;
        }
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
        let align = request.align.bytes() / self.grid.granule();
        let count = self.grid.granules_for(request.bytes);
        let count = count.ok_or(AllocError::TooLarge)?;
        let order = count.max(align).next_power_of_two().ilog2() as usize;
        if order > self.top {
            return Err(AllocError::TooLarge);
        }
        let (taken, granule) = self.take(space, order, work).ok_or(AllocError::Full)?;
        self.cut(space, granule, taken, order, work);
        Ok(self.mark_used(space, order, granule, count))
    }

    fn free<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        work: &mut Work,
    ) -> Result<Freed, FreeError> {
        let (order, granule) = self.in_use(space, offset)?;
        let count = self.unmark_used(space, order, granule);
        let merged = self.join(space, order, granule, work);
        Ok(Freed {
            block: self.block_at(order, granule, count),
            merged_at: self.grid.offset_of(merged),
        })
    }

    fn resize<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        bytes: usize,
        work: &mut Work,
    ) -> Result<Block, ResizeError> {
        let (old, granule) = self.in_use(space, offset).map_err(ResizeError::NotABlock)?;
        if bytes == 0 {
            return Err(ResizeError::ZeroSize);
        }
        let count = self.grid.granules_for(bytes).ok_or(ResizeError::TooLarge)?;
        let new = count.next_power_of_two().ilog2() as usize;
        if new > self.top {
            return Err(ResizeError::TooLarge);
        }
        let is_right = |order: usize| {
            let right = granule + (1 << order);
            self.is_aligned(order + 1, granule) && self.is_free(space, order, right)
        };
        if !(old..new).all(is_right) {
            return Err(ResizeError::NoRoom);
        }
        self.unmark_used(space, old, granule);
        for order in old..new {
            self.unmark_free(space, order, granule + (1 << order));
            work.coalesces += 1;
        }
        self.cut(space, granule, old, new, work);
        Ok(self.mark_used(space, new, granule, count))
    }

    fn block<M: Space>(&self, space: &M, offset: usize) -> Result<Block, FreeError> {
        let (order, granule) = self.in_use(space, offset)?;
        let count = self.asked(space, order, granule);
        Ok(self.block_at(order, granule, count))
    }

    fn walk<M: Space>(&self, space: &M, mut visit: impl FnMut(Piece) -> bool) {
        let mut at = 0;
        while at < self.grid.count {
            let begins = |&order: &usize| {
                self.is_aligned(order, at)
                    && (self.is_free(space, order, at) || self.is_used(space, order, at))
            };
            let Some(order) = (0..=self.top).find(begins) else {
                return;
            };
            let is_free = self.is_free(space, order, at);
            let asked = if is_free {
                0
            } else {
                self.asked(space, order, at)
            };
            let piece = Piece {
                offset: self.grid.offset_of(at),
                bytes: self.grid.bytes(1 << order),
                requested: self.grid.bytes(asked),
                is_free,
            };
            if !visit(piece) {
                return;
            }
            at += 1 << order;
        }
    }

    fn largest_free<M: Space>(&self, _space: &M) -> usize {
        let order = self.free.iter().rposition(|&count| count > 0);
        order.map_or(0, |order| self.grid.bytes(1 << order))
    }

    fn check<M: Space>(&self, space: &M) -> Result<Census, Broken> {
        let (mut at, mut free, mut ends) = (0, [0; ORDERS], 0);
        let mut census = Census::default();
        self.walk(space, |piece| {
            let granules = piece.bytes / self.grid.granule();
            if piece.is_free {
                free[granules.ilog2() as usize] += 1;
            } else {
                ends += 1;
            }
            census.add(piece);
            at += granules;
            true
        });
        Broken::unless(at == self.grid.count, 'A', at)?;
        for (order, &counted) in free.iter().enumerate().take(self.top + 1) {
            if at == 0 {
                break;
            }
            let row = self.rows[order];
            let mut ones = 0;
            for place in 0..self.row_len(order) {
                if !map::get(space, row + place) {
                    continue;
                }
                ones += 1;
                let granule = self.granule_at(order, place);
                let other = self.buddy_of(order, granule);
                let is_pair = other.is_some_and(|other| self.is_free(space, order, other));
                Broken::unless(order == self.top || !is_pair, 'B', granule)?;
            }
            Broken::unless(ones == counted, 'A', order)?;
            Broken::unless(counted == self.free[order], 'C', order)?;
        }
        let marks = (0..self.grid.count).filter(|&at| map::get(space, self.ends + at));
        Broken::unless(marks.count() == ends, 'D', ends)?;
        Ok(census)
    }
}

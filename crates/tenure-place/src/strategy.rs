//! A strategy: which free block serves a request, and what becomes of a block given back.

use crate::fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
use crate::space::Space;
use tenure_base::Align;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Bytes, at least one.
    pub bytes: usize,
    /// Of the block's first byte.
    pub align: Align,
}

/// A block in use: what was given for a request, or what is known of it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where its first byte lies, from the start of the span.
    pub offset: usize,
    /// Bytes that may be used, at least as many as were asked for.
    pub usable: usize,
    /// Bytes that were asked for. Strategies with a map remember this to their granule only.
    pub requested: usize,
}

/// A block that was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freed {
    /// The block as it was.
    pub block: Block,
    /// Where the free block that it became a part of begins, tag included.
    pub merged_at: usize,
}

/// A piece of the span, for those who draw it: free, or a block in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where its first usable byte lies.
    pub offset: usize,
    /// Usable bytes.
    pub bytes: usize,
    /// Bytes asked for; 0 if it is free.
    pub requested: usize,
    /// Whether it is free.
    pub is_free: bool,
}

/// What one walk over all pieces found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Blocks in use.
    pub used_blocks: usize,
    /// Their usable bytes.
    pub used_bytes: usize,
    /// Free blocks.
    pub free_blocks: usize,
    /// Their usable bytes.
    pub free_bytes: usize,
    /// Usable bytes of the largest.
    pub largest_free: usize,
}

impl Census {
    pub(crate) fn add(&mut self, piece: Piece) {
        if piece.is_free {
            self.free_blocks += 1;
            self.free_bytes += piece.bytes;
            self.largest_free = self.largest_free.max(piece.bytes);
        } else {
            self.used_blocks += 1;
            self.used_bytes += piece.bytes;
        }
    }
}

/// How much work calls were, in counts that do not depend on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Free blocks looked at; for strategies with a map, words of it.
    pub visited: u64,
    /// Blocks that were cut in two.
    pub splits: u64,
    /// Pairs of free neighbours that became one.
    pub coalesces: u64,
}

/// A way to place blocks in a span.
///
/// A strategy holds the heads of its lists and little else; tags, links and maps lie in the
/// [`Space`]. It decides with integers: it never touches contents and never makes a pointer.
/// One strategy belongs to one space for life; [`Heap`](crate::Heap) keeps the two together.
pub trait Strategy {
    /// Makes the whole span one free block, or as few as the strategy can.
    ///
    /// # Errors
    /// When the span or the table is too small, or too large to count.
    fn format<M: Space>(&mut self, space: &mut M) -> Result<(), FormatError>;

    /// Places a block. Formats the span at first use.
    ///
    /// # Errors
    /// See [`AllocError`]; nothing is changed then.
    fn allocate<M: Space>(
        &mut self,
        space: &mut M,
        request: Request,
        work: &mut Work,
    ) -> Result<Block, AllocError>;

    /// Takes a block back and joins it with free neighbours.
    ///
    /// # Errors
    /// See [`FreeError`]; nothing is changed then.
    fn free<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        work: &mut Work,
    ) -> Result<Freed, FreeError>;

    /// Makes a block larger or smaller where it lies. What it loses becomes free.
    ///
    /// # Errors
    /// See [`ResizeError`]; the block is as it was then.
    fn resize<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        bytes: usize,
        work: &mut Work,
    ) -> Result<Block, ResizeError>;

    /// What is known of the block in use at `offset`.
    ///
    /// # Errors
    /// When there is none.
    fn block<M: Space>(&self, space: &M, offset: usize) -> Result<Block, FreeError>;

    /// Visits all pieces by rising offset, until `visit` says false. O(pieces).
    fn walk<M: Space>(&self, space: &M, visit: impl FnMut(Piece) -> bool);

    /// Usable bytes of the largest free block; what it costs is said with each strategy.
    fn largest_free<M: Space>(&self, space: &M) -> usize;

    /// Walks all invariants of the strategy, in the order in which they are written down.
    ///
    /// # Errors
    /// The first that does not hold.
    fn check<M: Space>(&self, space: &M) -> Result<Census, Broken>;
}

//! A heap: one strategy over one space, with its counters.

use crate::fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
use crate::metrics::{Counters, Metrics};
use crate::region::{Reachable, Region, WORD_BYTES};
use crate::space::{Inline, Space};
use crate::strategy::{Block, Freed, Piece, Request, Strategy};
use core::cell::Cell;
use core::ptr::NonNull;
use tenure_base::Align;

/// Blocks placed by the strategy `S` in the space `M`.
///
/// Blocks are named by offsets, so the whole may lie at another address tomorrow. Construction is
/// constant and writes nothing; the span is formatted at the first allocation. Not for several
/// threads at once: put it behind a lock.
///
/// # Examples
/// A static heap of 64 KiB, without an allocator beneath it:
/// ```
/// use std::sync::Mutex;
/// use tenure_place::{Heap, Inline, Tlsf};
///
/// static HEAP: Mutex<Heap<Tlsf, Inline<[u64; 8192]>>> =
///     Mutex::new(Heap::new(Tlsf::new(), Inline::new([0; 8192])));
///
/// let mut heap = HEAP.lock().unwrap();
/// let block = heap.allocate(1000, 8)?;
/// heap.write(block.offset, 0, b"held").unwrap();
/// assert!(block.usable >= 1000);
/// heap.free(block.offset).unwrap();
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Heap<S, M> {
    strategy: S,
    space: M,
    counters: Counters,
}

impl<S, M> Heap<S, M> {
    /// A heap whose span is formatted at its first allocation. O(1).
    pub const fn new(strategy: S, space: M) -> Self {
        Self {
            strategy,
            space,
            counters: Counters {
                allocations: 0,
                frees: 0,
                failures: 0,
                resizes: 0,
                visited_max: 0,
                work: crate::strategy::Work {
                    visited: 0,
                    splits: 0,
                    coalesces: 0,
                },
            },
        }
    }

    /// What was counted so far. O(1).
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The space, with all its blocks.
    pub const fn space(&self) -> &M {
        &self.space
    }

    pub(crate) fn parts(&mut self) -> (&mut S, &mut M, &mut Counters) {
        (&mut self.strategy, &mut self.space, &mut self.counters)
    }
}

impl<S: Strategy, M: Space> Heap<S, M> {
    /// Formats the span now: all blocks are forgotten, counters start at zero.
    ///
    /// # Errors
    /// When the span or its table cannot be used.
    pub fn format(&mut self) -> Result<(), FormatError> {
        self.strategy.format(&mut self.space)?;
        self.counters = Counters::default();
        Ok(())
    }

    /// Places a block of `bytes` whose first byte is aligned to `align` bytes.
    ///
    /// # Errors
    /// [`AllocError::Full`] when no free block is large enough; others when no free would help.
    #[inline]
    pub fn allocate(&mut self, bytes: usize, align: usize) -> Result<Block, AllocError> {
        let align = Align::new(align).ok_or(AllocError::BadAlign)?;
        let counters = &mut self.counters;
        let visited = counters.work.visited;
        let request = Request { bytes, align };
        let placed = self
            .strategy
            .allocate(&mut self.space, request, &mut counters.work);
        counters.visited_max = (counters.work.visited - visited).max(counters.visited_max);
        match placed {
            Ok(_) => counters.allocations += 1,
            Err(_) => counters.failures += 1,
        }
        placed
    }

    /// Takes the block at `offset` back.
    ///
    /// # Errors
    /// When no block in use begins there, as far as the metadata can tell: each strategy's first
    /// lines say how far that is. Nothing is changed then.
    #[inline]
    pub fn free(&mut self, offset: usize) -> Result<Freed, FreeError> {
        let counters = &mut self.counters;
        let freed = self
            .strategy
            .free(&mut self.space, offset, &mut counters.work)?;
        counters.frees += 1;
        Ok(freed)
    }

    /// Makes the block at `offset` larger or smaller where it lies.
    ///
    /// # Errors
    /// [`ResizeError::NoRoom`] when it would have to move. The block is as it was then.
    ///
    /// # Examples
    /// ```
    /// use tenure_place::{Heap, Inline, ResizeError, Tlsf};
    /// let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 128]));
    /// let block = heap.allocate(100, 8)?.offset;
    /// assert!(heap.resize(block, 200).is_ok(), "what follows is free");
    /// let _wall = heap.allocate(8, 8)?;
    /// assert_eq!(heap.resize(block, 300), Err(ResizeError::NoRoom));
    /// # Ok::<(), tenure_place::AllocError>(())
    /// ```
    pub fn resize(&mut self, offset: usize, bytes: usize) -> Result<Block, ResizeError> {
        let counters = &mut self.counters;
        let block = self
            .strategy
            .resize(&mut self.space, offset, bytes, &mut counters.work)?;
        counters.resizes += 1;
        Ok(block)
    }

    /// What is known of the block at `offset`.
    ///
    /// # Errors
    /// When no block in use begins there.
    pub fn block(&self, offset: usize) -> Result<Block, FreeError> {
        self.strategy.block(&self.space, offset)
    }

    /// Visits all pieces by rising offset until `visit` says false. O(pieces).
    ///
    /// # Examples
    /// ```
    /// use tenure_place::{FirstFit, Heap, Inline};
    /// let mut heap = Heap::new(FirstFit::new(), Inline::new([0; 64]));
    /// heap.allocate(40, 8)?;
    /// let mut drawn = String::new();
    /// heap.walk(|piece| {
    ///     drawn.push(if piece.is_free { '.' } else { '#' });
    ///     true
    /// });
    /// assert_eq!(drawn, "#.");
    /// # Ok::<(), tenure_place::AllocError>(())
    /// ```
    pub fn walk(&self, visit: impl FnMut(Piece) -> bool) {
        self.strategy.walk(&self.space, visit);
    }

    /// Usable bytes of the largest free block: what can be asked for at most, with the smallest
    /// alignment. The strategy says what it costs.
    pub fn largest_free(&self) -> usize {
        self.strategy.largest_free(&self.space)
    }

    /// How the heap stands. O(pieces): one walk.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics {
            span_bytes: self.space.data().words() * WORD_BYTES,
            allocations: self.counters.allocations,
            frees: self.counters.frees,
            failures: self.counters.failures,
            resizes: self.counters.resizes,
            visited: self.counters.work.visited,
            visited_max: self.counters.visited_max,
            splits: self.counters.work.splits,
            coalesces: self.counters.work.coalesces,
            ..Metrics::default()
        };
        self.walk(|piece| {
            if piece.is_free {
                metrics.free_blocks += 1;
                metrics.free_bytes += piece.bytes;
                metrics.largest_free = metrics.largest_free.max(piece.bytes);
            } else {
                metrics.used_blocks += 1;
                metrics.used_bytes += piece.bytes;
                metrics.requested_bytes += piece.requested;
            }
            true
        });
        let known = metrics.used_bytes + metrics.free_bytes;
        if known != 0 {
            metrics.metadata_bytes = metrics.span_bytes.saturating_sub(known);
        }
        metrics
    }

    /// Walks every invariant of the strategy, and of the counters:
    /// - U. Blocks in use are those handed out and not given back.
    /// - L. The largest free block is the one that a walk finds.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        let census = self.strategy.check(&self.space)?;
        let counters = &self.counters;
        let live = counters.allocations.wrapping_sub(counters.frees);
        Broken::unless(census.used_blocks as u64 == live, 'U', census.used_blocks)?;
        let largest = self.largest_free();
        Broken::unless(largest == census.largest_free, 'L', largest)
    }
}

impl<S: Strategy, M: Space<Data: Reachable>> Heap<S, M> {
    /// Reads contents of the block at `offset`, from its byte `from` on.
    ///
    /// # Errors
    /// When no block in use begins there, or the bytes reach beyond it.
    pub fn read(&self, offset: usize, from: usize, bytes: &mut [u8]) -> Result<(), FreeError> {
        let start = self.within(offset, from, bytes.len())?;
        let data = self.space.data();
        for (at, byte) in (start..).zip(bytes) {
            *byte = data.load(at / WORD_BYTES).to_ne_bytes()[at % WORD_BYTES];
        }
        Ok(())
    }

    /// Writes contents of the block at `offset`, from its byte `from` on.
    ///
    /// # Errors
    /// When no block in use begins there, or the bytes reach beyond it; nothing is written then.
    pub fn write(&mut self, offset: usize, from: usize, bytes: &[u8]) -> Result<(), FreeError> {
        let start = self.within(offset, from, bytes.len())?;
        let data = self.space.data_mut();
        for (at, &byte) in (start..).zip(bytes) {
            let mut word = data.load(at / WORD_BYTES).to_ne_bytes();
            word[at % WORD_BYTES] = byte;
            data.store(at / WORD_BYTES, u64::from_ne_bytes(word));
        }
        Ok(())
    }

    fn within(&self, offset: usize, from: usize, count: usize) -> Result<usize, FreeError> {
        let block = self.block(offset)?;
        match from.checked_add(count) {
            Some(end) if end <= block.usable => Ok(offset + from),
            _ => Err(FreeError::OutOfSpan),
        }
    }

    /// Makes the block at `offset` as large as `bytes`: where it lies, or by moving its contents to
    /// a new block with the alignment `align`. What both sizes have is copied, no more.
    ///
    /// # Errors
    /// [`AllocError::Full`] when there is no room; [`AllocError::Corrupt`] when `offset` is no
    /// block in use. The old block is as it was then.
    pub fn reallocate(
        &mut self,
        offset: usize,
        bytes: usize,
        align: usize,
    ) -> Result<Block, AllocError> {
        let old = self.block(offset).map_err(|_| AllocError::Corrupt)?;
        match self.resize(offset, bytes) {
            Ok(block) => return Ok(block),
            Err(ResizeError::NoRoom) => {}
            Err(ResizeError::ZeroSize) => return Err(AllocError::ZeroSize),
            Err(ResizeError::TooLarge) => return Err(AllocError::TooLarge),
            Err(ResizeError::NotABlock(_)) => return Err(AllocError::Corrupt),
        }
        let new = self.allocate(bytes, align)?;
        let words = old.usable.min(new.usable) / WORD_BYTES;
        let (from, to) = (offset / WORD_BYTES, new.offset / WORD_BYTES);
        let data = self.space.data_mut();
        for index in 0..words {
            let word = data.load(from + index);
            data.store(to + index, word);
        }
        self.free(offset).map_err(|_| AllocError::Corrupt)?;
        Ok(new)
    }
}

impl<S: Strategy> Heap<S, Inline<&[Cell<u64>]>> {
    /// The address of the byte at `offset`, for a block that this heap placed; `None` beyond the
    /// region. The pointer may be used for the usable bytes of the block while it is in use and the
    /// region lives.
    ///
    /// # Examples
    /// ```
    /// use core::cell::Cell;
    /// use tenure_place::{Heap, Inline, Tlsf};
    /// let mut memory = [0u64; 512];
    /// let cells = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
    /// let mut heap = Heap::new(Tlsf::new(), Inline::new(cells));
    /// let block = heap.allocate(16, 16)?;
    /// let pointer = heap.pointer(block.offset).unwrap();
    /// assert!(pointer.addr().get().is_multiple_of(16));
    /// // SAFETY: the block has 16 bytes, and only this pointer reaches them.
    /// unsafe { pointer.cast::<u128>().write(7) };
    /// assert_eq!(heap.offset(pointer), Some(block.offset));
    /// # Ok::<(), tenure_place::AllocError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn pointer(&self, offset: usize) -> Option<NonNull<u8>> {
        let cells = *self.space.data();
        if offset >= size_of_val(cells) {
            return None;
        }
        let start = cells.as_ptr().cast::<u8>().cast_mut();
        NonNull::new(start.wrapping_add(offset))
    }

    /// The offset of an address; `None` if it lies outside the region.
    #[inline]
    #[must_use]
    pub fn offset(&self, pointer: NonNull<u8>) -> Option<usize> {
        let cells = *self.space.data();
        let offset = pointer.addr().get().checked_sub(cells.as_ptr().addr())?;
        (offset < size_of_val(cells)).then_some(offset)
    }
}

//! Blocks with boundary tags, which tile a span; which free one to take is an index's choice.
//!
//! First, next, best, worst and address-ordered fit, segregated lists and TLSF are this file and
//! an index each.
//!
//! **Invariants**, each walked by `check`:
//! - A. Blocks tile the span: from granule 1 up to the end, each begins where the last one ends.
//! - B. Each tag tells the size of the block before it.
//! - C. No two neighbours are both free.
//! - D. The index holds exactly the free blocks.
//! - E. The index's own invariants.
//!
//! **Detects.** Out of band: every foreign offset and every second free, because tags of granules
//! where no block in use begins say so. Inline: a second free until the memory is handed out again;
//! and a foreign offset unless the bytes before it look like a tag that both neighbours confirm.

mod slide;

use crate::fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
use crate::region::WORD_BYTES;
use crate::space::Space;
use crate::strategy::{Block, Census, Freed, Piece, Request, Strategy, Work};
use crate::tag::{GRANULES_MAX, Tag};

/// What a free block must offer.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// Granules with the header.
    pub(crate) size: u32,
    /// In granules, a power of two.
    pub(crate) align: usize,
    /// See [`Space::bias`].
    pub(crate) bias: usize,
    /// See [`Space::SMALLEST`].
    pub(crate) smallest: u32,
}

impl Want {
    /// Where the wanted block would begin in a free block; `None` if it does not fit.
    #[inline]
    pub(crate) fn place(&self, id: u32, size: u32) -> Option<u32> {
        if self.align == 1 {
            return if size >= self.size { Some(id) } else { None };
        }
        let payload = self.bias.wrapping_add(id as usize);
        let mut lead = payload.wrapping_neg() & (self.align - 1);
        while lead != 0 && lead < self.smallest as usize {
            lead += self.align;
        }
        let fits = lead + self.size as usize <= size as usize;
        if fits { Some(id + lead as u32) } else { None }
    }
}

/// A block in use, its tag, and the tags of its neighbours.
#[derive(Clone, Copy, Debug)]
struct Around {
    id: u32,
    tag: Tag,
    next: Tag,
    /// Of the first block: its own.
    last: Tag,
}

/// A set of free blocks, and the choice among them.
pub trait FreeIndex {
    /// Without blocks.
    const EMPTY: Self;

    /// Adds a free block.
    fn insert<M: Space>(&mut self, space: &mut M, id: u32, size: u32, work: &mut Work);

    /// Removes a free block.
    fn remove<M: Space>(&mut self, space: &mut M, id: u32, size: u32);

    /// Removes the block to take; 0 if none fits.
    fn take<M: Space>(&mut self, space: &mut M, want: &Want, work: &mut Work) -> u32;

    /// Granules of the largest block.
    fn largest<M: Space>(&self, space: &M) -> u32;

    /// Checks the index and gives the number of its blocks.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    fn check<M: Space>(&self, space: &M) -> Result<usize, Broken>;
}

/// A strategy made of boundary tags and an index of free blocks.
#[derive(Debug)]
pub struct Tagged<I> {
    index: I,
    /// The granule behind the last block; 0 before the span is formatted.
    end: u32,
}

impl<I: FreeIndex> Tagged<I> {
    /// The strategy, before it has seen its span.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            index: I::EMPTY,
            end: 0,
        }
    }

    /// A block in use and the tags around it, once its neighbours confirm it.
    #[inline]
    fn in_use<M: Space>(&self, space: &M, offset: usize) -> Result<Around, FreeError> {
        let id = space.id_of(offset).ok_or(FreeError::OutOfSpan)?;
        if id.wrapping_sub(1) >= self.end.wrapping_sub(1) || self.end == 0 {
            return Err(FreeError::OutOfSpan);
        }
        let tag = space.tag(id);
        if tag.size().wrapping_sub(1) >= self.end - id {
            return Err(FreeError::NotABlock);
        }
        if tag.is_free() {
            return Err(FreeError::NotInUse);
        }
        let (next, before) = (space.tag(id + tag.size()), tag.before());
        if next.before() != tag.size() || before >= id {
            return Err(FreeError::Corrupt);
        }
        // The first block has nobody before it, and stands for that block itself.
        let last = space.tag(id - before);
        if last.size() != before && (before != 0 || id != 1) {
            return Err(FreeError::Corrupt);
        }
        Ok(Around {
            id,
            tag,
            next,
            last,
        })
    }

    #[inline]
    fn usable<M: Space>(space: &M, size: u32) -> usize {
        (size.saturating_sub(M::HEADER) as usize) << space.granule_log2()
    }

    /// Granules for a block of `bytes`; `None` if the whole span has not as many, or for no bytes.
    #[inline]
    fn granules_for<M: Space>(space: &M, bytes: usize, end: u32) -> Option<u32> {
        // Without bytes this is as many granules as there can be, and too many.
        let full = (bytes.wrapping_sub(1) >> space.granule_log2()) + 1;
        let size = full + M::HEADER as usize;
        if size >= end as usize {
            return None;
        }
        Some((size as u32).max(M::SMALLEST))
    }

    /// Tags `size` granules at `id` as a block in use, and remembers how much was asked for.
    #[inline]
    fn mark_used<M: Space>(space: &mut M, id: u32, size: u32, before: u32, bytes: usize) -> Block {
        let usable = Self::usable(space, size);
        let tag = space.with_slack(id, Tag::in_use(size, before), usable - bytes);
        space.set_tag(id, tag);
        Block {
            offset: space.offset_of(id),
            usable,
            requested: bytes,
        }
    }

    /// Makes granules a free block. Its neighbours are in use.
    #[inline]
    fn mark_free<M: Space>(
        &mut self,
        space: &mut M,
        id: u32,
        size: u32,
        before: u32,
        work: &mut Work,
    ) {
        space.set_tag(id, Tag::free(size, before));
        self.index.insert(space, id, size, work);
    }

    #[inline]
    fn tell_next<M: Space>(space: &mut M, id: u32, size: u32) {
        let next = id + size;
        let tag = space.tag(next).after(size);
        space.set_tag(next, tag);
    }

    /// Gives the granules behind the first `size` of the `have` at `id` back, if they make a block;
    /// says how many are kept. What follows is in use.
    #[inline]
    fn cut<M: Space>(
        &mut self,
        space: &mut M,
        id: u32,
        have: u32,
        size: u32,
        work: &mut Work,
    ) -> u32 {
        let rest = have - size;
        if rest < M::SMALLEST {
            return have;
        }
        work.splits += 1;
        self.mark_free(space, id + size, rest, size, work);
        Self::tell_next(space, id + size, rest);
        size
    }

    /// Why a request cannot be served, whatever is free; or the first request, which can.
    #[cold]
    #[inline(never)]
    fn allocate_rarely<M: Space>(
        &mut self,
        space: &mut M,
        request: Request,
        work: &mut Work,
    ) -> Result<Block, AllocError> {
        if self.end == 0 {
            self.format(space).map_err(AllocError::Unusable)?;
            return self.allocate(space, request, work);
        }
        Err(if request.bytes == 0 {
            AllocError::ZeroSize
        } else {
            AllocError::TooLarge
        })
    }

    fn piece<M: Space>(space: &M, id: u32, tag: Tag) -> Piece {
        let bytes = Self::usable(space, tag.size());
        let slack = if tag.is_free() {
            bytes
        } else {
            space.slack(id, tag)
        };
        Piece {
            offset: space.offset_of(id),
            bytes,
            requested: bytes.saturating_sub(slack),
            is_free: tag.is_free(),
        }
    }
}

impl<I: FreeIndex> Default for Tagged<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: FreeIndex> Strategy for Tagged<I> {
    fn format<M: Space>(&mut self, space: &mut M) -> Result<(), FormatError> {
        let granules = space.granules();
        if granules > GRANULES_MAX {
            return Err(FormatError::TooLarge);
        }
        if granules < M::SMALLEST as usize {
            return Err(FormatError::TooSmall);
        }
        space.clear_tags()?;
        let size = granules as u32;
        self.index = I::EMPTY;
        self.end = size + 1;
        space.set_tag(self.end, Tag::in_use(0, size));
        self.mark_free(space, 1, size, 0, &mut Work::default());
        Ok(())
    }

    #[inline]
    fn allocate<M: Space>(
        &mut self,
        space: &mut M,
        request: Request,
        work: &mut Work,
    ) -> Result<Block, AllocError> {
        let size = Self::granules_for(space, request.bytes, self.end);
        let align = request.align.bytes() >> space.granule_log2();
        let Some(size) = size.filter(|_| align < self.end as usize) else {
            return self.allocate_rarely(space, request, work);
        };
        let want = Want {
            size,
            align: align.max(1),
            bias: space.bias(),
            smallest: M::SMALLEST,
        };
        let found = self.index.take(space, &want, work);
        if found == 0 {
            return Err(AllocError::Full);
        }
        let tag = space.tag(found);
        let (mut have, mut before) = (tag.size(), tag.before());
        if found >= self.end || have > self.end - found {
            return Err(AllocError::Corrupt);
        }
        let id = want.place(found, have).ok_or(AllocError::Corrupt)?;
        if id != found {
            let lead = id - found;
            work.splits += 1;
            self.mark_free(space, found, lead, before, work);
            (have, before) = (have - lead, lead);
            Self::tell_next(space, id, have);
        }
        let kept = self.cut(space, id, have, size, work);
        Ok(Self::mark_used(space, id, kept, before, request.bytes))
    }

    #[inline]
    fn free<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        work: &mut Work,
    ) -> Result<Freed, FreeError> {
        let Around {
            id,
            tag,
            next,
            last,
        } = self.in_use(space, offset)?;
        let usable = Self::usable(space, tag.size());
        let block = Block {
            offset,
            usable,
            requested: usable.saturating_sub(space.slack(id, tag)),
        };
        let (mut start, mut size, mut before) = (id, tag.size(), tag.before());
        let behind = id + size;
        let joins_next = next.is_free() && next.size() <= self.end - behind;
        if joins_next {
            self.index.remove(space, behind, next.size());
            size += next.size();
            work.coalesces += 1;
        }
        if last.is_free() {
            // The tag inside goes on saying that no block in use begins here.
            space.set_tag(id, Tag::free(tag.size(), before));
            start = id - before;
            self.index.remove(space, start, before);
            size += before;
            before = last.before();
            work.coalesces += 1;
        }
        if joins_next {
            Self::tell_next(space, start, size);
        } else if start != id {
            space.set_tag(behind, next.after(size));
        }
        self.mark_free(space, start, size, before, work);
        let merged_at = space.offset_of(start) - M::HEADER as usize * WORD_BYTES;
        Ok(Freed { block, merged_at })
    }

    fn resize<M: Space>(
        &mut self,
        space: &mut M,
        offset: usize,
        bytes: usize,
        work: &mut Work,
    ) -> Result<Block, ResizeError> {
        let around = self.in_use(space, offset);
        let Around { id, tag, next, .. } = around.map_err(ResizeError::NotABlock)?;
        if bytes == 0 {
            return Err(ResizeError::ZeroSize);
        }
        let size = Self::granules_for(space, bytes, self.end).ok_or(ResizeError::TooLarge)?;
        let room = if next.is_free() { next.size() } else { 0 };
        let have = tag.size() + room;
        if size > have || have > self.end - id {
            return Err(ResizeError::NoRoom);
        }
        let is_worth_it = size > tag.size() || tag.size() - size >= M::SMALLEST || room > 0;
        if !is_worth_it || size == tag.size() {
            return Ok(Self::mark_used(space, id, tag.size(), tag.before(), bytes));
        }
        if room > 0 {
            self.index.remove(space, id + tag.size(), room);
            work.coalesces += 1;
        }
        let kept = self.cut(space, id, have, size, work);
        if kept == have {
            Self::tell_next(space, id, kept);
        }
        Ok(Self::mark_used(space, id, kept, tag.before(), bytes))
    }

    fn block<M: Space>(&self, space: &M, offset: usize) -> Result<Block, FreeError> {
        let Around { id, tag, .. } = self.in_use(space, offset)?;
        let piece = Self::piece(space, id, tag);
        Ok(Block {
            offset,
            usable: piece.bytes,
            requested: piece.requested,
        })
    }

    fn walk<M: Space>(&self, space: &M, mut visit: impl FnMut(Piece) -> bool) {
        let mut id = 1;
        while id < self.end {
            let tag = space.tag(id);
            if tag.size() == 0 || tag.size() > self.end - id {
                return;
            }
            if !visit(Self::piece(space, id, tag)) {
                return;
            }
            id += tag.size();
        }
    }

    fn largest_free<M: Space>(&self, space: &M) -> usize {
        Self::usable(space, self.index.largest(space))
    }

    fn check<M: Space>(&self, space: &M) -> Result<Census, Broken> {
        let mut census = Census::default();
        let (mut id, mut before, mut was_free) = (1, 0, false);
        while id < self.end {
            let tag = space.tag(id);
            let is_inside = tag.size() >= M::SMALLEST && tag.size() <= self.end - id;
            Broken::unless(is_inside, 'A', id as usize)?;
            Broken::unless(tag.before() == before, 'B', id as usize)?;
            Broken::unless(!(was_free && tag.is_free()), 'C', id as usize)?;
            census.add(Self::piece(space, id, tag));
            (before, was_free) = (tag.size(), tag.is_free());
            id += tag.size();
        }
        if self.end != 0 {
            Broken::unless(id == self.end, 'A', id as usize)?;
            Broken::unless(space.tag(id).before() == before, 'B', id as usize)?;
        }
        let indexed = self.index.check(space)?;
        Broken::unless(indexed == census.free_blocks, 'D', indexed)?;
        Ok(census)
    }
}

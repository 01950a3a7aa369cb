//! A heap whose blocks may move: handles stay valid while gaps are closed, step by step.
//!
//! **Shape.** A handle is a slot's number and generation; the slot knows the block's offset. The
//! block's first word is the number of its slot, so that a block that moves finds who names it.
//!
//! **Cost.** A look through a handle is O(1). A step of compaction copies at most the bytes that it
//! is allowed, and walks the pieces that it passes. Eight bytes for each block beside its tag.
//!
//! **Invariants.**
//! - H. Each slot in use names a block in use whose first word is the slot's number.
//! - I. There are as many blocks in use as slots.
//! - J. Below the cursor a free piece lies only before a pinned block.

mod compact;
mod slots;

use crate::fault::{AllocError, Broken, FreeError, ResizeError};
use crate::heap::Heap;
use crate::metrics::Metrics;
use crate::region::{Reachable, Region, WORD_BYTES};
use crate::space::Space;
use crate::tagged::{FreeIndex, Tagged};
use core::fmt;
use slots::Slots;

pub use compact::Compacted;
pub use slots::{Handle, Slot};

/// Why a call through a handle was refused. Nothing is changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleError {
    /// The block was freed, or the handle is another heap's.
    Stale,
    /// The block is pinned, and must stay.
    Pinned,
    /// It is not pinned, or has 2^32 − 1 pins already.
    BadPin,
    /// All slots of the handle table are in use, or used up.
    NoSlot,
    /// The bytes reach beyond the block.
    OutOfBlock,
    /// No block could be placed.
    NoBlock(AllocError),
    /// The heap's own words were written over.
    Corrupt,
}

impl fmt::Display for HandleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Stale => "the handle's block was freed, or is another heap's",
            Self::Pinned => "the block is pinned",
            Self::BadPin => "the block is not pinned, or cannot be pinned once more",
            Self::NoSlot => "the handle table is full",
            Self::OutOfBlock => "the bytes reach beyond the block",
            Self::NoBlock(why) => return write!(out, "{why}"),
            Self::Corrupt => "the heap's metadata was written over",
        })
    }
}

impl core::error::Error for HandleError {}

/// Blocks behind handles, placed by `Tagged<I>` in `M`; the handle table is the caller's `H`, a
/// slice or an array of slots. Contents are aligned to 8 bytes.
///
/// # Examples
/// ```
/// use tenure_place::{AddressOrderedFit, Inline, MovableHeap, Slot};
/// let mut heap =
///     MovableHeap::new(AddressOrderedFit::new(), Inline::new([0; 512]), [Slot::EMPTY; 16]);
/// let handles = [400; 8].map(|bytes| heap.allocate(bytes).unwrap());
/// heap.write(handles[7], 0, b"still here")?;
/// for handle in &handles[..7] {
///     heap.free(*handle)?;
/// }
/// let before = heap.metrics();
/// while !heap.compact_step(500)?.is_done {}
/// let after = heap.metrics();
/// assert!(before.external() > 0.0 && after.external() == 0.0);
/// let mut text = [0; 10];
/// heap.read(handles[7], 0, &mut text)?;
/// assert_eq!(&text, b"still here");
/// # Ok::<(), tenure_place::HandleError>(())
/// ```
#[derive(Debug)]
pub struct MovableHeap<I, M, H> {
    heap: Heap<Tagged<I>, M>,
    slots: Slots<H>,
    /// The granule up to which no gap can be closed.
    cursor: u32,
}

impl<I, M, H> MovableHeap<I, M, H> {
    /// A heap with these slots. O(1); nothing is written before the first allocation.
    pub const fn new(strategy: Tagged<I>, space: M, slots: H) -> Self {
        Self {
            heap: Heap::new(strategy, space),
            slots: Slots::new(slots),
            cursor: 1,
        }
    }
}

impl<I, M, H> MovableHeap<I, M, H>
where
    I: FreeIndex,
    M: Space<Data: Reachable>,
    H: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Places a block of `bytes`.
    ///
    /// # Errors
    /// [`HandleError::NoBlock`] when there is no room (compaction may make some),
    /// [`HandleError::NoSlot`] when there is no handle.
    pub fn allocate(&mut self, bytes: usize) -> Result<Handle, HandleError> {
        if bytes == 0 {
            return Err(HandleError::NoBlock(AllocError::ZeroSize));
        }
        let full = bytes.checked_add(WORD_BYTES);
        let full = full.ok_or(HandleError::NoBlock(AllocError::TooLarge))?;
        if !self.slots.has_room() {
            return Err(HandleError::NoSlot);
        }
        let block = self
            .heap
            .allocate(full, WORD_BYTES)
            .map_err(HandleError::NoBlock)?;
        let handle = self.slots.take(block.offset).ok_or(HandleError::NoSlot)?;
        self.set_owner(block.offset, handle.slot());
        Ok(handle)
    }

    /// Takes a block back; its handle and all copies of it are stale from now on.
    ///
    /// # Errors
    /// [`HandleError::Stale`] and [`HandleError::Pinned`].
    pub fn free(&mut self, handle: Handle) -> Result<(), HandleError> {
        let slot = *self.slots.get(handle)?;
        if slot.pins != 0 {
            return Err(HandleError::Pinned);
        }
        let freed = self
            .heap
            .free(slot.offset)
            .map_err(|_| HandleError::Corrupt)?;
        self.slots.give_back(handle);
        let granules = M::HEADER as usize * WORD_BYTES;
        self.lower_cursor(freed.merged_at + granules);
        Ok(())
    }

    /// Bytes that the block may hold.
    ///
    /// # Errors
    /// [`HandleError::Stale`].
    pub fn usable(&self, handle: Handle) -> Result<usize, HandleError> {
        let slot = self.slots.get(handle)?;
        let block = self.heap.block(slot.offset);
        let block = block.map_err(|_| HandleError::Corrupt)?;
        Ok(block.usable.saturating_sub(WORD_BYTES))
    }

    /// Reads contents from byte `from` on.
    ///
    /// # Errors
    /// [`HandleError::Stale`] and [`HandleError::OutOfBlock`].
    pub fn read(&self, handle: Handle, from: usize, bytes: &mut [u8]) -> Result<(), HandleError> {
        let slot = self.slots.get(handle)?;
        let from = from.saturating_add(WORD_BYTES);
        self.heap
            .read(slot.offset, from, bytes)
            .map_err(out_of_block)
    }

    /// Writes contents from byte `from` on.
    ///
    /// # Errors
    /// [`HandleError::Stale`] and [`HandleError::OutOfBlock`]; nothing is written then.
    pub fn write(&mut self, handle: Handle, from: usize, bytes: &[u8]) -> Result<(), HandleError> {
        let slot = *self.slots.get(handle)?;
        let from = from.saturating_add(WORD_BYTES);
        self.heap
            .write(slot.offset, from, bytes)
            .map_err(out_of_block)
    }

    /// Makes a block larger or smaller, where it lies or elsewhere; contents that both sizes have
    /// survive. A pinned block stays where it is.
    ///
    /// # Errors
    /// [`HandleError::NoBlock`] when there is no room, [`HandleError::Pinned`] when it would have
    /// to move and may not. The block is as it was then.
    pub fn resize(&mut self, handle: Handle, bytes: usize) -> Result<(), HandleError> {
        let slot = *self.slots.get(handle)?;
        if bytes == 0 {
            return Err(HandleError::NoBlock(AllocError::ZeroSize));
        }
        let full = bytes.checked_add(WORD_BYTES);
        let full = full.ok_or(HandleError::NoBlock(AllocError::TooLarge))?;
        self.lower_cursor(slot.offset);
        if slot.pins != 0 {
            return match self.heap.resize(slot.offset, full) {
                Ok(_) => Ok(()),
                Err(ResizeError::NoRoom) => Err(HandleError::Pinned),
                Err(ResizeError::TooLarge) => Err(HandleError::NoBlock(AllocError::TooLarge)),
                Err(_) => Err(HandleError::Corrupt),
            };
        }
        self.lower_cursor_before(slot.offset);
        let block = self
            .heap
            .reallocate(slot.offset, full, WORD_BYTES)
            .map_err(HandleError::NoBlock)?;
        self.slots.set_offset(handle.slot(), block.offset);
        Ok(())
    }

    /// Keeps the block where it is until it is unpinned as often, and gives the offset of its
    /// contents in the span.
    ///
    /// # Errors
    /// [`HandleError::Stale`] and [`HandleError::BadPin`].
    pub fn pin(&mut self, handle: Handle) -> Result<usize, HandleError> {
        let slot = self.slots.get_mut(handle)?;
        slot.pins = slot.pins.checked_add(1).ok_or(HandleError::BadPin)?;
        Ok(slot.offset + WORD_BYTES)
    }

    /// Takes one pin back.
    ///
    /// # Errors
    /// [`HandleError::Stale`], and [`HandleError::BadPin`] when there is none.
    pub fn unpin(&mut self, handle: Handle) -> Result<(), HandleError> {
        let slot = self.slots.get_mut(handle)?;
        slot.pins = slot.pins.checked_sub(1).ok_or(HandleError::BadPin)?;
        let (pins, offset) = (slot.pins, slot.offset);
        if pins == 0 {
            self.lower_cursor_before(offset);
        }
        Ok(())
    }

    /// How the heap stands; the words that name slots count as asked for. O(pieces).
    pub fn metrics(&self) -> Metrics {
        self.heap.metrics()
    }

    /// Walks the invariants of the heap, of its strategy and of the handles.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        self.heap.check()?;
        let mut used = 0;
        for (number, slot) in self.slots.in_use() {
            let is_block = self.heap.block(slot.offset).is_ok();
            let is_named = self.owner(slot.offset) == number as u64;
            Broken::unless(is_block && is_named, 'H', number)?;
            used += 1;
        }
        let counters = self.heap.counters();
        let live = counters.allocations.wrapping_sub(counters.frees) as usize;
        Broken::unless(used == live, 'I', used)?;
        self.check_gaps()
    }

    /// The slot that a block's first word names.
    fn owner(&self, offset: usize) -> u64 {
        self.heap.space().data().load(offset / WORD_BYTES)
    }

    fn set_owner(&mut self, offset: usize, slot: u32) {
        let (_, space, _) = self.heap.parts();
        space.data_mut().store(offset / WORD_BYTES, u64::from(slot));
    }
}

fn out_of_block(error: FreeError) -> HandleError {
    match error {
        FreeError::OutOfSpan => HandleError::OutOfBlock,
        _ => HandleError::Corrupt,
    }
}

//! Closing gaps: blocks slide down over the free piece before them, some bytes at a time.

use super::slots::Slot;
use super::{HandleError, MovableHeap};
use crate::fault::Broken;
use crate::region::Reachable;
use crate::space::Space;
use crate::tagged::FreeIndex;

/// What a step of compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes copied, at most the budget.
    pub moved_bytes: usize,
    /// Blocks that lie elsewhere now.
    pub moved_blocks: usize,
    /// Usable bytes of the largest free block before the step.
    pub largest_before: usize,
    /// The same after it.
    pub largest_after: usize,
    /// What the next block that must move needs as a budget; 0 if there is none.
    pub next_bytes: usize,
    /// Whether there is nothing to move, until blocks are freed or unpinned.
    pub is_done: bool,
}

impl<I, M, H> MovableHeap<I, M, H>
where
    I: FreeIndex,
    M: Space<Data: Reachable>,
    H: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Moves blocks down over free pieces, copying at most `budget_bytes` in all; goes on where the
    /// last step ended. Handles stay valid. Pinned blocks stay, and so do free pieces before them.
    ///
    /// A block moves as a whole: a budget below `next_bytes` of the answer moves nothing.
    ///
    /// # Errors
    /// [`HandleError::Corrupt`] when a block names no slot that names it; what was moved before
    /// stays moved, and all handles are as they should be.
    pub fn compact_step(&mut self, budget_bytes: usize) -> Result<Compacted, HandleError> {
        let mut done = Compacted {
            largest_before: self.heap.largest_free(),
            ..Compacted::default()
        };
        loop {
            let (strategy, space, _) = self.heap.parts();
            let Some((size, is_free)) = strategy.piece_at(space, self.cursor) else {
                done.is_done = true;
                break;
            };
            let next = self.cursor + size;
            if !is_free {
                self.cursor = next;
                continue;
            }
            if strategy.piece_at(space, next).is_none() {
                done.is_done = true;
                break;
            }
            let offset = space.offset_of(next);
            let number = self.owner(offset);
            let slot = self
                .slots
                .named(number)
                .filter(|slot| slot.offset == offset);
            let slot = slot.ok_or(HandleError::Corrupt)?;
            if slot.pins != 0 {
                self.cursor = next;
                continue;
            }
            let block = self.heap.block(offset).map_err(|_| HandleError::Corrupt)?;
            if block.usable > budget_bytes - done.moved_bytes {
                done.next_bytes = block.usable;
                break;
            }
            let (strategy, space, counters) = self.heap.parts();
            let slid = strategy.slide(space, offset, &mut counters.work);
            let slid = slid.ok_or(HandleError::Corrupt)?;
            self.slots.set_offset(number as u32, slid.offset);
            done.moved_bytes += slid.bytes;
            done.moved_blocks += 1;
        }
        done.largest_after = self.heap.largest_free();
        Ok(done)
    }

    /// Looks again from the piece at `offset` on.
    pub(super) fn lower_cursor(&mut self, offset: usize) {
        if let Some(id) = self.heap.space().id_of(offset) {
            self.cursor = self.cursor.min(id);
        }
    }

    /// Looks again from the piece before the block at `offset` on.
    pub(super) fn lower_cursor_before(&mut self, offset: usize) {
        if let Some(id) = self.heap.space().id_of(offset) {
            let before = self.heap.space().tag(id).before();
            self.cursor = self.cursor.min(id.saturating_sub(before).max(1));
        }
    }

    /// Invariant J.
    pub(super) fn check_gaps(&self) -> Result<(), Broken> {
        let mut gap = None;
        let mut broken = Ok(());
        let space = self.heap.space();
        self.heap.walk(|piece| {
            let id = space.id_of(piece.offset).unwrap_or(u32::MAX);
            if let Some(at) = gap.take() {
                let slot = self.slots.named(self.owner(piece.offset));
                let is_pinned = slot.is_some_and(|slot| slot.pins != 0);
                broken = broken.and(Broken::unless(is_pinned, 'J', at));
            }
            gap = (piece.is_free && id < self.cursor).then_some(piece.offset);
            true
        });
        broken
    }
}

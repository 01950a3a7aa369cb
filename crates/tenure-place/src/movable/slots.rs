//! The handle table: slots with generations, in an array of the caller's.

use super::HandleError;

/// Names a block of a [`MovableHeap`](super::MovableHeap) wherever it lies. Stale for ever once the
/// block is freed: a slot whose generations are used up is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    slot: u32,
    generation: u32,
}

impl Handle {
    /// Its place in the handle table.
    #[must_use]
    pub const fn slot(self) -> u32 {
        self.slot
    }
}

/// A place of the handle table.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Where the block lies; in a free slot, the number of the next free one, plus one.
    pub(super) offset: usize,
    /// Odd while in use.
    generation: u32,
    /// How often it was pinned.
    pub(super) pins: u32,
}

impl Slot {
    /// What a handle table is made of.
    pub const EMPTY: Self = Self {
        offset: 0,
        generation: 0,
        pins: 0,
    };

    fn is_in_use(&self) -> bool {
        self.generation % 2 == 1
    }
}

/// The table and its free slots.
#[derive(Debug)]
pub(super) struct Slots<H> {
    table: H,
    /// The first free slot that was used before, plus one.
    free: usize,
    /// Slots from here on were never used.
    fresh: usize,
}

impl<H> Slots<H> {
    pub(super) const fn new(table: H) -> Self {
        Self {
            table,
            free: 0,
            fresh: 0,
        }
    }
}

impl<H: AsRef<[Slot]> + AsMut<[Slot]>> Slots<H> {
    pub(super) fn has_room(&self) -> bool {
        self.free != 0 || self.fresh < self.table.as_ref().len().min(u32::MAX as usize)
    }

    /// A slot for a block.
    pub(super) fn take(&mut self, offset: usize) -> Option<Handle> {
        if !self.has_room() {
            return None;
        }
        let (number, is_fresh) = match self.free.checked_sub(1) {
            Some(number) => (number, false),
            None => (self.fresh, true),
        };
        let slot = self.table.as_mut().get_mut(number)?;
        if is_fresh {
            *slot = Slot::EMPTY;
            self.fresh += 1;
        } else {
            self.free = slot.offset;
        }
        slot.offset = offset;
        slot.pins = 0;
        slot.generation += 1;
        Some(Handle {
            slot: number as u32,
            generation: slot.generation,
        })
    }

    /// Makes a slot free, or retires it when its generations are used up.
    pub(super) fn give_back(&mut self, handle: Handle) {
        let free = self.free;
        let Ok(slot) = self.get_mut(handle) else {
            return;
        };
        slot.offset = free;
        match slot.generation.checked_add(1) {
            Some(generation) => {
                slot.generation = generation;
                self.free = handle.slot as usize + 1;
            }
            None => slot.generation = 0,
        }
    }

    pub(super) fn get(&self, handle: Handle) -> Result<&Slot, HandleError> {
        self.table
            .as_ref()
            .get(handle.slot as usize)
            .filter(|slot| slot.generation == handle.generation && slot.is_in_use())
            .ok_or(HandleError::Stale)
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Result<&mut Slot, HandleError> {
        self.table
            .as_mut()
            .get_mut(handle.slot as usize)
            .filter(|slot| slot.generation == handle.generation && slot.is_in_use())
            .ok_or(HandleError::Stale)
    }

    /// The slot in use with this number, as a block names it.
    pub(super) fn named(&self, number: u64) -> Option<&Slot> {
        let slot = self.table.as_ref().get(usize::try_from(number).ok()?)?;
        slot.is_in_use().then_some(slot)
    }

    pub(super) fn set_offset(&mut self, number: u32, offset: usize) {
        if let Some(slot) = self.table.as_mut().get_mut(number as usize) {
            slot.offset = offset;
        }
    }

    /// Slots in use, with their numbers.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let used = self.table.as_ref().iter().enumerate().take(self.fresh);
        used.filter(|(_, slot)| slot.is_in_use())
    }
}

#[cfg(test)]
mod tests;

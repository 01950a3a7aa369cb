//! Values that nobody reaches any more and that still have to be dropped.
//!
//! A drop is a user's code and may panic. So each value is taken off its list before it is dropped,
//! nothing else is under way meanwhile, and what is left waits for the next pause: nothing is
//! dropped twice, nothing is lost, and no memory is used again before its values are dropped.

use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::large::LargeObject;
use crate::memory::Memory;
use crate::object::Object;

/// A value of the young generation. Its word is not needed any more.
struct Corpse {
    value: NonNull<u8>,
    drop: unsafe fn(NonNull<u8>),
}

/// What is to be dropped.
pub(crate) struct Corpses {
    /// Values of the young generation, and how to drop them. Their memory may have become a gap.
    young: Vec<Corpse>,
    /// Regions that are swept when the unmarked in them are dropped.
    regions: Vec<usize>,
    /// Of the last of them: how many objects on its list are known to live.
    living: usize,
    /// Large objects that nobody reaches.
    large: Vec<LargeObject>,
    /// Those of them that are dropped, and whose memory goes back piece by piece.
    leaving: Vec<LargeObject>,
}

impl Corpses {
    pub(crate) const fn new() -> Self {
        Self {
            young: Vec::new(),
            regions: Vec::new(),
            living: 0,
            large: Vec::new(),
            leaving: Vec::new(),
        }
    }

    /// Nobody waits to be dropped, and no memory to go back.
    pub(crate) fn is_empty(&self) -> bool {
        self.young.is_empty() && self.none_old() && self.leaving.is_empty()
    }

    /// Nobody of the old generation waits to be dropped.
    pub(crate) fn none_old(&self) -> bool {
        self.regions.is_empty() && self.large.is_empty()
    }

    /// A value that nobody reaches and that lies in emptied memory.
    pub(crate) fn add(&mut self, value: NonNull<u8>, drop: unsafe fn(NonNull<u8>)) {
        self.young.push(Corpse { value, drop });
    }

    /// Regions whose marks say who is dead.
    pub(crate) fn add_regions(&mut self, regions: Vec<usize>) {
        self.regions.extend(regions);
    }

    /// Large objects that nobody reaches.
    pub(crate) fn add_large(&mut self, large: Vec<LargeObject>) {
        self.large.extend(large);
    }
}

impl Drop for Corpses {
    fn drop(&mut self) {
        for object in self.leaving.drain(..) {
            // SAFETY: its drop was called, and nobody points to it.
            unsafe { object.release() };
        }
    }
}

impl Memory {
    /// Drops the dead of the young generation. Gives how many values that were.
    ///
    /// # Panics
    /// When a value's drop does; the next call goes on with the others.
    pub(crate) fn drop_young_corpses(&mut self) -> usize {
        let mut dropped = self.drop_values();
        while let Some(Corpse { value, drop }) = self.corpses.young.pop() {
            // SAFETY: nobody reaches it, and it is on no list any more.
            unsafe { drop(value) };
            dropped += 1;
        }
        dropped
    }

    /// Drops the dead of the old generation, and gives the memory of large ones back, until
    /// `enough` says so, which is asked when something was done. How many values that were.
    ///
    /// # Panics
    /// As above.
    pub(crate) fn drop_old_corpses(&mut self, mut enough: impl FnMut() -> bool) -> usize {
        let mut dropped = 0;
        while let Some(object) = self.next_unmarked() {
            drop_value(object);
            dropped += 1;
            if dropped % 16 == 0 && enough() {
                return dropped;
            }
        }
        while let Some(large) = self.corpses.large.pop() {
            dropped += usize::from(self.drop_large(large));
            if enough() {
                return dropped;
            }
        }
        while let Some(large) = self.corpses.leaving.last_mut() {
            large.give_back_piece();
            if large.is_given_back()
                && let Some(large) = self.corpses.leaving.pop()
            {
                // SAFETY: its drop was called, and nobody points to it.
                unsafe { large.release() };
            }
            if enough() {
                return dropped;
            }
        }
        dropped
    }

    /// Drops the value of a large object that is on no list any more. Its memory goes back also
    /// when that panics.
    fn drop_large(&mut self, large: LargeObject) -> bool {
        let object = large.object;
        self.corpses.leaving.push(large);
        drop_value(object)
    }

    /// Takes the next unmarked object off the list of its region; a region that has none any more
    /// may be swept.
    fn next_unmarked(&mut self) -> Option<Object> {
        while let Some(&region) = self.corpses.regions.last() {
            let living = self.corpses.living;
            match self.old.regions[region].drops.get(living) {
                Some(&object) if self.is_marked(object) => self.corpses.living += 1,
                Some(_) => return Some(self.old.regions[region].drops.swap_remove(living)),
                None => {
                    self.corpses.regions.pop();
                    self.corpses.living = 0;
                    self.old.unswept.push(region);
                }
            }
        }
        None
    }

    /// Drops every value of a heap that ends. Nothing may be under way but a collection that
    /// panicked.
    pub(crate) fn drop_all(&mut self) -> usize {
        let mut dropped = self.drop_young_corpses();
        dropped += self.drop_old_corpses(|| false);
        while let Some(object) = self.young.drops.pop() {
            // SAFETY: what is listed is an object; or it has moved, in a collection that panicked,
            // and its copy is on no list yet.
            let moved = unsafe { object.word() }.forwarded().map(Object::of_value);
            dropped += usize::from(drop_value(moved.unwrap_or(object)));
        }
        for region in 0..self.old.regions.len() {
            while let Some(object) = self.old.regions[region].drops.pop() {
                dropped += usize::from(drop_value(object));
            }
        }
        while let Some(large) = self.large.objects.pop() {
            dropped += usize::from(self.drop_large(large));
        }
        dropped
    }
}

/// Drops a value that was taken off its list. Whether there was something to do.
fn drop_value(object: Object) -> bool {
    // SAFETY: the object is live memory still, nobody reaches the value, and no list has it.
    unsafe {
        let descriptor = object.word().descriptor();
        if descriptor.needs_drop {
            (descriptor.drop)(object.value());
        }
        descriptor.needs_drop
    }
}

//! [`Index`]: from hashes to the numbers of entries that lie elsewhere.
//!
//! **Shape:** open addressing with linear probing over 32-bit numbers; what an entry is, and
//! whether it is the one that is meant, the owner of the entries says.
//!
//! **Invariants:** (a) no more than half of the slots are taken; (b) between the slot that a
//! number's hash leads to and the slot that it lies in, no slot is empty.

use alloc::vec::Vec;

/// No number.
const EMPTY: u32 = u32::MAX;
/// Slots of the smallest index: more than one line.
const SLOTS_MIN: usize = 32;
/// Slots of a cache line of 64 bytes.
const LINE_SLOTS: usize = 16;
/// No object is smaller.
const OBJECT_BYTES_MIN: u64 = 16;
/// Bytes of objects that share a line of slots.
const LINE_BYTES: u64 = LINE_SLOTS as u64 * OBJECT_BYTES_MIN;

/// Numbers of entries, found by hash.
#[derive(Default)]
pub(crate) struct Index {
    /// A power of two of them, or none.
    slots: Vec<u32>,
    len: usize,
}

impl Index {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            len: 0,
        }
    }

    /// Where a hash leads to. Hashes are addresses, more or less: those of one [`LINE_BYTES`] lead
    /// to one cache line of slots, in their order, since who asks for an object asks for its
    /// neighbours next; and lines are scattered.
    fn home(&self, hash: u64) -> usize {
        let line_bits = self.slots.len().trailing_zeros() - LINE_SLOTS.trailing_zeros();
        let scattered = (hash / LINE_BYTES).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line = (scattered >> (u64::BITS - line_bits)) as usize;
        line * LINE_SLOTS + (hash % LINE_BYTES / OBJECT_BYTES_MIN) as usize
    }

    /// The entry with that hash of which `is` says that it is the one. O(1) as hashes differ.
    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mut slot = self.home(hash);
        while self.slots[slot] != EMPTY {
            if is(self.slots[slot]) {
                return Some(self.slots[slot]);
            }
            slot = (slot + 1) % self.slots.len();
        }
        None
    }

    /// Adds a number that is not there yet. `hash_of` says the hash of any.
    pub(crate) fn insert(&mut self, number: u32, hash_of: impl Fn(u32) -> u64) {
        if 2 * (self.len + 1) > self.slots.len() {
            let count = (2 * self.slots.len()).max(SLOTS_MIN);
            let old = core::mem::replace(&mut self.slots, alloc::vec![EMPTY; count]);
            for number in old.into_iter().filter(|&number| number != EMPTY) {
                self.put(number, hash_of(number));
            }
        }
        self.put(number, hash_of(number));
        self.len += 1;
    }

    fn put(&mut self, number: u32, hash: u64) {
        let mut slot = self.home(hash);
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) % self.slots.len();
        }
        self.slots[slot] = number;
    }

    /// Takes a number out that is there. Those behind it move up, so that none is cut off.
    pub(crate) fn remove(&mut self, number: u32, hash_of: impl Fn(u32) -> u64) {
        let count = self.slots.len();
        let mut hole = self.home(hash_of(number));
        while self.slots[hole] != number {
            debug_assert_ne!(self.slots[hole], EMPTY);
            hole = (hole + 1) % count;
        }
        let mut slot = hole;
        loop {
            slot = (slot + 1) % count;
            if self.slots[slot] == EMPTY {
                break;
            }
            let home = self.home(hash_of(self.slots[slot]));
            // It may move to the hole unless its home lies behind the hole.
            if (slot + count - home) % count >= (slot + count - hole) % count {
                self.slots[hole] = self.slots[slot];
                hole = slot;
            }
        }
        self.slots[hole] = EMPTY;
        self.len -= 1;
    }

    /// Nothing is in it any more, and its memory is given back.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn numbers_are_found_as_long_as_they_are_there() {
        // Few hashes, so that runs are long and wrap around the end.
        for spread in [1, 7, 24, 1 << 40] {
            let hash_of = |number: u32| u64::from(number % 13).wrapping_mul(spread);
            let (mut index, mut model) = (Index::new(), BTreeSet::new());
            let mut state = 1u32;
            for _ in 0..4000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let number = (state >> 16) % 64;
                if model.remove(&number) {
                    index.remove(number, hash_of);
                } else {
                    model.insert(number);
                    index.insert(number, hash_of);
                }
                for number in 0..64 {
                    let found = index.find(hash_of(number), |other| other == number);
                    assert_eq!(found.is_some(), model.contains(&number));
                }
                assert_eq!(index.len, model.len());
            }
        }
    }
}

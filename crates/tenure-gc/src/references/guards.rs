//! [`Guards`]: entries of weak maps that wait, by the objects that they wait for.
//!
//! **Shape:** entries lie side by side in the order in which they began to wait, in pieces that
//! stay where they are as more come; those that wait for one object are a list. For each 64 KiB of
//! addresses in which somebody is waited for there is a leaf: a number for each 16 bytes, since no
//! two objects begin in the same ones. So neighbours are found side by side, whatever their number:
//! what hashing would scatter over more memory than the caches hold is as near as the objects are.
//!
//! **Invariants:** (a) a number in a leaf is 0, or one more than that of the first entry that waits
//! for the object there; (b) an entry is on one list.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::references::ephemerons::EntryAt;
use crate::references::index::Index;

/// No entry.
const NONE: u32 = u32::MAX;
/// No two objects begin in so many bytes at a multiple of as many.
const SLOT_BYTES: usize = 16;
/// Addresses of a leaf.
const LEAF_BYTES: usize = 64 << 10;
/// Numbers of a leaf.
const LEAF_SLOTS: usize = LEAF_BYTES / SLOT_BYTES;

/// Entries of a piece.
const PIECE_LEN: usize = 4096;

/// An entry that waits.
struct Waiting {
    /// Its table, among those whose entries wait.
    table: u32,
    entry: u32,
    /// The next that waits for the same object, or [`NONE`].
    next: u32,
}

/// The numbers of some addresses.
struct Leaf {
    /// The first of them, in leaves.
    at: usize,
    slots: Box<[u32]>,
}

/// Entries that wait, by the objects that they wait for.
#[derive(Default)]
pub(crate) struct Guards {
    /// Pieces of [`PIECE_LEN`] entries; the last may have fewer.
    waiting: Vec<Vec<Waiting>>,
    tables: Vec<NonNull<u8>>,
    leaves: Vec<Leaf>,
    /// The leaves by where they are.
    index: Index,
    /// The leaf that was asked for last.
    last: usize,
}

impl Guards {
    /// Nobody waits, or ever has.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Has an entry wait for the object at `addr`. O(1).
    ///
    /// # Panics
    /// With 2^32 - 1 entries: a heap of a quarter of a TiB would be full of keys.
    pub(crate) fn add(&mut self, addr: usize, entry: EntryAt) {
        if self
            .waiting
            .last()
            .is_none_or(|last| last.len() == PIECE_LEN)
        {
            self.waiting.push(Vec::with_capacity(PIECE_LEN));
        }
        let pieces = self.waiting.len();
        let before = self.waiting[pieces - 1].len();
        let number = u32::try_from((pieces - 1) * PIECE_LEN + before).unwrap_or(NONE);
        assert!(number < NONE, "2^32 - 1 entries of weak maps wait for keys");
        if self.tables.last() != Some(&entry.table) {
            self.tables.push(entry.table);
        }
        let leaf = match self.leaf_of(addr) {
            Some(leaf) => leaf,
            None => self.add_leaf(addr),
        };
        let slot = &mut self.leaves[leaf].slots[slot_of(addr)];
        // What waits already comes next: 0, for nobody, becomes `NONE`.
        let next = slot.wrapping_sub(1);
        *slot = number + 1;
        // No more tables than entries, whose numbers have 32 bits.
        let table = (self.tables.len() - 1) as u32;
        let EntryAt { entry, .. } = entry;
        self.waiting[pieces - 1].push(Waiting { table, entry, next });
    }

    /// The object at `addr` was reached: those that wait for it are ready. O(1) and their number.
    pub(crate) fn release(&mut self, addr: usize, ready: &mut Vec<EntryAt>) {
        let Some(leaf) = self.leaf_of(addr) else {
            return;
        };
        let slot = &mut self.leaves[leaf].slots[slot_of(addr)];
        let mut next = core::mem::take(slot).wrapping_sub(1);
        while next != NONE {
            let waiting = &self.waiting[next as usize / PIECE_LEN][next as usize % PIECE_LEN];
            ready.push(EntryAt {
                table: self.tables[waiting.table as usize],
                entry: waiting.entry,
            });
            next = waiting.next;
        }
    }

    fn leaf_of(&mut self, addr: usize) -> Option<usize> {
        let at = addr / LEAF_BYTES;
        if self.leaves.get(self.last)?.at != at {
            let is = |leaf: u32| self.leaves[leaf as usize].at == at;
            self.last = self.index.find(hash_of(at), is)? as usize;
        }
        Some(self.last)
    }

    fn add_leaf(&mut self, addr: usize) -> usize {
        let leaf = self.leaves.len();
        self.leaves.push(Leaf {
            at: addr / LEAF_BYTES,
            slots: alloc::vec![0; LEAF_SLOTS].into_boxed_slice(),
        });
        let leaves = &self.leaves;
        let hash_in = |leaf: u32| hash_of(leaves[leaf as usize].at);
        // There are fewer leaves than entries, whose numbers have 32 bits.
        self.index.insert(leaf as u32, hash_in);
        self.last = leaf;
        leaf
    }
}

/// Leaves are scattered over the lines of the index.
fn hash_of(at: usize) -> u64 {
    (at as u64) << 8
}

fn slot_of(addr: usize) -> usize {
    addr % LEAF_BYTES / SLOT_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_wait_are_ready_once_when_their_object_is_reached() {
        let mut tables = [0u64; 2];
        let tables = tables.each_mut().map(|table| NonNull::from(table).cast());
        let mut guards = Guards::default();
        let addrs = [8, 24, 16 << 10, LEAF_BYTES, LEAF_BYTES + 8 + 16, 1 << 40];
        for (entry, addr) in (0..).zip(addrs.iter().chain(&addrs)) {
            let table = tables[entry as usize % 2];
            guards.add(*addr, EntryAt { table, entry });
        }
        for (first, &addr) in addrs.iter().enumerate().rev() {
            let first = first as u32;
            for wanted in [&[first, first + addrs.len() as u32][..], &[]] {
                let mut ready = Vec::new();
                guards.release(addr, &mut ready);
                let is_its = |at: &EntryAt| at.table == tables[at.entry as usize % 2];
                assert!(ready.iter().all(is_its));
                let mut entries: Vec<u32> = ready.iter().map(|at| at.entry).collect();
                entries.sort_unstable();
                assert_eq!(entries, wanted, "{addr:x}");
            }
        }
    }

    #[test]
    fn entries_of_all_pieces_are_found() {
        let table = NonNull::dangling();
        let mut guards = Guards::default();
        let count = 3 * PIECE_LEN as u32 + 1;
        for entry in 0..count {
            guards.add(SLOT_BYTES * entry as usize, EntryAt { table, entry });
        }
        for entry in (0..count).rev() {
            let mut ready = Vec::new();
            guards.release(SLOT_BYTES * entry as usize, &mut ready);
            assert!(matches!(ready[..], [at] if at.entry == entry));
        }
    }
}

//! The objects that a heap will look at: candidates in one run, or three generations in one.
//!
//! **Shape.** One vector, the oldest first: `old │ middle │ young`. A candidate is young.
//!
//! **Invariants.**
//! A. Each object in it says `LISTED`, not `TRIAL`, and its place.
//! B. `ends[0] ≤ ends[1] ≤ len`.

use alloc::vec::Vec;
use core::ptr::NonNull;

use super::header::{DYING, Header, LISTED, SLOT_MASK, TRIAL};

/// How many generations there are.
pub(super) const GENERATIONS: usize = 3;

/// See the head of the file.
#[derive(Default)]
pub(super) struct List {
    objects: Vec<NonNull<Header>>,
    /// Where the old ones end, and the middle ones.
    ends: [usize; GENERATIONS - 1],
}

impl List {
    /// How many objects are in it.
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Where `generation` begins; 0 is the young one.
    pub(super) fn start(&self, generation: usize) -> usize {
        match generation {
            0 => self.ends[1],
            1 => self.ends[0],
            _ => 0,
        }
    }

    /// Puts an object in as a young one. One that finds no room stays out.
    pub(super) fn push(&mut self, object: NonNull<Header>) {
        let slot = self.objects.len();
        if slot > SLOT_MASK as usize {
            return;
        }
        self.objects.push(object);
        // SAFETY: the caller's object is alive.
        let header = unsafe { object.as_ref() };
        header.set_slot(slot);
        header.set(LISTED);
    }

    /// Takes an object out. At most three others change places.
    pub(super) fn remove(&mut self, header: &Header) {
        let mut hole = header.slot();
        header.clear(LISTED);
        for end in self.ends.iter_mut() {
            if hole < *end {
                *end -= 1;
                let last = *end;
                place(&mut self.objects, last, hole);
                hole = last;
            }
        }
        let last = self.objects.len() - 1;
        place(&mut self.objects, last, hole);
        self.objects.pop();
    }

    /// Takes out all objects from `start` on.
    pub(super) fn take(&mut self, start: usize) -> Vec<NonNull<Header>> {
        let taken = self.objects.split_off(start);
        self.ends
            .iter_mut()
            .for_each(|end| *end = (*end).min(start));
        taken
    }

    /// All that is in it grows older: what is there is at least of `generation`.
    pub(super) fn age(&mut self, generation: usize) {
        let len = self.objects.len();
        match generation {
            0 => {}
            1 => self.ends[1] = len,
            _ => self.ends = [len; GENERATIONS - 1],
        }
    }

    /// Panics at an invariant that does not hold.
    pub(super) fn check(&self) {
        for (slot, object) in self.objects.iter().enumerate() {
            // SAFETY: listed objects are alive: the last handle takes them out first.
            let header = unsafe { object.as_ref() };
            assert!(header.has(LISTED), "A: slot {slot} not listed");
            assert!(
                !header.has(TRIAL | DYING),
                "A: slot {slot} on trial or dying"
            );
            assert_eq!(header.slot(), slot, "A: place");
        }
        assert!(self.ends[0] <= self.ends[1], "B: {:?}", self.ends);
        assert!(self.ends[1] <= self.objects.len(), "B: {:?}", self.ends);
    }
}

/// Moves the object at `from` to `to`.
fn place(objects: &mut [NonNull<Header>], from: usize, to: usize) {
    if from != to {
        objects[to] = objects[from];
        // SAFETY: listed objects are alive.
        unsafe { objects[to].as_ref() }.set_slot(to);
    }
}

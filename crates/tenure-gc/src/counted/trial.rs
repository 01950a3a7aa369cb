//! The question which of some objects are held by each other alone.
//!
//! **How.** Each object on trial gets a copy of its count. For each handle that lies in an object
//! on trial one is taken off the copy of its target. What is left are handles from elsewhere; who
//! has some is live, and so is whatever it reaches. The rest is a cycle that nobody reaches.
//!
//! **Two ways.** With [`Reach::Grow`] the set begins with candidates and takes in all that they
//! reach: trial deletion after Bacon and Rajan, whose colours are: not on trial (black), on trial
//! (grey), `live` unset at the end (white). With [`Reach::Stay`] the set is a generation and stays
//! as it is: handles from other generations count as from elsewhere: CPython's way.
//!
//! **Invariants.**
//! A. Each member says `LISTED` and `TRIAL`, and its place.
//! B. No user's code runs while there are members.

use alloc::vec::Vec;
use core::ptr::NonNull;

use super::header::{Edges, Header, LISTED, SLOT_MASK, TRIAL};
use super::heap::Inner;

/// Whether what the set reaches is taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is, as far as there is room.
    Grow,
    /// It is not.
    Stay,
}

/// An object on trial.
struct Member {
    object: NonNull<Header>,
    /// Handles that are not accounted for yet.
    handles: u32,
    /// Somebody elsewhere holds it, or something that leads to it.
    live: bool,
}

/// See the head of the file.
pub(super) struct Trial {
    members: Vec<Member>,
    edges: Edges,
    reach: Reach,
}

/// What a trial found.
pub(super) struct Verdict {
    /// Objects that are held from elsewhere.
    pub(super) live: Vec<NonNull<Header>>,
    /// Objects that only each other hold.
    pub(super) lost: Vec<NonNull<Header>>,
}

impl Trial {
    /// A trial among objects of `heap`, which are in no list.
    pub(super) fn of(heap: NonNull<Inner>, objects: &[NonNull<Header>], reach: Reach) -> Self {
        let mut trial = Self {
            members: Vec::with_capacity(objects.len()),
            edges: Edges::of(heap),
            reach,
        };
        objects.iter().for_each(|object| trial.admit(*object));
        trial
    }

    /// Takes an object in that is in no list.
    fn admit(&mut self, object: NonNull<Header>) {
        // SAFETY: handles, from wherever, keep it: only what has none is freed.
        let header = unsafe { object.as_ref() };
        header.set_slot(self.members.len());
        header.set(LISTED | TRIAL);
        self.members.push(Member {
            object,
            handles: header.strong.get(),
            live: false,
        });
    }

    /// Judges. `unlist` takes an object out of the heap's list.
    pub(super) fn judge(mut self, unlist: impl Fn(&Header)) -> Verdict {
        self.subtract(unlist);
        self.rescue();
        let members = core::mem::take(&mut self.members);
        let mut verdict = Verdict {
            live: Vec::new(),
            lost: Vec::new(),
        };
        for member in members {
            // SAFETY: nothing has been freed since it was admitted (invariant B).
            unsafe { member.object.as_ref() }.clear(LISTED | TRIAL);
            match member.live {
                true => verdict.live.push(member.object),
                false => verdict.lost.push(member.object),
            }
        }
        verdict
    }

    /// Takes off the handles that lie in members. The members themselves are the list of what is
    /// still to be looked into.
    fn subtract(&mut self, unlist: impl Fn(&Header)) {
        let mut next = 0;
        while next < self.members.len() {
            // SAFETY: members are there (invariant B).
            unsafe { self.edges.look(self.members[next].object) };
            while let Some(child) = self.edges.found.pop() {
                // SAFETY: the handle just found keeps it.
                let header = unsafe { child.as_ref() };
                if !header.has(TRIAL) {
                    let room = self.members.len() <= SLOT_MASK as usize;
                    if self.reach == Reach::Stay || !room {
                        continue;
                    }
                    if header.has(LISTED) {
                        unlist(header);
                    }
                    self.admit(child);
                }
                let handles = &mut self.members[header.slot()].handles;
                debug_assert!(*handles > 0, "more handles are shown than counted");
                *handles = handles.saturating_sub(1);
            }
            next += 1;
        }
    }

    /// Marks what is held from elsewhere, and all that it reaches.
    fn rescue(&mut self) {
        let mut open = Vec::new();
        for start in 0..self.members.len() {
            if self.members[start].live || self.members[start].handles == 0 {
                continue;
            }
            self.members[start].live = true;
            open.push(start);
            while let Some(at) = open.pop() {
                // SAFETY: members are there (invariant B).
                unsafe { self.edges.look(self.members[at].object) };
                for child in self.edges.found.drain(..) {
                    // SAFETY: the handle just found keeps it.
                    let header = unsafe { child.as_ref() };
                    if header.has(TRIAL) && !self.members[header.slot()].live {
                        self.members[header.slot()].live = true;
                        open.push(header.slot());
                    }
                }
            }
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // Members are left only if a `Trace` has panicked: they stay alive, and out of the list.
        for member in &self.members {
            // SAFETY: nothing has been freed since they were admitted (invariant B).
            unsafe { member.object.as_ref() }.clear(LISTED | TRIAL);
        }
    }
}

//! Where threads leave things for each other, at most N, without a lock.
//!
//! **Shape:** N places, and two stacks of their numbers: the empty and the full ones.
//! **Invariants:** (a) a number is on one of the stacks or with one thread, which alone uses the
//! place; (b) the places of numbers on `full` have a thing in them, the others none.
//! **Cost:** two takes and two puts of [`IndexStack`] for a thing that is left and found.

use crate::index_stack::{IndexStack, Orders, Sound};

#[cfg(not(loom))]
use core::cell::UnsafeCell;
#[cfg(loom)]
use loom::cell::UnsafeCell;

/// The places. See the module.
pub struct Exchange<M, const N: usize, O: Orders = Sound> {
    empty: IndexStack<N, O>,
    full: IndexStack<N, O>,
    places: [UnsafeCell<Option<M>>; N],
}

// SAFETY: a place is used by the one thread that has its number (invariant a), and a number changes
// hands with release and acquire: things are sent between threads and never shared.
unsafe impl<M: Send, const N: usize, O: Orders> Sync for Exchange<M, N, O> {}

impl<M, const N: usize, O: Orders> Exchange<M, N, O> {
    /// Nothing left.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            empty: IndexStack::new(),
            full: IndexStack::new(),
            places: [const { UnsafeCell::new(None) }; N],
        }
    }

    /// Nothing left.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Self {
        Self {
            empty: IndexStack::new(),
            full: IndexStack::new(),
            places: core::array::from_fn(|_| UnsafeCell::new(None)),
        }
    }

    /// Leaves a thing.
    ///
    /// # Errors
    /// The thing, when all places are full.
    pub fn leave(&self, thing: M) -> Result<(), M> {
        let Some(number) = self.empty.take() else {
            return Err(thing);
        };
        self.swap(number, Some(thing));
        self.full.put(number);
        Ok(())
    }

    /// Something that was left, the latest first.
    pub fn find(&self) -> Option<M> {
        let number = self.full.take_used()?;
        let thing = self.swap(number, None);
        self.empty.put(number);
        thing
    }

    fn swap(&self, number: usize, thing: Option<M>) -> Option<M> {
        let place = &self.places[number];
        // SAFETY: the caller has taken the number, so it alone uses the place (invariant a).
        #[cfg(not(loom))]
        return core::mem::replace(unsafe { &mut *place.get() }, thing);
        // SAFETY: as above; loom checks it.
        #[cfg(loom)]
        return place.with_mut(|place| core::mem::replace(unsafe { &mut *place }, thing));
    }
}

impl<M, const N: usize, O: Orders> Default for Exchange<M, N, O> {
    fn default() -> Self {
        Self::new()
    }
}

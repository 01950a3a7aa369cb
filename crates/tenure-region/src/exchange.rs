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

    /// Walks the invariants of this file while nobody else uses the exchange, and shows each thing.
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(not(loom))]
    pub fn check(&mut self, mut show: impl FnMut(&M)) {
        let (mut on_empty, mut on_full) = ([0u8; N], [0u8; N]);
        let empty = self.empty.walk(|number| on_empty[number] += 1);
        let full = self.full.walk(|number| on_full[number] += 1);
        assert_eq!(
            empty + full,
            self.empty.watermark(),
            "(a): numbers are missing"
        );
        for (number, place) in self.places.iter_mut().enumerate() {
            let times = (on_empty[number], on_full[number]);
            let place = place.get_mut();
            assert!(
                times.0 + times.1 <= 1,
                "(a): {number} is there {times:?} times"
            );
            assert_eq!(place.is_some(), times.1 == 1, "(b): {number}");
            place.iter().for_each(&mut show);
        }
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::vec::Vec;

    fn things(exchange: &mut Exchange<u32, 4>) -> Vec<u32> {
        let mut things = Vec::new();
        exchange.check(|thing| things.push(*thing));
        things.sort_unstable();
        things
    }

    #[test]
    fn what_is_left_is_there_until_it_is_found() {
        let mut exchange = Exchange::<u32, 4>::new();
        assert_eq!(things(&mut exchange), []);
        for n in 0..4 {
            assert_eq!(exchange.leave(n), Ok(()));
            assert_eq!(things(&mut exchange).len(), n as usize + 1);
        }
        assert_eq!(exchange.leave(4), Err(4));
        assert_eq!((exchange.find(), exchange.find()), (Some(3), Some(2)));
        assert_eq!(things(&mut exchange), [0, 1]);
        assert_eq!(exchange.leave(7), Ok(()));
        assert_eq!(things(&mut exchange), [0, 1, 7]);
    }

    #[test]
    fn a_number_on_both_stacks_or_on_none_is_seen() {
        let spoils: [fn(&mut Exchange<u32, 4>); 4] = [
            |exchange| exchange.full.put(3),
            |exchange| assert!(exchange.full.take_used().is_some()),
            |exchange| assert!(exchange.empty.take_used().is_some()),
            |exchange| assert!(exchange.swap(0, None).is_some()),
        ];
        for spoil in spoils {
            let mut exchange = Exchange::new();
            (0..4).for_each(|n| assert_eq!(exchange.leave(n), Ok(())));
            assert_eq!((exchange.find(), exchange.find()), (Some(3), Some(2)));
            assert_eq!(things(&mut exchange), [0, 1]);
            spoil(&mut exchange);
            let seen = catch_unwind(AssertUnwindSafe(|| things(&mut exchange)));
            assert!(seen.is_err());
        }
    }
}

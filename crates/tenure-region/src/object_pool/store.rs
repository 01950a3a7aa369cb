//! The heavy objects of a pool, by powers of two of their weight.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use tenure_os::lock::Lock;

use super::LIGHT_BYTES;
use crate::books::Books;

/// Kinds of weight: the first is up to twice [`LIGHT_BYTES`], the last has no end.
const KINDS: usize = 20;
/// Objects of one kind that are kept.
const EACH_MAX: usize = 32;

struct Stored<T> {
    object: T,
    weight: usize,
    epoch: u32,
}

/// The objects. What is dropped is dropped by the caller or behind the lock.
pub(super) struct Store<T> {
    kinds: Lock<[Vec<Stored<T>>; KINDS]>,
    /// Their weight; so a pool without heavy objects is not locked.
    bytes: AtomicUsize,
}

/// The kind that objects of this weight are in.
fn kind(weight: usize) -> usize {
    let times = weight.div_ceil(LIGHT_BYTES).max(2);
    (times.next_power_of_two().ilog2() as usize - 1).min(KINDS - 1)
}

impl<T> Store<T> {
    pub(super) const fn new() -> Self {
        Self {
            kinds: Lock::new([const { Vec::new() }; KINDS]),
            bytes: AtomicUsize::new(0),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// An object of at least this weight, of the lightest kind that has one.
    pub(super) fn take(&self, least: usize, books: Books) -> Option<T> {
        // Relaxed: a hint; the lock orders the rest.
        if self.bytes() == 0 {
            return None;
        }
        let mut kinds = self.kinds.lock();
        let stored = kinds[kind(least)..].iter_mut().find_map(|stored| {
            let at = stored.iter().rposition(|one| one.weight >= least)?;
            Some(stored.remove(at))
        })?;
        drop(kinds);
        self.forget(stored.weight, books);
        Some(stored.object)
    }

    /// Keeps an object.
    ///
    /// # Errors
    /// The object, when there are enough, or no memory, or the account refuses.
    pub(super) fn keep(&self, object: T, weight: usize, epoch: u32, books: Books) -> Result<(), T> {
        if books.hold(weight).is_err() {
            return Err(object);
        }
        let mut kinds = self.kinds.lock();
        let stored = &mut kinds[kind(weight)];
        if stored.len() >= EACH_MAX || stored.try_reserve(1).is_err() {
            drop(kinds);
            books.release(weight);
            return Err(object);
        }
        self.bytes.fetch_add(weight, Ordering::Relaxed);
        stored.push(Stored {
            object,
            weight,
            epoch,
        });
        Ok(())
    }

    /// Drops the objects whose epoch is old.
    pub(super) fn shed(&self, is_old: impl Fn(u32) -> bool, books: Books) {
        for kind in 0..KINDS {
            let next = || {
                let mut kinds = self.kinds.lock();
                let at = kinds[kind].iter().position(|stored| is_old(stored.epoch))?;
                Some(kinds[kind].remove(at))
            };
            while let Some(stored) = next() {
                self.forget(stored.weight, books);
                drop(stored);
            }
        }
    }

    /// Walks what is kept: each object is of its kind, and `bytes` is what they weigh together.
    #[cfg(test)]
    pub(super) fn check(&self, mut show: impl FnMut(&T)) {
        let kinds = self.kinds.lock();
        let mut bytes = 0;
        for (number, kept) in kinds.iter().enumerate() {
            assert!(kept.len() <= EACH_MAX);
            for stored in kept {
                assert!(stored.weight > LIGHT_BYTES);
                assert_eq!(kind(stored.weight), number);
                bytes += stored.weight;
                show(&stored.object);
            }
        }
        assert_eq!(bytes, self.bytes());
    }

    fn forget(&self, weight: usize, books: Books) {
        self.bytes.fetch_sub(weight, Ordering::Relaxed);
        books.release(weight);
    }
}

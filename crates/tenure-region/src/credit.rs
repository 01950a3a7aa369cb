//! Bytes that were charged to a budget and are not yet in use, in portions for several threads.
//!
//! **Shape:** a word with a number of bytes, for some of the threads. **Invariants:** (a) what was
//! taken was put before: the sum of the word and of what takers have is what was put in; (b) no
//! more than `most` stays when something is put; (c) who takes bytes sees all that those who put
//! them have done before, so the memory that they stand for is free.
//! **Cost:** a compare-and-swap on a word that few threads share.

use core::marker::PhantomData;

use tenure_base::sync::atomic::{AtomicUsize, Ordering};

/// The memory orders, as a type, so that a test can weaken one and see it fail.
pub trait Orders {
    /// Taking: pairs with `PUT`.
    const TAKE: Ordering = Ordering::Acquire;
    /// Putting: what the bytes were used for is over for who takes them.
    const PUT: Ordering = Ordering::Release;
}

/// The orders that the program runs with.
#[derive(Debug)]
pub struct Sound;
impl Orders for Sound {}

/// The word, on a cache line (and the one that is fetched with it) of its own. See the module.
#[derive(Debug)]
#[repr(align(128))]
pub struct Credit<O: Orders = Sound> {
    bytes: AtomicUsize,
    orders: PhantomData<O>,
}

impl<O: Orders> Credit<O> {
    /// Nothing.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            orders: PhantomData,
        }
    }

    /// Nothing.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            orders: PhantomData,
        }
    }

    /// Takes `bytes`, or nothing when there are fewer.
    #[inline]
    #[must_use]
    pub fn take(&self, bytes: usize) -> bool {
        let mut seen = self.bytes.load(Ordering::Relaxed);
        while let Some(after) = seen.checked_sub(bytes) {
            let swap = self
                .bytes
                .compare_exchange_weak(seen, after, O::TAKE, Ordering::Relaxed);
            match swap {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Puts `bytes`; what would make more than `most` does not stay, and with it half of `most`, so
    /// that the next ones have room. Gives what did not stay.
    #[inline]
    #[must_use]
    pub fn put(&self, bytes: usize, most: usize) -> usize {
        let mut seen = self.bytes.load(Ordering::Relaxed);
        loop {
            let all = seen.saturating_add(bytes);
            let (stays, surplus) = match all <= most {
                true => (all, 0),
                // Before others' bytes are handed on, what they stand for must be seen as free.
                false => (most / 2, all - most / 2),
            };
            let order = match surplus {
                0 => O::PUT,
                _ => Ordering::AcqRel,
            };
            let swap = self
                .bytes
                .compare_exchange_weak(seen, stays, order, Ordering::Relaxed);
            match swap {
                Ok(_) => return surplus,
                Err(now) => seen = now,
            }
        }
    }

    /// Takes all there is.
    #[must_use]
    pub fn take_all(&self) -> usize {
        self.bytes.swap(0, O::TAKE)
    }

    /// What is there.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl<O: Orders> Default for Credit<O> {
    fn default() -> Self {
        Self::new()
    }
}

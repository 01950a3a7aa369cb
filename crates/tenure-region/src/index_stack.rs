//! Numbers below N, each free or taken, for threads that take and put them without a lock.
//!
//! **Shape:** one word with the top of a stack (its number plus one; 0 for none) in the low half
//! and a tag in the high half; a link for each number; and a watermark, below which numbers were
//! handed out at least once. All of it starts as zeros, so a stack in a `static` costs no bytes of
//! the file and no loop before its first use.
//! **Invariants:** (a) a number is on the stack, or at or above the watermark, or with one taker;
//! (b) the tag moves on with each take, so a word that was read before is never met again with
//! other links behind it (ABA), until 2^32 takes go by between a thread's two instructions.
//! **Cost:** one compare-and-swap to take and one to put; one more load while numbers are fresh.

use core::marker::PhantomData;

use tenure_base::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The memory orders of the stack and the step of its tag, as a type, so that a test can weaken one
/// and see it fail.
pub trait Orders {
    /// Reading the top: pairs with `PUT` of all that lies on the stack.
    const LOOK: Ordering = Ordering::Acquire;
    /// Putting a number: what was done with it, and its link, are visible to who takes it.
    const PUT: Ordering = Ordering::Release;
    /// What a take adds to the word.
    const TAG_STEP: u64 = 1 << 32;
}

/// The orders that the program runs with.
pub struct Sound;
impl Orders for Sound {}

/// The half of the word with the top's number plus one.
const TOP: u64 = u32::MAX as u64;

/// The numbers. See the module.
pub struct IndexStack<const N: usize, O: Orders = Sound> {
    word: AtomicU64,
    fresh: AtomicU32,
    links: [AtomicU32; N],
    orders: PhantomData<O>,
}

impl<const N: usize, O: Orders> IndexStack<N, O> {
    /// All numbers free, in order.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(
                N < u32::MAX as usize,
                "more numbers than 32 bits tell apart"
            )
        };
        Self {
            word: AtomicU64::new(0),
            fresh: AtomicU32::new(0),
            links: [const { AtomicU32::new(0) }; N],
            orders: PhantomData,
        }
    }

    /// All numbers free, in order.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            fresh: AtomicU32::new(0),
            links: core::array::from_fn(|_| AtomicU32::new(0)),
            orders: PhantomData,
        }
    }

    /// A free number, the last one that was put back first. `None` when all are taken.
    #[inline]
    pub fn take(&self) -> Option<usize> {
        self.take_used().or_else(|| self.take_fresh())
    }

    /// A number that was put back.
    #[inline]
    pub fn take_used(&self) -> Option<usize> {
        let mut word = self.word.load(O::LOOK);
        loop {
            let number = (word & TOP).checked_sub(1)? as usize;
            // Another thread may have taken the number and put it meanwhile; then the link is
            // nonsense, the tag has moved on, and the swap fails.
            let below = u64::from(self.links[number].load(Ordering::Relaxed));
            let next = (word & !TOP).wrapping_add(O::TAG_STEP) | below;
            // Relaxed: what is taken was seen by `LOOK`, and every change of the word is a swap, so
            // each put that lies below stays visible to who looks next.
            match (self.word).compare_exchange_weak(word, next, Ordering::Relaxed, O::LOOK) {
                Ok(_) => return Some(number),
                Err(seen) => word = seen,
            }
        }
    }

    /// A number that nobody ever had: the lowest.
    #[cold]
    pub fn take_fresh(&self) -> Option<usize> {
        let mut fresh = self.fresh.load(Ordering::Relaxed);
        while (fresh as usize) < N {
            // Relaxed: nobody had the number, so there is nothing to see.
            match (self.fresh).compare_exchange_weak(
                fresh,
                fresh + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(fresh as usize),
                Err(seen) => fresh = seen,
            }
        }
        None
    }

    /// Puts a number back that this caller took and has not put since.
    #[inline]
    pub fn put(&self, number: usize) {
        let link = &self.links[number];
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            link.store((word & TOP) as u32, Ordering::Relaxed);
            let next = (word & !TOP) | (number as u64 + 1);
            match (self.word).compare_exchange_weak(word, next, O::PUT, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => word = seen,
            }
        }
    }

    /// Numbers below this were handed out at least once.
    #[inline]
    pub fn watermark(&self) -> usize {
        self.fresh.load(Ordering::Relaxed) as usize
    }

    /// Walks invariant (a) while nobody else uses the stack: the free numbers below the watermark,
    /// the next one first, each once.
    ///
    /// # Panics
    /// When the invariant does not hold.
    #[must_use]
    pub fn check(&mut self) -> usize {
        let watermark = self.watermark();
        assert!(watermark <= N, "watermark {watermark} of {N}");
        self.walk(|number| assert!(number < watermark, "{number} is free below {watermark}"))
    }

    /// Shows the numbers on the stack, the next one first, while nobody else uses it; how many.
    ///
    /// # Panics
    /// When the links lead round, or out of the numbers.
    pub fn walk(&mut self, mut show: impl FnMut(usize)) -> usize {
        let (mut count, mut at) = (0, self.word.load(Ordering::Relaxed) & TOP);
        while at != 0 {
            let number = at as usize - 1;
            assert!(number < N, "{number} of {N}");
            show(number);
            count += 1;
            assert!(count <= N, "the stack goes round");
            at = u64::from(self.links[number].load(Ordering::Relaxed));
        }
        count
    }
}

impl<const N: usize, O: Orders> Default for IndexStack<N, O> {
    fn default() -> Self {
        Self::new()
    }
}

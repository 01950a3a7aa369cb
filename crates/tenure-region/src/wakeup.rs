//! Who waits for something to become free, and who tells them.
//!
//! **Shape:** a count of those who wait, and a number that goes up when something was freed while
//! somebody waited. Who waits reads the number, looks for room, and sleeps while the number is the
//! one it read. **Invariants:** (a) between a waiter's counting itself and its look lies a fence,
//! and so does one between a freeing and its look at the count: either the waiter sees what was
//! freed, or the number goes up; (b) the number is read before the look, so a sleeper that would
//! miss the rise does not fall asleep.
//! **Cost:** a fence and a load to free while nobody waits.

use core::marker::PhantomData;

use tenure_base::sync::atomic::{AtomicU32, Ordering, fence};

/// The order of the two fences, as a type, so that a test can weaken it and see it fail.
pub trait Fences {
    /// Both stand between a store and a load of another word; nothing less keeps these in order.
    const BOTH: Ordering = Ordering::SeqCst;
}

/// The order that the program runs with.
#[derive(Debug)]
pub struct Sound;
impl Fences for Sound {}

/// The two words. See the module.
#[derive(Debug)]
pub struct Wakeup<F: Fences = Sound> {
    waiters: AtomicU32,
    number: AtomicU32,
    fences: PhantomData<F>,
}

impl<F: Fences> Wakeup<F> {
    /// Nobody waits.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiters: AtomicU32::new(0),
            number: AtomicU32::new(0),
            fences: PhantomData,
        }
    }

    /// Nobody waits.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Self {
        Self {
            waiters: AtomicU32::new(0),
            number: AtomicU32::new(0),
            fences: PhantomData,
        }
    }

    /// One more waits; [`Wakeup::leave`] ends it.
    pub fn enter(&self) {
        self.waiters.fetch_add(1, Ordering::Relaxed);
        fence(F::BOTH);
    }

    /// One waits no longer.
    pub fn leave(&self) {
        self.waiters.fetch_sub(1, Ordering::Relaxed);
    }

    /// The number, to be read before a look for room.
    pub fn number(&self) -> u32 {
        self.number.load(Ordering::Acquire)
    }

    /// The word with the number, to sleep on.
    pub fn word(&self) -> &AtomicU32 {
        &self.number
    }

    /// Something was freed: whether somebody waits, whom the caller must wake.
    #[must_use]
    pub fn note_free(&self) -> bool {
        fence(F::BOTH);
        if self.waiters.load(Ordering::Relaxed) == 0 {
            return false;
        }
        // Release pairs with `number`: who reads the new number sees what was freed.
        self.number.fetch_add(1, Ordering::Release);
        true
    }
}

impl<F: Fences> Default for Wakeup<F> {
    fn default() -> Self {
        Self::new()
    }
}

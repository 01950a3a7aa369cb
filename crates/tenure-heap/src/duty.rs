//! Whether somebody is on duty, and how the last look before leaving cannot miss new work.
//!
//! **Shape:** one word: `BARRED`, `OFF` or `ON`. Who has made work calls; who is on duty leaves.
//! **Invariants:** (a) whoever moves the word from `OFF` to `ON` by [`Duty::call`] must bring
//! somebody on duty; (b) work made before a call that found `ON` is seen by the one on duty before
//! it has left: each of the two writes first (work, the word), then fences, then reads the other.
//! **Cost:** a call is a fence and a load.

use core::marker::PhantomData;
use tenure_base::sync::atomic::{AtomicU32, Ordering, fence};

const BARRED: u32 = 0;
const OFF: u32 = 1;
const ON: u32 = 2;

/// The orders of memory that the protocol needs; a test weakens one at a time.
pub trait Orders {
    /// Between making work and looking at the word.
    const CALL: Ordering = Ordering::SeqCst;
    /// Between giving up the duty and looking for work.
    const LEAVE: Ordering = Ordering::SeqCst;
}

/// The orders as they must be.
#[derive(Debug)]
pub struct Sound;
impl Orders for Sound {}

/// Who is on duty.
pub struct Duty<O: Orders = Sound> {
    word: AtomicU32,
    orders: PhantomData<O>,
}

impl<O: Orders> Duty<O> {
    /// Nobody is, and nobody may be.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn barred() -> Self {
        Self {
            word: AtomicU32::new(BARRED),
            orders: PhantomData,
        }
    }

    /// Nobody is, and nobody may be.
    #[cfg(loom)]
    #[must_use]
    pub fn barred() -> Self {
        Self {
            word: AtomicU32::new(BARRED),
            orders: PhantomData,
        }
    }

    /// From here on somebody may be.
    pub fn allow(&self) {
        let _ = self
            .word
            .compare_exchange(BARRED, OFF, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// From here on nobody may be; who is leaves.
    pub fn bar(&self) {
        self.word.store(BARRED, Ordering::Relaxed);
    }

    /// Whether nobody may be on duty.
    pub fn is_barred(&self) -> bool {
        self.word.load(Ordering::Relaxed) == BARRED
    }

    /// Whether somebody is.
    pub fn is_on(&self) -> bool {
        self.word.load(Ordering::Relaxed) == ON
    }

    /// The caller has made work. True when it is to bring somebody on duty (and to say
    /// [`Duty::fail`] if that cannot be done).
    #[must_use]
    pub fn call(&self) -> bool {
        fence(O::CALL);
        self.word.load(Ordering::Relaxed) == OFF && self.begin()
    }

    fn begin(&self) -> bool {
        self.word
            .compare_exchange(OFF, ON, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Nobody came; the next call may try again.
    pub fn fail(&self) {
        let _ = self
            .word
            .compare_exchange(ON, OFF, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Who is on duty wants to leave, unless `has_work` says so after the word has changed. False:
    /// stay.
    #[must_use]
    pub fn leave(&self, has_work: impl FnOnce() -> bool) -> bool {
        self.fail();
        fence(O::LEAVE);
        // When the word is no longer OFF, somebody else has been called, or is to be by nobody.
        !(has_work() && self.begin())
    }
}

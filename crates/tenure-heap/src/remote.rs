//! One word through which other threads give blocks back to a heap page, and through which the
//! page changes hands.
//!
//! **Shape:** the address of the first freed block (16-byte aligned, the others linked behind it)
//! with two flags in the low bits, [`OWNED`] and [`FULL`], and the number of blocks in the high
//! ones, so that the owner takes a list without walking along it.
//! **Protocol:**
//! * Anybody may push blocks. The owner alone takes the list.
//! * A page without `OWNED` is abandoned: its thread has ended. Whoever sets the bit, by a push or
//!   by [`RemoteWord::claim`], becomes the owner, with all that the last owner wrote visible.
//! * A page with `FULL` is on no queue of its owner's heap. Who would push takes the flag away
//!   instead and hands the blocks to the owner's heap, which thereby learns of the page again.
//!
//! **Invariants:** (a) at most one thread has been told that it owns the page; (b) each block
//! pushed is taken exactly once, or redirected exactly once; (c) the number is that of the blocks
//! linked, and a page has fewer than [`COUNT_MAX`].
//! **Cost:** one compare-and-swap a push, however long the chain.

use core::marker::PhantomData;
use tenure_base::sync::atomic::{AtomicUsize, Ordering};

/// Somebody owns the page.
pub const OWNED: usize = 1;
/// The owner has put the page aside as full.
pub const FULL: usize = 2;
const FLAGS: usize = OWNED | FULL;
/// Addresses of programs are shorter.
const ADDRESS_BITS: u32 = 48;
const ADDRESS: usize = ((1 << ADDRESS_BITS) - 1) & !FLAGS;
/// More blocks than a page has.
pub const COUNT_MAX: usize = 1 << (usize::BITS - ADDRESS_BITS);

/// The memory orders of the protocol, as a type, so that a test can weaken one and see it fail.
pub trait Orders {
    /// A push: the blocks' contents and links must be visible to who takes them, and when the push
    /// adopts, the last owner's writes to who pushes.
    const PUSH: Ordering = Ordering::AcqRel;
    /// Taking the list: pairs with the release half of every push before.
    const TAKE: Ordering = Ordering::Acquire;
    /// Giving the page up: the owner's plain writes become visible to the next owner.
    const ABANDON: Ordering = Ordering::Release;
    /// Becoming the owner by claim: pairs with `ABANDON` and with pushes.
    const CLAIM: Ordering = Ordering::Acquire;
}

/// The orders that the program runs with.
pub struct Sound;
impl Orders for Sound {}

/// What a push has done, and what the pusher must do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// The blocks are on the list; the owner will find them.
    Queued,
    /// The blocks are on the list and the pusher is now the page's owner.
    Adopted,
    /// The blocks are on no list: the page was full, and they go to its owner's heap.
    Redirect,
}

/// The word. See the module for the protocol.
pub struct RemoteWord<O: Orders = Sound>(AtomicUsize, PhantomData<O>);

impl<O: Orders> RemoteWord<O> {
    /// No blocks; owned by the thread that formats the page.
    #[cfg(not(loom))]
    pub const fn owned() -> Self {
        Self(AtomicUsize::new(OWNED), PhantomData)
    }

    /// No blocks; owned by the thread that formats the page.
    #[cfg(loom)]
    pub fn owned() -> Self {
        Self(AtomicUsize::new(OWNED), PhantomData)
    }

    /// Makes the word as [`RemoteWord::owned`] says, for a page that nobody else knows.
    pub fn reset(&self) {
        self.0.store(OWNED, Ordering::Relaxed);
    }

    /// Offers a chain of `count` blocks from `first` to a last block whose link `link` writes: it
    /// is called with the address that must follow the last block (0 for none), maybe more than
    /// once.
    pub fn push(&self, first: usize, count: u32, mut link: impl FnMut(usize)) -> Push {
        debug_assert!(first & !ADDRESS == 0 && (count as usize) < COUNT_MAX);
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let (next, outcome) = if word & FULL != 0 {
                (word & !FULL, Push::Redirect)
            } else {
                link(word & ADDRESS);
                let outcome = if word & OWNED == 0 {
                    Push::Adopted
                } else {
                    Push::Queued
                };
                let count = (word >> ADDRESS_BITS) + count as usize;
                (first | OWNED | count << ADDRESS_BITS, outcome)
            };
            match self
                .0
                .compare_exchange_weak(word, next, O::PUSH, Ordering::Relaxed)
            {
                Ok(_) => return outcome,
                Err(seen) => word = seen,
            }
        }
    }

    /// The owner takes all blocks: the first one's address and how many there are, 0 and 0 when
    /// there are none.
    #[inline]
    pub fn take(&self) -> (usize, u32) {
        let mut word = self.0.load(Ordering::Relaxed);
        while word & ADDRESS != 0 {
            match self
                .0
                .compare_exchange_weak(word, word & FLAGS, O::TAKE, Ordering::Relaxed)
            {
                Ok(_) => return (word & ADDRESS, (word >> ADDRESS_BITS) as u32),
                Err(seen) => word = seen,
            }
        }
        (0, 0)
    }

    /// The owner puts the page aside. False, and nothing changed, when blocks have arrived.
    pub fn set_full(&self) -> bool {
        self.0
            .compare_exchange(OWNED, OWNED | FULL, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// The owner takes the page up again; a pusher may have done so already.
    pub fn clear_full(&self) {
        self.0.fetch_and(!FULL, Ordering::Relaxed);
    }

    /// The owner gives the page up. False, and nothing changed, when blocks have arrived.
    pub fn abandon(&self) -> bool {
        self.0
            .compare_exchange(OWNED, 0, O::ABANDON, Ordering::Relaxed)
            .is_ok()
    }

    /// Becomes the owner of an abandoned page; false when it has one.
    pub fn claim(&self) -> bool {
        self.0.fetch_or(OWNED, O::CLAIM) & OWNED == 0
    }

    /// Whether blocks are waiting to be taken.
    pub fn has_blocks(&self) -> bool {
        self.waiting() != 0
    }

    /// How many blocks are waiting to be taken.
    pub fn waiting(&self) -> u32 {
        (self.0.load(Ordering::Relaxed) >> ADDRESS_BITS) as u32
    }
}

/// Blocks handed to a heap rather than to a page: pushed by anybody, taken all at once.
pub struct BlockStack<O: Orders = Sound>(AtomicUsize, PhantomData<O>);

impl<O: Orders> Default for BlockStack<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Orders> BlockStack<O> {
    /// No blocks.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0), PhantomData)
    }

    /// No blocks.
    #[cfg(loom)]
    pub fn new() -> Self {
        Self(AtomicUsize::new(0), PhantomData)
    }

    /// Puts a chain on top; `link` as for [`RemoteWord::push`].
    pub fn push(&self, first: usize, mut link: impl FnMut(usize)) {
        let mut top = self.0.load(Ordering::Relaxed);
        loop {
            link(top);
            match self
                .0
                .compare_exchange_weak(top, first, O::PUSH, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(seen) => top = seen,
            }
        }
    }

    /// Takes all: the first block's address, 0 when there are none.
    #[inline]
    pub fn take(&self) -> usize {
        if self.0.load(Ordering::Relaxed) == 0 {
            0
        } else {
            self.0.swap(0, O::TAKE)
        }
    }
}

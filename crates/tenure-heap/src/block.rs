//! A free block: the link to the next one, and a mark that says it is free.
//!
//! **Shape:** two words at the start of the block: `next`, `mark`. The mark is the block's address
//! mixed with a secret of the process, so that a block in use carries it only if the program copies
//! a freed block's bytes back to the same address. `malloc` wipes it, `free` finds it on a block
//! that has been freed before: a double free is known at once, whoever freed first and however many
//! frees lie between.
//! **Cost:** one store more in `malloc`, one load, compare and store more in `free`, all on the
//! cache line that holds the link anyway.

use core::cell::Cell;
use core::ptr::with_exposed_provenance_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Every block has room for this much.
pub(crate) const BLOCK_BYTES_MIN: usize = size_of::<FreeBlock>();

const _: () = assert!(BLOCK_BYTES_MIN == 16);

/// Mixed into every mark; set before the first block is made.
static SECRET: AtomicUsize = AtomicUsize::new(0);

/// Chooses the secret of this process; called once, before any block exists.
pub(crate) fn seed(secret: u64) {
    // The low bits stay free so that no mark looks like an aligned pointer or a small number.
    SECRET.store(secret as usize | 1, Ordering::Relaxed);
}

/// The first two words of a block that is free.
#[repr(C)]
pub(crate) struct FreeBlock {
    next: Cell<*mut FreeBlock>,
    mark: Cell<usize>,
}

/// A block of some heap page, by address: free or about to be. `Copy`, never null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block(*mut FreeBlock);

impl Block {
    /// The block at `address`.
    ///
    /// # Safety
    /// * At least [`BLOCK_BYTES_MIN`] committed bytes of a heap page lie there, 16-byte aligned.
    /// * While the value is used, nobody else uses these bytes.
    #[inline(always)]
    pub(crate) unsafe fn at(address: usize) -> Self {
        Self(with_exposed_provenance_mut(address))
    }

    /// As [`Block::at`], from a pointer that may be null.
    ///
    /// # Safety
    /// * Null, or as [`Block::at`] says.
    #[inline(always)]
    pub(crate) unsafe fn from_link(link: *mut FreeBlock) -> Option<Self> {
        if link.is_null() {
            None
        } else {
            Some(Self(link))
        }
    }

    #[inline(always)]
    fn words(&self) -> &FreeBlock {
        // SAFETY: `at` and `from_link` have been promised committed, aligned bytes that only the
        // user of this value touches; both words are valid for any bit pattern.
        unsafe { &*self.0 }
    }

    /// What the program gets.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut u8 {
        self.0.cast()
    }

    /// What a list stores.
    #[inline(always)]
    pub(crate) fn link(self) -> *mut FreeBlock {
        self.0
    }

    /// Where it lies.
    #[inline(always)]
    pub(crate) fn address(self) -> usize {
        self.0.addr()
    }

    /// The block linked behind this one.
    #[inline(always)]
    pub(crate) fn next(self) -> *mut FreeBlock {
        self.words().next.get()
    }

    /// Links `next` behind this block.
    #[inline(always)]
    pub(crate) fn set_next(self, next: *mut FreeBlock) {
        self.words().next.set(next);
    }

    /// The mark that this block carries while it is free.
    #[inline(always)]
    fn mark_when_free(self) -> usize {
        self.address() ^ SECRET.load(Ordering::Relaxed)
    }

    /// Whether the block carries the mark.
    #[inline(always)]
    pub(crate) fn is_free(self) -> bool {
        self.words().mark.get() == self.mark_when_free()
    }

    /// Puts the mark on; false when the block carries it already, and is free.
    #[inline(always)]
    pub(crate) fn mark_free(self) -> bool {
        let mark = self.mark_when_free();
        self.words().mark.replace(mark) != mark
    }

    /// Takes the link off, so that who looks at the heap does not take it for the program's
    /// pointer. Where nobody does, it stays.
    #[inline(always)]
    pub(crate) fn forget_next(self) {
        self.words().next.set(core::ptr::null_mut());
    }

    /// Takes the mark off.
    #[inline(always)]
    pub(crate) fn mark_used(self) {
        self.words().mark.set(0);
    }
}

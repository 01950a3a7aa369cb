//! An allocator under a budget: a whole program, or a part of one.
//!
//! **Shape:** the allocator, the budget, and credit: bytes that are charged and not in use, in
//! [`SHARDS`] portions that threads share by their number. **Invariants:** (a) what blocks in use
//! were requested with, and the credit, are charged: blocks never pass a limit; (b) a portion of
//! credit is at most a [`SHARDS`]th of the larger of 64 KiB and a 64th of the least limit of the
//! path; (c) before a request is refused, all credit is called in and counted.
//! **Cost:** a compare-and-swap on a word that few threads share; the budget is charged for a
//! portion at a time.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use tenure_os::thread;

use crate::budget::{Budget, OverBudget};
use crate::credit::Credit;

/// Portions of credit.
const SHARDS: usize = 16;
/// All credit of a wrapper, where limits are small.
const CREDIT_BYTES: usize = 64 << 10;
/// All credit of a wrapper is at most this part of the least limit, where that is more.
const CREDIT_PART: usize = 64;
/// No portion has been worked out yet.
const UNKNOWN: usize = usize::MAX;

/// An allocator whose blocks are charged to a budget. At the limit it gives none: null.
///
/// Charged are the bytes that were requested: not what the allocator rounds them up to, nor, while
/// `realloc` moves a block, its old place. Blocks in use never pass a limit. In advance, a wrapper
/// holds credit of at most 64 KiB or a 64th of the least limit above it, whichever is more: by so
/// much others under the same budgets may be refused too early. The wrapper itself calls all its
/// credit in before it refuses. Under a budget that waits there is no credit, since whoever waits
/// must hear of each block.
///
/// A block is charged by whoever asked for it, and given back by whichever thread frees it. What
/// the wrapped allocator holds beside blocks is not charged.
///
/// # Examples
/// A program that stands under a limit, and a part of it that is refused:
/// ```
/// use std::alloc::System;
/// use tenure_region::{Budget, Budgeted, Policy};
///
/// static PROGRAM: Budget = Budget::new("program", 64 << 20, Policy::Fail);
/// #[global_allocator]
/// static A: Budgeted<System> = Budgeted::new(System, &PROGRAM);
///
/// assert!(Vec::<u8>::new().try_reserve(100 << 20).is_err());
/// assert!(PROGRAM.used_bytes() < 1 << 20);
/// ```
#[derive(Debug)]
pub struct Budgeted<A> {
    inner: A,
    budget: &'static Budget,
    /// The most that stays in a portion.
    share_bytes: AtomicUsize,
    credit: [Credit; SHARDS],
}

impl<A> Budgeted<A> {
    /// The allocator under the budget. Costs nothing, also in a `const`.
    #[must_use]
    pub const fn new(inner: A, budget: &'static Budget) -> Self {
        Self {
            inner,
            budget,
            share_bytes: AtomicUsize::new(UNKNOWN),
            credit: [const { Credit::new() }; SHARDS],
        }
    }

    /// The allocator.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// The budget.
    pub const fn budget(&self) -> &'static Budget {
        self.budget
    }

    /// Bytes that are charged and not in use.
    #[must_use]
    pub fn credit_bytes(&self) -> usize {
        self.credit.iter().map(Credit::bytes).sum()
    }

    /// Gives all credit back to the budget.
    pub fn call_in(&self) {
        let all = self.credit.iter().map(Credit::take_all).sum();
        if all > 0 {
            self.budget.release(all);
        }
    }

    #[inline]
    fn share(&self) -> usize {
        match self.share_bytes.load(Ordering::Relaxed) {
            UNKNOWN => self.work_out_share(),
            share => share,
        }
    }

    #[cold]
    fn work_out_share(&self) -> usize {
        let share = self.budget.least_limit().map_or(0, share_of);
        self.share_bytes.store(share, Ordering::Relaxed);
        share
    }

    /// The portion of the calling thread.
    #[inline]
    fn portion(&self) -> &Credit {
        // Threads' control blocks lie at multiples of 64 bytes and more: the product mixes them.
        let mixed = (thread::id() >> 6).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        &self.credit[mixed >> (usize::BITS - SHARDS.ilog2())]
    }

    #[inline]
    fn charge(&self, bytes: usize) -> bool {
        self.portion().take(bytes) || self.charge_budget(bytes).is_ok()
    }

    /// Charges the budget for a portion, or for what is needed.
    #[cold]
    #[inline(never)]
    fn charge_budget(&self, bytes: usize) -> Result<(), OverBudget> {
        let ahead = self.share() / 2;
        if bytes <= ahead && self.budget.try_hold(bytes + ahead) {
            self.give(ahead);
            return Ok(());
        }
        if self.budget.try_hold(bytes) {
            return Ok(());
        }
        // What threads have in advance, before anybody is asked to do something about it.
        self.call_in();
        self.budget.hold(bytes)
    }

    #[inline]
    fn give(&self, bytes: usize) {
        let surplus = self.portion().put(bytes, self.share());
        if surplus > 0 {
            self.budget.release(surplus);
        }
    }
}

/// A portion under this limit, in bytes.
const fn share_of(limit_bytes: usize) -> usize {
    let all = limit_bytes / CREDIT_PART;
    let all = if all > CREDIT_BYTES {
        all
    } else {
        CREDIT_BYTES
    };
    all / SHARDS
}

impl<A> Drop for Budgeted<A> {
    /// Credit goes back to the budget; blocks that are still in use stay charged.
    fn drop(&mut self) {
        self.call_in();
    }
}

// SAFETY: blocks come from the allocator and go back to it with the layouts that it knows; between
// lie only charges, which touch no block and do not unwind but by a panic of the budget's function,
// which is its author's to avoid as in any allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Budgeted<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the trait's contract.
        self.charged(layout, || unsafe { self.inner.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the trait's contract.
        self.charged(layout, || unsafe { self.inner.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the trait's contract.
        unsafe { self.inner.dealloc(block, layout) };
        self.give(layout.size());
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        let more = new_bytes.saturating_sub(layout.size());
        if more > 0 && !self.charge(more) {
            return null_mut();
        }
        // SAFETY: as the trait's contract.
        let moved = unsafe { self.inner.realloc(block, layout, new_bytes) };
        let back = match moved.is_null() {
            true => more,
            false => layout.size().saturating_sub(new_bytes),
        };
        if back > 0 {
            self.give(back);
        }
        moved
    }
}

impl<A> Budgeted<A> {
    /// What `allocate` gives for a charged layout; null when it, or the budget, gives nothing.
    #[inline]
    fn charged(&self, layout: Layout, allocate: impl FnOnce() -> *mut u8) -> *mut u8 {
        if !self.charge(layout.size()) {
            return null_mut();
        }
        let block = allocate();
        if block.is_null() {
            self.give(layout.size());
        }
        block
    }
}

#[cfg(feature = "allocator-api2")]
mod api2 {
    use super::Budgeted;
    use allocator_api2::alloc::{AllocError, Allocator};
    use core::alloc::Layout;
    use core::ptr::NonNull;

    /// The block without what the allocator gave beyond the request, so that it is freed with the
    /// size that it was charged with.
    fn cut(block: NonNull<[u8]>, layout: Layout) -> NonNull<[u8]> {
        NonNull::slice_from_raw_parts(block.cast(), layout.size())
    }

    // SAFETY: blocks are those of the allocator, which lives as long and moves as it allows. What
    // is handed out has exactly the requested size, so each block comes back with the size that was
    // charged, and the allocator accepts it: it lies between the requested and the given one.
    unsafe impl<A: Allocator> Allocator for Budgeted<A> {
        fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            if !self.charge(layout.size()) {
                return Err(AllocError);
            }
            let block = self.inner.allocate(layout);
            let block = block.inspect_err(|_| self.give(layout.size()))?;
            Ok(cut(block, layout))
        }

        unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
            // SAFETY: as the trait's contract.
            unsafe { self.inner.deallocate(block, layout) };
            self.give(layout.size());
        }

        unsafe fn grow(
            &self,
            block: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, AllocError> {
            let more = new.size() - old.size();
            if !self.charge(more) {
                return Err(AllocError);
            }
            // SAFETY: as the trait's contract.
            let grown = unsafe { self.inner.grow(block, old, new) };
            let grown = grown.inspect_err(|_| self.give(more))?;
            Ok(cut(grown, new))
        }

        unsafe fn shrink(
            &self,
            block: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: as the trait's contract.
            let shrunk = unsafe { self.inner.shrink(block, old, new) }?;
            self.give(old.size() - new.size());
            Ok(cut(shrunk, new))
        }
    }
}

#[cfg(test)]
mod tests;

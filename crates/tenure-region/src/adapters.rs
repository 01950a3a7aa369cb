//! Regions as allocators of the crate `allocator-api2` (0.2), for its `Vec` and `Box` and for the
//! tables of `hashbrown`.
//!
//! Only `&Bump` and references to regions are allocators, never a region itself: a container gives
//! access to its allocator, and an owned arena could be reset through it.

use core::alloc::Layout;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

use crate::bump::Bump;

#[inline(always)]
fn whole(block: NonNull<u8>, layout: Layout) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block, layout.size())
}

// SAFETY: blocks stay valid while the region is borrowed: what takes them back needs the region
// exclusively. A copy of the reference is the same cursor, so each may free what another made.
// Blocks are resized and given back only through the reference that is borrowed, so no scope lies
// on top of it.
unsafe impl Allocator for &Bump {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        match Bump::allocate(self, layout) {
            Ok(block) => Ok(whole(block, layout)),
            Err(_) => Err(AllocError),
        }
    }

    #[inline(always)]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: as the trait's contract.
        unsafe { Bump::deallocate(self, block, layout) };
    }

    #[inline(always)]
    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as the trait's contract.
        match unsafe { Bump::grow(self, block, old, new) } {
            Ok(block) => Ok(whole(block, new)),
            Err(_) => Err(AllocError),
        }
    }

    #[inline(always)]
    unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as the trait's contract.
        match unsafe { Bump::shrink(self, block, old, new) } {
            Ok(block) => Ok(whole(block, new)),
            Err(_) => Err(AllocError),
        }
    }
}

/// A reference to a region is the allocator that its `Bump` is.
macro_rules! by_its_bump {
    ($($region:ty),+) => {$(
        // SAFETY: the same cursor as that of `&Bump`, for the same borrow.
        unsafe impl Allocator for &$region {
            #[inline(always)]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                let bump: &Bump = self;
                Allocator::allocate(&bump, layout)
            }

            #[inline(always)]
            unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
                let bump: &Bump = self;
                // SAFETY: as the trait's contract.
                unsafe { Allocator::deallocate(&bump, block, layout) };
            }

            #[inline(always)]
            unsafe fn grow(
                &self,
                block: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                let bump: &Bump = self;
                // SAFETY: as the trait's contract.
                unsafe { Allocator::grow(&bump, block, old, new) }
            }

            #[inline(always)]
            unsafe fn shrink(
                &self,
                block: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                let bump: &Bump = self;
                // SAFETY: as the trait's contract.
                unsafe { Allocator::shrink(&bump, block, old, new) }
            }
        }
    )+};
}

by_its_bump!(
    crate::VirtualArena,
    crate::SliceArena<'_>,
    crate::Tail<'_>,
    crate::Scratch<'_>
);
#[cfg(feature = "alloc")]
by_its_bump!(crate::Arena, crate::Side<'_>);

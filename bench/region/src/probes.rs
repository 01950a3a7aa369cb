//! Single steps, each a function of its own: callgrind counts its instructions and branches.

use std::alloc::Layout;
use std::ptr::NonNull;

/// What allocates by a layout that the compiler does not know.
pub(crate) trait Raw {
    /// Memory of this shape.
    fn raw_allocate(&self, layout: Layout) -> Option<NonNull<u8>>;
    /// The block, larger.
    ///
    /// # Safety
    /// * The block came from here with the layout `old`, and `new` is not smaller.
    unsafe fn raw_grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>>;
}

impl Raw for tenure_region::Arena {
    #[inline(always)]
    fn raw_allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.allocate(layout).ok()
    }
    #[inline(always)]
    unsafe fn raw_grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: as this function's contract.
        unsafe { self.grow(block, old, new) }.ok()
    }
}

impl Raw for bumpalo::Bump {
    #[inline(always)]
    fn raw_allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.try_alloc_layout(layout).ok()
    }
    #[inline(always)]
    unsafe fn raw_grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: as this function's contract.
        unsafe { allocator_api2::alloc::Allocator::grow(&self, block, old, new) }
            .ok()
            .map(NonNull::cast)
    }
}

impl Raw for bump_scope::Bump {
    #[inline(always)]
    fn raw_allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        bump_scope::alloc::Allocator::allocate(&self, layout)
            .ok()
            .map(NonNull::cast)
    }
    #[inline(always)]
    unsafe fn raw_grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: as this function's contract.
        unsafe { bump_scope::alloc::Allocator::grow(&self, block, old, new) }
            .ok()
            .map(NonNull::cast)
    }
}

macro_rules! probes {
    ($region:ty, $u32:ident, $grow:ident, $alloc:expr) => {
        #[inline(never)]
        pub(crate) fn $u32(region: &$region, value: u32) -> &mut u32 {
            #[allow(clippy::redundant_closure_call, reason = "each rival has its own way")]
            ($alloc)(region, value)
        }

        #[inline(never)]
        pub(crate) fn $grow(
            region: &$region,
            block: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Option<NonNull<u8>> {
            // SAFETY: the load passes a block that it got from this region with this layout.
            unsafe { region.raw_grow(block, old, new) }
        }
    };
}

fn tenure(region: &tenure_region::Arena, value: u32) -> &mut u32 {
    region.alloc_plain(value)
}

fn bumpalo(region: &bumpalo::Bump, value: u32) -> &mut u32 {
    region.alloc(value)
}

fn bump_scope(region: &bump_scope::Bump, value: u32) -> &mut u32 {
    bump_scope::BumpBox::leak(region.alloc(value))
}

probes!(
    tenure_region::Arena,
    probe_u32_tenure,
    probe_grow_tenure,
    tenure
);
probes!(
    bumpalo::Bump,
    probe_u32_bumpalo,
    probe_grow_bumpalo,
    bumpalo
);
probes!(
    bump_scope::Bump,
    probe_u32_bump_scope,
    probe_grow_bump_scope,
    bump_scope
);

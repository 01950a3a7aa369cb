//! The rivals, at their defaults.

use crate::load::Contestant;
use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).expect("sizes are small")
}

/// talc: binned best fit over any memory, with one tag for each block.
pub(crate) struct Talc(talc::base::Talc<talc::source::Manual, talc::DefaultBinning>);

impl Contestant for Talc {
    type Block = NonNull<u8>;

    fn over(region: &'static mut [u64]) -> Self {
        let mut talc = talc::base::Talc::new(talc::source::Manual);
        // SAFETY: the region lives for ever and nobody else uses it.
        let claimed = unsafe { talc.claim(region.as_mut_ptr().cast(), size_of_val(region)) };
        claimed.expect("8 MiB are enough");
        Self(talc)
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        // SAFETY: the size is not zero.
        unsafe { self.0.allocate(layout(bytes)) }
    }

    #[inline]
    fn free(&mut self, block: NonNull<u8>, bytes: usize) {
        // SAFETY: a load frees what it was given, once, with the size that it asked for.
        unsafe { self.0.deallocate(block.as_ptr(), layout(bytes)) }
    }
}

/// rlsf: TLSF, with as many lists as ours.
pub(crate) struct Rlsf(rlsf::Tlsf<'static, u32, u32, 24, 32>);

impl Contestant for Rlsf {
    type Block = NonNull<u8>;

    fn over(region: &'static mut [u64]) -> Self {
        let mut tlsf = rlsf::Tlsf::new();
        // SAFETY: initialised words may be seen as bytes that need not be; the region is ours.
        let bytes = unsafe {
            let start = region.as_mut_ptr().cast::<MaybeUninit<u8>>();
            std::slice::from_raw_parts_mut(start, size_of_val(region))
        };
        tlsf.insert_free_block(bytes);
        Self(tlsf)
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        self.0.allocate(layout(bytes))
    }

    #[inline]
    fn free(&mut self, block: NonNull<u8>, _bytes: usize) {
        // SAFETY: a load frees what it was given, once; the alignment is that of `layout`.
        unsafe { self.0.deallocate(block, 8) }
    }
}

/// buddy_system_allocator: binary buddies in lists inside the region.
pub(crate) struct BuddySystem(buddy_system_allocator::Heap<32>);

impl Contestant for BuddySystem {
    type Block = NonNull<u8>;

    fn over(region: &'static mut [u64]) -> Self {
        let mut heap = buddy_system_allocator::Heap::empty();
        // SAFETY: the region lives for ever and nobody else uses it.
        unsafe { heap.init(region.as_mut_ptr().expose_provenance(), size_of_val(region)) };
        Self(heap)
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        self.0.alloc(layout(bytes)).ok()
    }

    #[inline]
    fn free(&mut self, block: NonNull<u8>, bytes: usize) {
        // SAFETY: a load frees what it was given, once, with the size that it asked for.
        unsafe { self.0.dealloc(block, layout(bytes)) }
    }
}

/// offset-allocator: bins of floats over numbers; metadata beside, found by the caller's token.
pub(crate) struct Offset(offset_allocator::Allocator<u32>);

impl Contestant for Offset {
    type Block = offset_allocator::Allocation<u32>;

    fn over(region: &'static mut [u64]) -> Self {
        Self(offset_allocator::Allocator::new(size_of_val(region) as u32))
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<Self::Block> {
        self.0.allocate(bytes as u32)
    }

    #[inline]
    fn free(&mut self, block: Self::Block, _bytes: usize) {
        self.0.free(block);
    }
}

/// linked_list_allocator: address-ordered first fit.
pub(crate) struct LinkedList(linked_list_allocator::Heap);

impl Contestant for LinkedList {
    type Block = NonNull<u8>;

    fn over(region: &'static mut [u64]) -> Self {
        let bytes = size_of_val(region);
        // SAFETY: the region lives for ever and nobody else uses it.
        Self(unsafe { linked_list_allocator::Heap::new(region.as_mut_ptr().cast(), bytes) })
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        self.0.allocate_first_fit(layout(bytes)).ok()
    }

    #[inline]
    fn free(&mut self, block: NonNull<u8>, bytes: usize) {
        // SAFETY: a load frees what it was given, once, with the size that it asked for.
        unsafe { self.0.deallocate(block, layout(bytes)) }
    }
}

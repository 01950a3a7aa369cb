//! A block from the allocator under test, behind a face without unsafe code.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc};
use std::hint::black_box;
use std::ptr::NonNull;

/// Alignment of a block for which nothing else was asked: not more than the smallest size, or
/// Rust's `System` would call `posix_memalign` where C calls `malloc`.
const DEFAULT_ALIGN: usize = 8;

/// A live block. Dropping it leaks it; [`Block::free`] gives it back.
///
/// The compiler does not see the address, so it cannot delete a pair of calls. Loads hide the size
/// as well, or a class would be chosen at compile time.
#[derive(Debug)]
pub(crate) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block is owned memory without any tie to the thread that allocated it.
unsafe impl Send for Block {}

impl Block {
    /// Allocates and writes to the block's first byte.
    #[inline]
    pub(crate) fn new(size: usize) -> Block {
        Block::aligned(DEFAULT_ALIGN, size)
    }

    /// Allocates at a multiple of `align` and writes to the block's first byte.
    #[inline]
    pub(crate) fn aligned(align: usize, size: usize) -> Block {
        let layout = layout(align, size);
        // SAFETY: `layout` gives a size over zero.
        let mut block = Block::received(unsafe { alloc(layout) }, layout);
        block.touch(0);
        block
    }

    /// Allocates zeroed memory and writes to nothing.
    #[inline]
    pub(crate) fn zeroed(size: usize) -> Block {
        let layout = layout(DEFAULT_ALIGN, size);
        // SAFETY: `layout` gives a size over zero.
        Block::received(unsafe { alloc_zeroed(layout) }, layout)
    }

    fn received(start: *mut u8, layout: Layout) -> Block {
        match NonNull::new(black_box(start)) {
            Some(start) => Block { start, layout },
            None => handle_alloc_error(layout),
        }
    }

    /// Gives the block back.
    #[inline]
    pub(crate) fn free(self) {
        // SAFETY: `start` came from the allocator with this very layout, and `self` is consumed.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }

    /// Makes the block `size` bytes long, wherever it then stands.
    #[inline]
    pub(crate) fn resized(self, size: usize) -> Block {
        let new = layout(self.layout.align(), size);
        // SAFETY: as for `free`; `layout` has checked the size and keeps it over zero.
        let start = unsafe { realloc(self.start.as_ptr(), self.layout, new.size()) };
        Block::received(start, new)
    }

    /// Writes to the byte at `offset`, or to the last one if the block is shorter.
    #[inline]
    pub(crate) fn touch(&mut self, offset: usize) {
        let offset = offset.min(self.layout.size() - 1);
        // SAFETY: the offset is below the block's size, and `self` owns the block.
        unsafe { self.start.add(offset).write_volatile(1) }
    }

    /// The address, to hand the block to another thread; [`Block::from_address`] is its way back.
    pub(crate) fn into_address(self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// The block at an address that [`Block::into_address`] gave, with the size it was made with.
    ///
    /// # Safety
    /// * `address` came from `into_address`, and is used once;
    /// * `size` is the size with which [`Block::new`] made the block.
    pub(crate) unsafe fn from_address(address: NonNull<u8>, size: usize) -> Block {
        Block {
            start: address,
            layout: layout(DEFAULT_ALIGN, size),
        }
    }
}

#[inline]
fn layout(align: usize, size: usize) -> Layout {
    debug_assert!(size > 0, "a block has a byte to touch");
    Layout::from_size_align(size, align).expect("loads ask for sizes far below isize::MAX")
}

//! The loads on rusty_alloc, linked in. Its crate has functions and no `GlobalAlloc`.
use std::alloc::{GlobalAlloc, Layout};
use std::process::ExitCode;

use rusty_alloc::alloc;

#[global_allocator]
static ALLOCATOR: RustyAlloc = RustyAlloc;

struct RustyAlloc;

/// Up to here `malloc` aligns a block of a size not below the alignment.
const NATURAL_ALIGN: usize = 16;

fn natural(layout: &Layout) -> bool {
    layout.align() <= NATURAL_ALIGN && layout.align() <= layout.size()
}

// SAFETY: the functions are those of a malloc: blocks that do not overlap, aligned to 16 from 16
// bytes on and to 8 below; what needs more goes to the function that aligns.
unsafe impl GlobalAlloc for RustyAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if natural(&layout) {
            return alloc::malloc(layout.size());
        }
        // SAFETY: the alignment of a layout is a power of two.
        unsafe { alloc::malloc_aligned_pow2(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if natural(&layout) {
            return alloc::zalloc(layout.size());
        }
        alloc::zalloc_aligned(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller hands over a live block of this allocator.
        unsafe { alloc::free(block) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if natural(&layout) && size >= layout.align() {
            // SAFETY: as for `dealloc`; a block of this size is aligned by nature.
            return unsafe { alloc::realloc(block, size) };
        }
        // SAFETY: as for `dealloc`.
        unsafe { alloc::realloc_aligned(block, size, layout.align()) }
    }
}

fn main() -> ExitCode {
    loads::main()
}

//! The loads on rpmalloc, linked in. The crate `rpmalloc` reallocates by copying, which is not what
//! the library does; so its functions are called here.
use std::alloc::{GlobalAlloc, Layout};
use std::process::ExitCode;

use rpmalloc_sys as rp;

#[global_allocator]
static ALLOCATOR: RpMalloc = RpMalloc;

struct RpMalloc;

// SAFETY: the functions are those of a malloc: blocks that do not overlap, aligned as asked.
unsafe impl GlobalAlloc for RpMalloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any power of two may be asked for.
        unsafe { rp::rpaligned_alloc(layout.align(), layout.size()) }.cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        unsafe { rp::rpaligned_calloc(layout.align(), 1, layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller hands over a live block of this allocator.
        unsafe { rp::rpfree(block.cast()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        const NO_FLAGS: u32 = 0;
        let (align, old) = (layout.align(), layout.size());
        // SAFETY: as for `dealloc`; the layout has the size that was asked for.
        unsafe { rp::rpaligned_realloc(block.cast(), align, size, old, NO_FLAGS) }.cast()
    }
}

fn main() -> ExitCode {
    loads::main()
}

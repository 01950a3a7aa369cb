//! The heap as a Rust program's global allocator.

use crate::allocate::{ALIGN_MIN, allocate_aligned, allocate_fast, allocate_slow, allocate_zeroed};
use crate::free::deallocate;
use crate::lifecycle;
use crate::resize::reallocate;
use core::alloc::{GlobalAlloc, Layout};

/// Tenure's heap as `#[global_allocator]`. Costs nothing to make; all values are the same heap.
///
/// # Examples
/// ```
/// use tenure_heap::Tenure;
///
/// #[global_allocator]
/// static HEAP: Tenure = Tenure::new();
///
/// fn main() {
///     let names: Vec<String> = (0..1000).map(|i| format!("name {i}")).collect();
///     assert_eq!(names[999], "name 999");
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Tenure;

impl Tenure {
    /// The allocator.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

// SAFETY: blocks have at least `layout.size()` bytes at a multiple of `layout.align()` and stay
// valid until given back (see the crate's invariants); nothing here unwinds.
unsafe impl GlobalAlloc for Tenure {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGN_MIN {
            lifecycle::install();
            return allocate_aligned(layout.align(), layout.size());
        }
        match allocate_fast(layout.size()) {
            Some(block) => block.as_ptr(),
            None => {
                lifecycle::install();
                allocate_slow(layout.size())
            }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller's contract is `deallocate`'s.
        unsafe { deallocate(block) };
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGN_MIN {
            lifecycle::install();
            return allocate_zeroed(layout.size());
        }
        // SAFETY: the caller's contract is that of `alloc`.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // SAFETY: the block was handed out just now and has this many bytes.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= ALIGN_MIN {
            // SAFETY: the caller's contract is `reallocate`'s.
            return unsafe { reallocate(block, size) };
        }
        let target = allocate_aligned(layout.align(), size);
        if !target.is_null() {
            // SAFETY: two distinct blocks, each with at least the smaller of the two sizes; the old
            // one is the caller's to give.
            unsafe {
                target.copy_from_nonoverlapping(block, layout.size().min(size));
                deallocate(block);
            }
        }
        target
    }
}

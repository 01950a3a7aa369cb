//! rusty_alloc, by its functions for C's rules.
use libc::c_void;
use rusty_alloc::alloc;

pub(crate) unsafe fn malloc(size: usize) -> *mut c_void {
    alloc::malloc(size).cast()
}

pub(crate) unsafe fn calloc(count: usize, size: usize) -> *mut c_void {
    alloc::calloc(count, size).cast()
}

/// # Safety
/// `block` is null or live.
pub(crate) unsafe fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller says so.
    unsafe { alloc::realloc(block.cast(), size) }.cast()
}

/// # Safety
/// `block` is null or live.
pub(crate) unsafe fn free(block: *mut c_void) {
    // SAFETY: the caller says so.
    unsafe { alloc::free(block.cast()) }
}

/// # Safety
/// `align` is a power of two.
pub(crate) unsafe fn aligned(align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller says so.
    unsafe { alloc::malloc_aligned_pow2(size, align) }.cast()
}

/// # Safety
/// `block` is live.
pub(crate) unsafe fn usable_size(block: *mut c_void) -> usize {
    // SAFETY: the caller says so.
    unsafe { alloc::usable_size(block.cast_const().cast()) }
}

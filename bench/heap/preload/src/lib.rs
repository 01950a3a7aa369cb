//! The C interface of malloc on a rival that comes as a crate: each call is passed on and nothing
//! is added, so that programs can be run on it by `LD_PRELOAD`.
//!
//! One feature chooses the rival; its file gives the six functions that are passed on to. Each is
//! what C's function of that name is, so their callers keep C's rules, and these are all that the
//! calls below need.

#[cfg_attr(feature = "mimalloc", path = "mimalloc.rs")]
#[cfg_attr(feature = "snmalloc", path = "snmalloc.rs")]
#[cfg_attr(feature = "rpmalloc", path = "rpmalloc.rs")]
#[cfg_attr(feature = "rusty_alloc", path = "rusty_alloc.rs")]
mod rival;

use libc::{EINVAL, ENOMEM, c_int, c_void, size_t};

/// C's `malloc`.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: size_t) -> *mut c_void {
    // SAFETY: any size may be asked for.
    unsafe { rival::malloc(size) }
}

/// C's `calloc`.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: size_t, size: size_t) -> *mut c_void {
    // SAFETY: any count and size may be asked for.
    unsafe { rival::calloc(count, size) }
}

/// C's `realloc`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: size_t) -> *mut c_void {
    // SAFETY: the caller keeps C's rules.
    unsafe { rival::realloc(block, size) }
}

/// C's `free`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: the caller keeps C's rules.
    unsafe { rival::free(block) }
}

/// glibc's `malloc_usable_size`.
///
/// # Safety
/// As in glibc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> size_t {
    if block.is_null() {
        return 0;
    }
    // SAFETY: the caller keeps C's rules.
    unsafe { rival::usable_size(block) }
}

/// C's `aligned_alloc`; an alignment that is no power of two gives nothing.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: size_t, size: size_t) -> *mut c_void {
    if !align.is_power_of_two() {
        return std::ptr::null_mut();
    }
    // SAFETY: `align` is a power of two; any size may be asked for.
    unsafe { rival::aligned(align.max(size_of::<usize>()), size) }
}

/// C's `memalign`.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: size_t, size: size_t) -> *mut c_void {
    aligned_alloc(align, size)
}

/// C's `posix_memalign`.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    place: *mut *mut c_void,
    align: size_t,
    size: size_t,
) -> c_int {
    if !align.is_power_of_two() || align < size_of::<usize>() {
        return EINVAL;
    }
    let block = aligned_alloc(align, size);
    if block.is_null() {
        return ENOMEM;
    }
    // SAFETY: the caller gives a place for the address.
    unsafe { place.write(block) };
    0
}

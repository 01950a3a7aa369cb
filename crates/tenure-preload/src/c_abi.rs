//! The C functions that programs call, with glibc's manners.
//!
//! Where the standards leave a choice we do as glibc 2.36 does, since programs have grown around
//! it:
//! * `malloc(0)` gives a block of its own; `realloc(p, 0)` frees `p` and gives NULL.
//! * A size above `PTRDIFF_MAX` fails with `ENOMEM`, and so does `count * size` that overflows.
//! * `aligned_alloc` is as lenient as `memalign`: the size need not be a multiple of the alignment,
//!   and an alignment that is no power of two is rounded up to one.
//! * `posix_memalign` returns its error, leaves `errno` and on failure `*out` as they were.
//! * `free` leaves `errno` as it was.
//! * `free_sized` and `free_aligned_sized` do not check the size.
//!
//! **Cost:** `malloc` and `free` are the heap's inlined fast paths and a jump to what is not on
//! them; what has to happen once at the start of the process hangs behind the slow path.

use crate::errno::{self, EINVAL, ENOMEM};
use crate::startup;
use core::ffi::{c_int, c_void};
use tenure_base::Align;
use tenure_heap::ALIGN_MIN;
use tenure_os::entry;
use tenure_os::noted_entry;
use tenure_os::process::page_bytes;

/// A block of `size` bytes, or null. Starts the process's heap when this is its first use.
#[inline]
pub(crate) fn allocate(size: usize) -> *mut c_void {
    match tenure_heap::allocate_fast(size) {
        Some(block) => block.as_ptr().cast(),
        None => allocate_slowly(size),
    }
}

/// The rest of [`allocate`], for those who have tried the fast path.
#[inline]
fn allocate_slowly(size: usize) -> *mut c_void {
    startup::ensure();
    entry::forget();
    tenure_heap::allocate_slow(size).cast()
}

/// As [`allocate`], at a multiple of `align`, a power of two.
pub(crate) fn allocate_aligned(align: usize, size: usize) -> *mut c_void {
    if align <= ALIGN_MIN {
        return allocate(size);
    }
    startup::ensure();
    entry::forget();
    tenure_heap::allocate_aligned(align, size).cast()
}

/// As [`allocate_aligned`] with `errno` set on failure, for any alignment, as `memalign` takes it.
fn allocate_rounded(align: usize, size: usize) -> *mut c_void {
    // The next power of two of anything above this does not fit the word.
    if align > 1 << (usize::BITS - 1) {
        return errno::fail(EINVAL);
    }
    or_no_memory(allocate_aligned(align.next_power_of_two(), size))
}

#[inline(always)]
fn or_no_memory(block: *mut c_void) -> *mut c_void {
    if block.is_null() {
        errno::fail(ENOMEM)
    } else {
        block
    }
}

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    match tenure_heap::allocate_fast(size) {
        Some(block) => block.as_ptr().cast(),
        None => malloc_slowly(size),
    }
}

/// Outlined, so that `malloc` needs no stack: it ends in a jump to here.
#[cold]
#[inline(never)]
extern "C" fn malloc_slowly(size: usize) -> *mut c_void {
    let block =
        tenure_heap::allocate_medium(size).or_else(|| tenure_heap::allocate_between_samples(size));
    match block {
        Some(block) => block.as_ptr().cast(),
        None => malloc_noted(size),
    }
}

noted_entry! {
    fn malloc_noted(size: usize) -> *mut c_void = "tenure_malloc_noted" => malloc_generally
}

extern "C" fn malloc_generally(size: usize) -> *mut c_void {
    or_no_memory(allocate_generally(size))
}

/// The rest of `malloc` behind a noted entry, without `errno`.
#[inline]
pub(crate) fn allocate_generally(size: usize) -> *mut c_void {
    startup::ensure();
    tenure_heap::allocate_slow(size).cast()
}

#[unsafe(no_mangle)]
extern "C" fn __libc_malloc(size: usize) -> *mut c_void {
    malloc(size)
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else {
        return errno::fail(ENOMEM);
    };
    match tenure_heap::allocate_fast(bytes) {
        Some(block) => {
            // SAFETY: the block was handed out just now and has at least `bytes` bytes.
            unsafe { block.as_ptr().write_bytes(0, bytes) };
            block.as_ptr().cast()
        }
        None => calloc_noted(bytes),
    }
}

noted_entry! {
    fn calloc_noted(bytes: usize) -> *mut c_void = "tenure_calloc_noted" => calloc_slowly
}

#[cold]
#[inline(never)]
extern "C" fn calloc_slowly(bytes: usize) -> *mut c_void {
    startup::ensure();
    or_no_memory(tenure_heap::allocate_zeroed(bytes).cast())
}

#[unsafe(no_mangle)]
extern "C" fn __libc_calloc(count: usize, size: usize) -> *mut c_void {
    calloc(count, size)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: the C caller hands back a block of ours or null; anything else is told apart by the
    // heap and ends the process.
    unsafe { release(block) };
}

/// Gives a block back, as `free` does.
///
/// # Safety
/// * As for [`tenure_heap::deallocate`].
#[inline(always)]
pub(crate) unsafe fn release(block: *mut c_void) {
    // SAFETY: the caller's promise.
    if !unsafe { tenure_heap::deallocate_fast(block.cast()) } {
        free_beyond(block);
    }
}

/// What is short without being the fast path: null, and blocks that are counted.
#[cold]
#[inline(never)]
extern "C" fn free_beyond(block: *mut c_void) {
    // SAFETY: called by those whose caller hands back a block of ours or null.
    if block.is_null() || unsafe { tenure_heap::deallocate_counted(block.cast()) } {
        return;
    }
    free_noted(block);
}

noted_entry! {
    fn free_noted(block: *mut c_void) = "tenure_free_noted" => free_slowly
}

extern "C" fn free_slowly(block: *mut c_void) {
    // SAFETY: called by those whose caller hands back a block of ours or null.
    unsafe { tenure_heap::deallocate_slow(block.cast()) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_free(block: *mut c_void) {
    // SAFETY: the caller's duties are those of `free`.
    unsafe { free(block) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cfree(block: *mut c_void) {
    // SAFETY: the caller's duties are those of `free`.
    unsafe { free(block) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_cfree(block: *mut c_void) {
    // SAFETY: the caller's duties are those of `free`.
    unsafe { free(block) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free_sized(block: *mut c_void, _size: usize) {
    // SAFETY: the caller's duties are those of `free`.
    unsafe { free(block) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _align: usize, _size: usize) {
    // SAFETY: the caller's duties are those of `free`.
    unsafe { free(block) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: the caller hands back a block of ours, as for `free`.
        unsafe { free(block) };
        return core::ptr::null_mut();
    }
    realloc_noted(block, size)
}

noted_entry! {
    fn realloc_noted(block: *mut c_void, size: usize) -> *mut c_void
        = "tenure_realloc_noted" => realloc_slowly
}

extern "C" fn realloc_slowly(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: called by `realloc` alone, whose caller hands a block of ours; on failure it stays
    // the caller's.
    or_no_memory(unsafe { tenure_heap::reallocate(block.cast(), size) }.cast())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's duties are those of `realloc`.
    unsafe { realloc(block, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's duties are those of `realloc`.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => errno::fail(ENOMEM),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's duties are those of `realloc`.
    unsafe { reallocarray(block, count, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || align < size_of::<*mut c_void>() {
        return EINVAL;
    }
    let block = allocate_aligned(align, size);
    if block.is_null() {
        return ENOMEM;
    }
    // SAFETY: the C caller hands the address of a pointer variable of its own.
    unsafe { *out = block };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    // SAFETY: the caller's duties are those of `posix_memalign`.
    unsafe { posix_memalign(out, align, size) }
}

#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    allocate_rounded(align, size)
}

#[unsafe(no_mangle)]
extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    allocate_rounded(align, size)
}

#[unsafe(no_mangle)]
extern "C" fn __libc_memalign(align: usize, size: usize) -> *mut c_void {
    allocate_rounded(align, size)
}

#[unsafe(no_mangle)]
extern "C" fn valloc(size: usize) -> *mut c_void {
    allocate_rounded(page_bytes(), size)
}

#[unsafe(no_mangle)]
extern "C" fn __libc_valloc(size: usize) -> *mut c_void {
    valloc(size)
}

#[unsafe(no_mangle)]
extern "C" fn pvalloc(size: usize) -> *mut c_void {
    let page = page_bytes();
    match Align::new(page).and_then(|page| page.up(size)) {
        Some(bytes) => allocate_rounded(page, bytes),
        None => errno::fail(ENOMEM),
    }
}

#[unsafe(no_mangle)]
extern "C" fn __libc_pvalloc(size: usize) -> *mut c_void {
    pvalloc(size)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: the C caller hands a block of ours or null.
    unsafe { tenure_heap::usable_size(block.cast()) }
}

/// `pad` is the top that glibc would leave; we have no top, so all that is free goes back.
#[unsafe(no_mangle)]
extern "C" fn malloc_trim(_pad: usize) -> c_int {
    c_int::from(tenure_heap::trim() > 0)
}

/// glibc's knobs turn parts that we do not have: each is taken and changes nothing.
#[unsafe(no_mangle)]
extern "C" fn mallopt(_parameter: c_int, _value: c_int) -> c_int {
    1
}

#[unsafe(no_mangle)]
extern "C" fn __libc_mallopt(parameter: c_int, value: c_int) -> c_int {
    mallopt(parameter, value)
}

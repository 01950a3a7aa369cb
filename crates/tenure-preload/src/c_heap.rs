//! The C functions for heaps that are values, and for the state of the whole heap: `tenure.h`.
//!
//! **The header** is made out of this file by `cargo xtask header`, comments included; what is said
//! here is said to C programmers. **Misuse:** a block that is no block in use ends the process with
//! a line that names it, as in `free`; a heap that has been destroyed is told apart and refused.

use crate::c_abi::{self};
use crate::errno::{self, EINVAL, ENOMEM};
use crate::startup;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::ManuallyDrop;
use tenure_heap::{Answer, Heap, LimitHandler, LimitReached};
use tenure_os::entry;

/// A heap of its own: blocks that can be freed one by one or all at once, and that count against a
/// limit. Any thread may use it. Which thread frees a block does not matter, and `free` and
/// `realloc` take its blocks too.
pub struct TenureHeap {
    _opaque: [u8; 0],
}

/// The numbers of one heap.
#[repr(C)]
pub struct TenureHeapStats {
    /// Blocks in use.
    pub live_blocks: u64,
    /// Their usable bytes.
    pub live_bytes: u64,
    /// Bytes held for blocks, in use or free: what the limit holds.
    pub held_bytes: u64,
    /// The most that this has been.
    pub held_peak_bytes: u64,
    /// The most that it may be; UINT64_MAX for no limit.
    pub limit_bytes: u64,
    /// Blocks handed out since the heap was made.
    pub allocations: u64,
    /// Requests that failed for the limit.
    pub refusals: u64,
}

/// The numbers of the memory of the whole process that Tenure manages, in bytes where they end so.
#[repr(C)]
pub struct TenureUsage {
    /// Memory that may hold something: in use or kept for later.
    pub held_bytes: u64,
    /// The most that this has been.
    pub held_peak_bytes: u64,
    /// Usable bytes of blocks in use.
    pub live_bytes: u64,
    /// Blocks in use.
    pub live_blocks: u64,
    /// Free memory that is kept and could be given back at once.
    pub cached_bytes: u64,
    /// Address space reserved for blocks.
    pub reserved_bytes: u64,
}

/// Asked when a request of `size` bytes meets the limit of `heap`. It may free blocks of the heap
/// and give 1: the request is tried again, at most 16 times. On 0 the request fails. Called on the
/// thread that allocates, without any lock.
pub type TenureLimitCallback =
    Option<unsafe extern "C" fn(heap: *mut TenureHeap, size: usize, context: *mut c_void) -> c_int>;

/// What a pointer of C leads to.
fn open(heap: *mut TenureHeap) -> Option<ManuallyDrop<Heap>> {
    // SAFETY: C callers hand what `tenure_heap_new` gave or null; the books of a heap are never
    // unmapped, so that one which has been destroyed is told apart.
    unsafe { Heap::from_raw(heap.cast()) }
}

/// A heap without a limit; NULL when there is no memory for its books (about 10 KiB). The first 32
/// bytes of `name`, which may be NULL, are kept.
///
/// # Safety
/// * `name` is NULL or a string that ends in a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_new(name: *const c_char) -> *mut TenureHeap {
    // SAFETY: the caller's promise.
    unsafe { tenure_heap_new_limited(name, usize::MAX) }
}

/// A heap that never holds more than `limit_bytes`.
///
/// # Safety
/// * As for `tenure_heap_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_new_limited(
    name: *const c_char,
    limit_bytes: usize,
) -> *mut TenureHeap {
    startup::ensure();
    let name = if name.is_null() {
        ""
    } else {
        // SAFETY: the caller's promise.
        let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
        match core::str::from_utf8(bytes) {
            Ok(name) => name,
            Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    };
    match Heap::with_limit(name, limit_bytes) {
        Some(heap) => heap.into_raw().cast(),
        None => errno::fail(ENOMEM).cast(),
    }
}

/// Ends a heap and gives back all of its blocks at once, without a look at them. NULL and a heap
/// that is destroyed already do nothing.
///
/// # Safety
/// * Nobody uses the heap or a block of it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_destroy(heap: *mut TenureHeap) {
    if let Some(heap) = open(heap) {
        drop(ManuallyDrop::into_inner(heap));
    }
}

fn block_of(heap: *mut TenureHeap, make: impl FnOnce(&Heap) -> *mut u8) -> *mut c_void {
    entry::forget();
    let Some(heap) = open(heap) else {
        return errno::fail(EINVAL);
    };
    let block = make(&heap);
    if block.is_null() {
        return errno::fail(ENOMEM);
    }
    block.cast()
}

/// A block of at least `size` bytes at a multiple of 16. NULL with `errno` set: ENOMEM when the
/// limit or the memory does not allow it, EINVAL for a heap that has been destroyed.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_malloc(heap: *mut TenureHeap, size: usize) -> *mut c_void {
    block_of(heap, |heap| heap.allocate(size))
}

/// As `tenure_heap_malloc` for `count` times `size` bytes, all zero.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_calloc(
    heap: *mut TenureHeap,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => block_of(heap, |heap| heap.allocate_zeroed(bytes)),
        None => errno::fail(ENOMEM),
    }
}

/// A block of at least `size` bytes that begins with the bytes of `block`, which is given back if
/// it is another one. On failure NULL, and `block` stays. It stays in the heap that it is of. NULL
/// for `block` allocates from `heap`; a size of 0 gives a block of its own.
///
/// # Safety
/// * `block` is a block in use or NULL, and is used no more unless NULL is returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_realloc(
    heap: *mut TenureHeap,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    block_of(heap, |heap| unsafe { heap.reallocate(block.cast(), size) })
}

/// As `tenure_heap_malloc`, at a multiple of `alignment`; EINVAL when that is no power of two.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_aligned_alloc(
    heap: *mut TenureHeap,
    alignment: usize,
    size: usize,
) -> *mut c_void {
    if !alignment.is_power_of_two() {
        return errno::fail(EINVAL);
    }
    block_of(heap, |heap| heap.allocate_aligned(alignment, size))
}

/// Gives a block back, on any thread. `free` does the same; this is quicker on the thread that
/// allocated. NULL does nothing.
///
/// # Safety
/// * `block` is a block in use or NULL, and is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_free(heap: *mut TenureHeap, block: *mut c_void) {
    match open(heap) {
        // SAFETY: the caller's promise.
        Some(heap) => unsafe { heap.deallocate(block.cast()) },
        // SAFETY: the caller's promise; a block of a heap that is gone is named as a fault.
        None => unsafe { c_abi::release(block) },
    }
}

/// Bytes of a block in use, at least what was asked for; 0 for NULL.
///
/// # Safety
/// * `block` is a block in use or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_usable_size(block: *const c_void) -> usize {
    // SAFETY: the caller's promise.
    unsafe { tenure_heap::usable_size(block.cast()) }
}

/// Whether a block of the heap that is in use starts at `block`, which may be any address.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_contains(heap: *mut TenureHeap, block: *const c_void) -> c_int {
    c_int::from(open(heap).is_some_and(|heap| heap.contains(block.cast())))
}

/// Writes the numbers of the heap to `stats`. Gives 1, or 0 for a heap that has been destroyed.
/// While other threads work with the heap the numbers are near the truth.
///
/// # Safety
/// * `stats` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_heap_stats(
    heap: *mut TenureHeap,
    stats: *mut TenureHeapStats,
) -> c_int {
    let Some(heap) = open(heap) else { return 0 };
    let found = heap.stats();
    // SAFETY: the caller's promise.
    unsafe {
        stats.write(TenureHeapStats {
            live_blocks: found.live_blocks,
            live_bytes: found.live_bytes,
            held_bytes: found.held_bytes as u64,
            held_peak_bytes: found.held_peak_bytes as u64,
            limit_bytes: found.limit_bytes as u64,
            allocations: found.allocations,
            refusals: found.refusals,
        });
    }
    1
}

/// Changes the limit; SIZE_MAX takes it away. What is held beyond it stays.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_set_limit(heap: *mut TenureHeap, limit_bytes: usize) {
    if let Some(heap) = open(heap) {
        heap.set_limit(limit_bytes);
    }
}

/// Chooses what is asked when a request meets the limit, and what it is passed; NULL: nothing, the
/// request fails.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_heap_set_limit_callback(
    heap: *mut TenureHeap,
    callback: TenureLimitCallback,
    context: *mut c_void,
) {
    let Some(open) = open(heap) else { return };
    open.on_limit(callback.map(|callback| LimitHandler {
        ask,
        context: [
            heap.expose_provenance(),
            callback as usize,
            context.expose_provenance(),
        ],
    }));
}

/// Hands the question on to the function of the C program.
fn ask(reached: LimitReached, [heap, callback, context]: [usize; 3]) -> Answer {
    type Callback = unsafe extern "C" fn(*mut TenureHeap, usize, *mut c_void) -> c_int;
    let pointer = core::ptr::with_exposed_provenance::<()>(callback);
    // SAFETY: `tenure_heap_set_limit_callback` has put a function of this type there, and the C
    // program promises that it can be called with these.
    let answer = unsafe {
        let callback = core::mem::transmute::<*const (), Callback>(pointer);
        callback(
            core::ptr::with_exposed_provenance_mut(heap),
            reached.requested_bytes,
            core::ptr::with_exposed_provenance_mut(context),
        )
    };
    if answer == 0 {
        Answer::Refuse
    } else {
        Answer::TryAgain
    }
}

/// Gives memory that holds no block back to the kernel. Returns the bytes given.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_trim() -> usize {
    tenure_heap::trim()
}

/// Writes the numbers of the whole process to `usage`. While other threads run they are near the
/// truth.
///
/// # Safety
/// * `usage` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tenure_usage(usage: *mut TenureUsage) {
    let found = tenure_heap::usage();
    // SAFETY: the caller's promise.
    unsafe {
        usage.write(TenureUsage {
            held_bytes: found.held_bytes as u64,
            held_peak_bytes: found.held_peak_bytes as u64,
            live_bytes: found.live_bytes as u64,
            live_blocks: found.live_blocks as u64,
            cached_bytes: found.cached_bytes as u64,
            reserved_bytes: found.reserved_bytes as u64,
        });
    }
}

//! C++'s `operator new` and `operator delete` in all their forms.
//!
//! The fast path is that of `malloc`. When there is no memory the throwing forms *jump* to
//! [`new_failed`], which runs the new-handler loop and throws a real `std::bad_alloc`. Because of
//! the jump no Rust frame lies between the thrower and the C++ caller; and should a compiler emit a
//! call instead, the frame has unwind rules and no landing pad, so the exception passes it unseen.
//!
//! Names: `m` is `size_t` on both machines that we run on; `n` is new, `d` delete, `a` array;
//! `St11align_val_t` an alignment, `RKSt9nothrow_t` the form that gives null.

use crate::c_abi::{allocate, allocate_aligned, allocate_generally, release};
use crate::cxx_failure::{new_failed, nothrow_array_failed, nothrow_failed};
use crate::cxx_runtime::NO_ALIGN;
use core::ffi::c_void;
use tenure_os::noted_entry;

#[inline(always)]
fn new(size: usize) -> *mut c_void {
    match tenure_heap::allocate_fast(size) {
        Some(block) => block.as_ptr().cast(),
        None => new_slowly(size),
    }
}

#[cold]
#[inline(never)]
extern "C" fn new_slowly(size: usize) -> *mut c_void {
    match tenure_heap::allocate_between_samples(size) {
        Some(block) => block.as_ptr().cast(),
        None => new_noted(size),
    }
}

noted_entry! {
    /// An exception passes its frame as it passes any without a handler.
    fn new_noted(size: usize) -> *mut c_void = "tenure_new_noted" => new_generally
}

extern "C" fn new_generally(size: usize) -> *mut c_void {
    let block = allocate_generally(size);
    if block.is_null() {
        new_failed(size, NO_ALIGN)
    } else {
        block
    }
}

#[inline(always)]
fn new_aligned(size: usize, align: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        return new_failed(size, align);
    }
    let block = allocate_aligned(align, size);
    if block.is_null() {
        new_failed(size, align)
    } else {
        block
    }
}

#[unsafe(export_name = "_Znwm")]
extern "C" fn operator_new(size: usize) -> *mut c_void {
    new(size)
}

#[unsafe(export_name = "_Znam")]
extern "C" fn operator_new_array(size: usize) -> *mut c_void {
    new(size)
}

#[unsafe(export_name = "_ZnwmSt11align_val_t")]
extern "C" fn operator_new_aligned(size: usize, align: usize) -> *mut c_void {
    new_aligned(size, align)
}

#[unsafe(export_name = "_ZnamSt11align_val_t")]
extern "C" fn operator_new_array_aligned(size: usize, align: usize) -> *mut c_void {
    new_aligned(size, align)
}

#[unsafe(export_name = "_ZnwmRKSt9nothrow_t")]
extern "C" fn operator_new_nothrow(size: usize, _nothrow: *const c_void) -> *mut c_void {
    let block = allocate(size);
    if block.is_null() {
        nothrow_failed(size, NO_ALIGN)
    } else {
        block
    }
}

#[unsafe(export_name = "_ZnamRKSt9nothrow_t")]
extern "C" fn operator_new_array_nothrow(size: usize, _nothrow: *const c_void) -> *mut c_void {
    let block = allocate(size);
    if block.is_null() {
        nothrow_array_failed(size, NO_ALIGN)
    } else {
        block
    }
}

#[inline(always)]
fn new_aligned_or_null(size: usize, align: usize) -> *mut c_void {
    if align.is_power_of_two() {
        allocate_aligned(align, size)
    } else {
        core::ptr::null_mut()
    }
}

#[unsafe(export_name = "_ZnwmSt11align_val_tRKSt9nothrow_t")]
extern "C" fn operator_new_aligned_nothrow(
    size: usize,
    align: usize,
    _nothrow: *const c_void,
) -> *mut c_void {
    let block = new_aligned_or_null(size, align);
    if block.is_null() {
        nothrow_failed(size, align)
    } else {
        block
    }
}

#[unsafe(export_name = "_ZnamSt11align_val_tRKSt9nothrow_t")]
extern "C" fn operator_new_array_aligned_nothrow(
    size: usize,
    align: usize,
    _nothrow: *const c_void,
) -> *mut c_void {
    let block = new_aligned_or_null(size, align);
    if block.is_null() {
        nothrow_array_failed(size, align)
    } else {
        block
    }
}

/// Exports forms of `operator delete` under their mangled names. What they are told beside the
/// address (a size, an alignment, the nothrow tag) is not needed: the heap knows its blocks.
macro_rules! operators_delete {
    ($($symbol:literal $name:ident($($ignored:ident: $kind:ty),*);)*) => {$(
        #[unsafe(export_name = $symbol)]
        unsafe extern "C" fn $name(block: *mut c_void $(, $ignored: $kind)*) {
            // SAFETY: the C++ caller hands back a block of `operator new` or null; anything else is
            // told apart by the heap and ends the process.
            unsafe { release(block) };
        }
    )*};
}

operators_delete! {
    "_ZdlPv" operator_delete();
    "_ZdaPv" operator_delete_array();
    "_ZdlPvm" operator_delete_sized(_size: usize);
    "_ZdaPvm" operator_delete_array_sized(_size: usize);
    "_ZdlPvSt11align_val_t" operator_delete_aligned(_align: usize);
    "_ZdaPvSt11align_val_t" operator_delete_array_aligned(_align: usize);
    "_ZdlPvmSt11align_val_t" operator_delete_sized_aligned(_size: usize, _align: usize);
    "_ZdaPvmSt11align_val_t" operator_delete_array_sized_aligned(_size: usize, _align: usize);
    "_ZdlPvRKSt9nothrow_t" operator_delete_nothrow(_nothrow: *const c_void);
    "_ZdaPvRKSt9nothrow_t" operator_delete_array_nothrow(_nothrow: *const c_void);
    "_ZdlPvSt11align_val_tRKSt9nothrow_t"
        operator_delete_aligned_nothrow(_align: usize, _nothrow: *const c_void);
    "_ZdaPvSt11align_val_tRKSt9nothrow_t"
        operator_delete_array_aligned_nothrow(_align: usize, _nothrow: *const c_void);
}

/// The addresses of the nothrow forms here, to tell them from those of a C++ runtime.
pub(crate) fn nothrow_forms() -> [*const c_void; 4] {
    [
        operator_new_nothrow as *const c_void,
        operator_new_array_nothrow as *const c_void,
        operator_new_aligned_nothrow as *const c_void,
        operator_new_array_aligned_nothrow as *const c_void,
    ]
}

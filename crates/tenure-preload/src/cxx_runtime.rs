//! Finds what belongs to the program's own C++ runtime: the new-handler, the thrower of
//! `bad_alloc`.
//!
//! We link no C++ library; the program has its own, or none. Names are looked up only when there is
//! no memory: first where every library is searched, then in the scope of the library that called,
//! since a plug-in may have brought its runtime in privately (`dlopen` with `RTLD_LOCAL`).

use crate::c_abi::{allocate, allocate_aligned};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::{MaybeUninit, transmute};
use core::ptr::null_mut;
use tenure_os::fatal;

/// What [`retry`] is told in place of an alignment by the forms that have none.
pub(crate) const NO_ALIGN: usize = 0;

const RTLD_DEFAULT: *mut c_void = null_mut();
const RTLD_LAZY: c_int = 1;
const RTLD_NOLOAD: c_int = 4;

/// libc's `Dl_info`.
#[repr(C)]
struct DlInfo {
    file: *const c_char,
    base: *mut c_void,
    symbol: *const c_char,
    symbol_start: *mut c_void,
}

// Part of libc.so since glibc 2.34; an older one has them in libdl, a newer one an empty libdl.
#[link(name = "dl")]
unsafe extern "C" {
    fn dlsym(scope: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dladdr(address: *const c_void, info: *mut DlInfo) -> c_int;
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
    fn dlclose(scope: *mut c_void) -> c_int;
}

fn find_globally(name: &CStr) -> *mut c_void {
    // SAFETY: the name is a C string; the scope is the constant that stands for all libraries.
    unsafe { dlsym(RTLD_DEFAULT, name.as_ptr()) }
}

/// `name` in the library that holds `address` and in the libraries that this one needs, or null.
fn find_beside(address: *const c_void, name: &CStr) -> *mut c_void {
    let mut info = MaybeUninit::<DlInfo>::uninit();
    // SAFETY: `dladdr` takes any address and fills the local when it answers other than zero; the
    // file name that it gives belongs to the loader and lives as long as the library is loaded,
    // which it is, since its code is running below us.
    let scope = unsafe {
        if dladdr(address, info.as_mut_ptr()) == 0 {
            return null_mut();
        }
        dlopen(info.assume_init().file, RTLD_LAZY | RTLD_NOLOAD)
    };
    if scope.is_null() {
        return null_mut();
    }
    // SAFETY: the scope was opened above and is closed once; it was loaded before, so closing only
    // takes back our own count and what was found stays.
    unsafe {
        let found = dlsym(scope, name.as_ptr());
        dlclose(scope);
        found
    }
}

fn find(name: &CStr, caller: *const c_void) -> *mut c_void {
    let found = find_globally(name);
    if found.is_null() {
        find_beside(caller, name)
    } else {
        found
    }
}

/// The address of `std::get_new_handler` and what it says, both null where there is none.
fn new_handler(caller: *const c_void) -> (*mut c_void, *const c_void) {
    let getter = find(c"_ZSt15get_new_handlerv", caller);
    if getter.is_null() {
        return (null_mut(), null_mut());
    }
    // SAFETY: under this mangled name the C++ ABI has a function without arguments, that gives a
    // function pointer and is `noexcept`.
    let getter_call = unsafe { transmute::<*mut c_void, extern "C" fn() -> *const c_void>(getter) };
    (getter, getter_call())
}

/// The new-handler to call before another try, or null to throw. An alignment that is no power of
/// two cannot be had however often one tries.
pub(crate) extern "C" fn handler_for(caller: *const c_void, align: usize) -> *const c_void {
    if align != NO_ALIGN && !align.is_power_of_two() {
        return null_mut();
    }
    new_handler(caller).1
}

/// `std::__throw_bad_alloc` of the runtime that the caller uses. Does not come back without one.
pub(crate) extern "C" fn thrower_for(caller: *const c_void) -> *const c_void {
    let thrower = find(c"_ZSt17__throw_bad_allocv", caller);
    if thrower.is_null() {
        fatal::tell(format_args!(
            "out of memory in operator new called at {caller:p}, and no C++ runtime was found \
             that could throw std::bad_alloc"
        ));
        fatal::abort();
    }
    thrower
}

/// Another try for `new_failed`.
pub(crate) extern "C" fn retry(size: usize, align: usize) -> *mut c_void {
    if align == NO_ALIGN {
        allocate(size)
    } else {
        allocate_aligned(align, size)
    }
}

/// `operator new(size, nothrow)` after the first failure.
pub(crate) extern "C" fn runtime_new(
    size: usize,
    align: usize,
    caller: *const c_void,
) -> *mut c_void {
    nothrow_by_runtime(
        size,
        align,
        caller,
        c"_ZnwmRKSt9nothrow_t",
        c"_ZnwmSt11align_val_tRKSt9nothrow_t",
    )
}

/// `operator new[](size, nothrow)` after the first failure.
pub(crate) extern "C" fn runtime_new_array(
    size: usize,
    align: usize,
    caller: *const c_void,
) -> *mut c_void {
    nothrow_by_runtime(
        size,
        align,
        caller,
        c"_ZnamRKSt9nothrow_t",
        c"_ZnamSt11align_val_tRKSt9nothrow_t",
    )
}

/// Null, unless there is a new-handler: then what it throws must be caught, which only C++ can do.
/// The runtime's own nothrow form does: it calls the throwing form, ours, inside `try`.
fn nothrow_by_runtime(
    size: usize,
    align: usize,
    caller: *const c_void,
    plain: &CStr,
    aligned: &CStr,
) -> *mut c_void {
    let (getter, handler) = new_handler(caller);
    if handler.is_null() {
        return null_mut();
    }
    let own = find_beside(getter, if align == NO_ALIGN { plain } else { aligned });
    let ours = crate::cxx_abi::nothrow_forms();
    if own.is_null() || ours.contains(&own.cast_const()) {
        return null_mut();
    }
    // The forms read the tag's address at most; any will do.
    let tag = (&raw const ours).cast::<c_void>();
    if align == NO_ALIGN {
        type Plain = extern "C" fn(usize, *const c_void) -> *mut c_void;
        // SAFETY: the C++ ABI gives the mangled name this type; the function is `noexcept`.
        let call = unsafe { transmute::<*mut c_void, Plain>(own) };
        call(size, tag)
    } else {
        type Aligned = extern "C" fn(usize, usize, *const c_void) -> *mut c_void;
        // SAFETY: as above, for the form with an alignment.
        let call = unsafe { transmute::<*mut c_void, Aligned>(own) };
        call(size, align, tag)
    }
}

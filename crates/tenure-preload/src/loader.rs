//! `dlclose`, which the recorder has to know of: code that it has met may be gone afterwards.
//!
//! Every other function of the loader is left alone: `dlopen` looks at who calls it, and what it
//! brings is found when it is first met.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

/// `RTLD_NEXT` of glibc: search behind the library that asks.
const NEXT: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);

type Close = unsafe extern "C" fn(*mut c_void) -> c_int;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

static REAL: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

fn real() -> Option<Close> {
    const NAME: &CStr = c"dlclose";
    let mut found = REAL.load(Ordering::Relaxed);
    if found.is_null() {
        // SAFETY: the name is a C string; the search is what the handle is for.
        found = unsafe { dlsym(NEXT, NAME.as_ptr()) };
        REAL.store(found, Ordering::Relaxed);
    }
    // SAFETY: null is None, and anything else is libc's function of that name and type.
    unsafe { core::mem::transmute::<*mut c_void, Option<Close>>(found) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn dlclose(handle: *mut c_void) -> c_int {
    let Some(real) = real() else { return -1 };
    // SAFETY: the caller's duties are those of `dlclose`.
    let result = unsafe { real(handle) };
    tenure_record::library_closed();
    result
}

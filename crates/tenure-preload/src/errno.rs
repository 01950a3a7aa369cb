//! The C library's error number of the calling thread.

use core::ffi::{c_int, c_void};

#[link(name = "c")]
unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
}

/// An argument is not one that the function takes.
pub(crate) const EINVAL: c_int = 22;
/// There is no memory for this.
pub(crate) const ENOMEM: c_int = 12;

/// Sets `errno` to `code` and gives the null pointer that the caller returns.
#[cold]
pub(crate) fn fail(code: c_int) -> *mut c_void {
    // SAFETY: libc gives the address of this thread's own `errno`, which always exists.
    unsafe { *__errno_location() = code };
    core::ptr::null_mut()
}

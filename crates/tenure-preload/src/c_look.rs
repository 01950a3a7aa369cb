//! The C function by which a program has its own heap looked at: `tenure_look`.
//!
//! ```c
//! extern int tenure_look(void) __attribute__((weak));
//! if (tenure_look)
//!     tenure_look();
//! ```

use core::ffi::c_int;

/// Writes down every block in use and from where it can be reached, as `tenure leaks` and `tenure
/// holders` read it, beside the record of this process. The threads stand still for a few
/// milliseconds; a copy of the process does the rest.
///
/// Gives 1, or 0 where nothing is recorded or another look is under way.
#[unsafe(no_mangle)]
pub extern "C" fn tenure_look() -> c_int {
    c_int::from(tenure_record::look_now())
}

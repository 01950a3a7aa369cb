//! The function by which programs that link our crates themselves show us their ledger.

use core::ffi::{c_char, c_int, c_void};
use core::mem::MaybeUninit;
use tenure_base::ledger::{JOIN_SYMBOL, Ledger};

/// What `dladdr` says of an address; the fields are libc's.
#[repr(C)]
struct Place {
    file: *const c_char,
    base: *mut c_void,
    symbol: *const c_char,
    address: *mut c_void,
}

unsafe extern "C" {
    fn dladdr(address: *const c_void, place: *mut Place) -> c_int;
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
}

const RTLD_LAZY: c_int = 1;
const RTLD_NOLOAD: c_int = 4;
const RTLD_NODELETE: c_int = 0x1000;

/// Its name is [`JOIN_SYMBOL`].
#[unsafe(no_mangle)]
unsafe extern "C" fn tenure_ledger_join_1(ledger: *const Ledger) {
    const { assert!(matches!(JOIN_SYMBOL.to_bytes(), b"tenure_ledger_join_1")) };
    // SAFETY: null, or a static of the layout that the name of this function stands for.
    let Some(ledger) = (unsafe { ledger.as_ref() }) else {
        return;
    };
    keep_loaded(core::ptr::from_ref(ledger).cast());
    // One that finds no room is not read; what it counts goes on.
    tenure_record::join(ledger);
}

/// Keeps the library in which `address` lies from being unloaded: its accounts are read later. The
/// program itself is never unloaded, and is not found by its name.
fn keep_loaded(address: *const c_void) {
    let mut place = MaybeUninit::<Place>::zeroed();
    // SAFETY: room for the answer, which is written when the result is not 0.
    let place = unsafe {
        if dladdr(address, place.as_mut_ptr()) == 0 {
            return;
        }
        place.assume_init()
    };
    if !place.file.is_null() {
        // SAFETY: the name is the loader's own. What is not loaded is not loaded now either; the
        // handle is kept for ever.
        unsafe { dlopen(place.file, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) };
    }
}

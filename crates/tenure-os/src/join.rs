//! Meeting the recorder that was preloaded into the process, if there is one.
//!
//! A program that links our crates has a ledger of its own, and the recorder another. The recorder
//! exports a function ([`tenure_base::ledger::JOIN_SYMBOL`]); whoever opens an account calls
//! [`join`] before, which looks for that function once and shows it the ledger. Without a recorder
//! nothing is found, and nothing is done again.

use core::sync::atomic::{AtomicBool, Ordering};
use tenure_base::ledger::LEDGER;

static HAS_LOOKED: AtomicBool = AtomicBool::new(false);

/// Shows the ledger of this copy of our crates to the recorder. Once; a load afterwards.
///
/// Looks through the symbols of the process, so no lock of the loader or of a heap may be held.
#[inline]
pub fn join() {
    if !HAS_LOOKED.load(Ordering::Relaxed) {
        look();
    }
}

#[cold]
fn look() {
    if HAS_LOOKED.swap(true, Ordering::Relaxed) {
        return;
    }
    #[cfg(not(any(miri, tenure_replaced_os)))]
    libc::show(&LEDGER);
    #[cfg(any(miri, tenure_replaced_os))]
    let _ = &LEDGER;
}

#[cfg(not(any(miri, tenure_replaced_os)))]
mod libc {
    use core::ffi::{c_char, c_void};
    use core::ptr::{NonNull, null_mut};
    use tenure_base::ledger::{JOIN_SYMBOL, Ledger};

    unsafe extern "C" {
        fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    }

    /// `RTLD_DEFAULT` of glibc and musl: the search order of the whole process.
    const EVERYWHERE: *mut c_void = null_mut();

    pub(super) fn show(ledger: &'static Ledger) {
        // SAFETY: the symbol is a string with an end.
        let found = unsafe { dlsym(EVERYWHERE, JOIN_SYMBOL.as_ptr()) };
        let Some(found) = NonNull::new(found) else {
            return;
        };
        // SAFETY: who exports a function of this name makes it one of this type, by the
        // documentation of the symbol.
        let join = unsafe {
            core::mem::transmute::<NonNull<c_void>, unsafe extern "C" fn(*const Ledger)>(found)
        };
        // SAFETY: the ledger lives as long as this copy of the crate, and the recorder keeps that
        // from being unloaded.
        unsafe { join(ledger) };
    }
}

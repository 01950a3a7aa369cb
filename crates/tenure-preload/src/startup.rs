//! The process's first and last moments: options, the recorder, hooks.
//!
//! Programs allocate before any constructor of ours runs (a C++ program does so twice at least), so
//! what must precede the first heap hangs on the first slow call of the heap: [`ensure`]. What may
//! allocate itself, or needs libc to be ready, waits for the constructor.
//!
//! **Invariant:** nothing that [`ensure`] calls allocates.

use crate::fault;
use crate::options::Options;
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicU8, Ordering};
use tenure_heap::limit;
use tenure_os::{process, thread};

unsafe extern "C" {
    static environ: *const *const c_char;
}

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const STARTED: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(NOT_STARTED);

/// Runs [`start`] if nobody has yet. One relaxed load afterwards.
#[inline(always)]
pub(crate) fn ensure() {
    // Acquire pairs with the release in `ensure_slowly`: whoever sees STARTED sees the mode too.
    if STATE.load(Ordering::Acquire) != STARTED {
        ensure_slowly();
    }
}

#[cold]
#[inline(never)]
fn ensure_slowly() {
    let claim = STATE.compare_exchange(NOT_STARTED, STARTING, Ordering::Acquire, Ordering::Acquire);
    if claim.is_ok() {
        start();
        STATE.store(STARTED, Ordering::Release);
        return;
    }
    while STATE.load(Ordering::Acquire) != STARTED {
        thread::yield_now();
    }
}

fn start() {
    tenure_heap::set_fault_handler(fault::stop);
    if process::is_secure() {
        return;
    }
    let Some(text) = variable(b"TENURE=") else {
        return;
    };
    let options = Options::parse(text);
    if let Some(purge) = options.purge {
        tenure_heap::set_purge(purge);
    }
    if let Some(limit) = options.limit {
        limit::set_limit(limit);
    }
    options.print_help();
    if let (Some(mode), Some(dir)) = (options.mode, options.dir) {
        tenure_record::start(dir, mode, options.leaks);
    }
}

/// The value of the environment variable that `prefix` (its name and `=`) begins.
fn variable(prefix: &[u8]) -> Option<&'static [u8]> {
    // SAFETY: `environ` is libc's variable; it is null, or points to an array of C strings that
    // ends with null. This runs once, before the program can change its environment in another
    // thread; the value is used before the first allocation returns.
    unsafe {
        let mut entry = environ;
        if entry.is_null() {
            return None;
        }
        while !(*entry).is_null() {
            let text = CStr::from_ptr(*entry).to_bytes();
            if let Some(value) = text.strip_prefix(prefix) {
                return Some(value);
            }
            entry = entry.add(1);
        }
    }
    None
}

extern "C" fn construct() {
    ensure();
    tenure_heap::lifecycle::install();
    tenure_record::ready();
}

extern "C" fn destruct() {
    tenure_record::end_by_exit();
}

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = construct;

#[used]
#[unsafe(link_section = ".fini_array")]
static DESTRUCTOR: extern "C" fn() = destruct;

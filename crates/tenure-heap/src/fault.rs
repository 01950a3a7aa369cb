//! What happens when the program gives back what it does not have.

use core::fmt;
use core::sync::atomic::{AtomicPtr, Ordering};
use tenure_os::fatal;

/// How a pointer handed to `free` is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The block has been freed before and not been handed out again.
    DoubleFree,
    /// The address lies in the heap, but no block in use starts there.
    Interior,
    /// The address lies in no part of the heap.
    Foreign,
}

/// A wrong pointer and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The pointer.
    pub address: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        match self.kind {
            FaultKind::DoubleFree => write!(f, "double free of {address:#x}: freed before"),
            FaultKind::Interior => write!(
                f,
                "invalid free of {address:#x}: inside the heap, but no block in use starts there"
            ),
            FaultKind::Foreign => write!(
                f,
                "invalid free of {address:#x}: not from this heap (a stack, static or mapped \
                 address, or a block of another allocator)"
            ),
        }
    }
}

static HANDLER: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Chooses what is done about a fault, instead of a line on stderr and an abort. The handler runs
/// on the thread at fault, inside `free`, with the heap as it was before the call.
pub fn set_fault_handler(handler: fn(Fault) -> !) {
    HANDLER.store(handler as *mut (), Ordering::Release);
}

#[cold]
#[inline(never)]
pub(crate) fn raise(kind: FaultKind, address: usize) -> ! {
    let fault = Fault { kind, address };
    let handler = HANDLER.load(Ordering::Acquire);
    if handler.is_null() {
        fatal::tell(format_args!("{fault}"));
        fatal::abort();
    }
    // SAFETY: only `set_fault_handler` stores here, and it stores a function of this type.
    let handler = unsafe { core::mem::transmute::<*mut (), fn(Fault) -> !>(handler) };
    handler(fault)
}

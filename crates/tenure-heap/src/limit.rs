//! The limit on what the whole process may hold, for programs that know nothing of it.
//!
//! **Shape:** one account of the ledger, named `process`, opened when a limit is set. It holds what
//! the heap holds (OS pages that may have been written) and what the program has mapped for itself,
//! as far as somebody tells of it ([`mappings`]). OS pages are charged before they may be written,
//! so what is held never passes the limit, on however many threads.
//! **Invariant:** while a limit is set, the account holds `arenas::held_bytes` and the bytes of the
//! mappings; in between a thread may have charged what it is about to hold.
//! **Before a request fails** the heap gives back what it keeps free and tries again, once.
//! **Not counted:** tables of the heap, files of the recorder, stacks of threads.
//! **Cost:** one relaxed load where blocks are carved; nothing where a block is handed out.

pub mod mappings;

use crate::usage;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use tenure_base::ledger::{Account, Kind, LEDGER, Reading};

static IS_ON: AtomicBool = AtomicBool::new(false);
static ACCOUNT: Account = Account::new();
/// Charges that were not taken: a request that fails looks whether it has met one.
static DENIALS: AtomicU64 = AtomicU64::new(0);
static LISTENER: AtomicPtr<()> = AtomicPtr::new(null_mut());

/// A request that failed for the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Bytes that were asked for.
    pub requested_bytes: usize,
    /// Bytes that the process held.
    pub held_bytes: usize,
    /// Bytes that it may hold.
    pub limit_bytes: usize,
}

/// Who is told of refusals, on the thread that is refused and with no lock of the heap held. It
/// must not allocate from the heap.
pub type Listener = fn(Refusal);

/// Lets the process hold at most `bytes` from now on. To be called before the first block, once.
pub fn set_limit(bytes: usize) {
    LEDGER.open(&ACCOUNT, Kind::Process, "process", bytes);
    IS_ON.store(true, Ordering::Release);
}

/// What the limit's account says; `None` where there is no limit.
#[must_use]
pub fn limit() -> Option<Reading> {
    ACCOUNT.read()
}

/// Chooses who is told of refusals.
pub fn set_refusal_listener(listener: Listener) {
    LISTENER.store(listener as *mut (), Ordering::Release);
}

/// Whether there is a limit.
#[inline]
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Whether `bytes` more may be held; they are charged then. True without a limit.
#[inline]
pub(crate) fn charge(bytes: usize) -> bool {
    !is_on() || charge_account(bytes)
}

#[cold]
fn charge_account(bytes: usize) -> bool {
    let is_taken = bytes == 0 || ACCOUNT.try_charge(bytes).is_ok();
    if !is_taken {
        DENIALS.fetch_add(1, Ordering::Relaxed);
    }
    is_taken
}

/// Bytes that are held no longer.
#[inline]
pub(crate) fn uncharge(bytes: usize) {
    if is_on() {
        ACCOUNT.uncharge(bytes);
    }
}

/// What `attempt` makes; where it makes nothing for the limit, what it makes after the heap has
/// given back what it keeps free. No lock may be held. `requested_bytes` are for the listener.
#[inline]
pub(crate) fn within<T>(
    requested_bytes: usize,
    mut attempt: impl FnMut() -> Option<T>,
) -> Option<T> {
    let before = DENIALS.load(Ordering::Relaxed);
    attempt().or_else(|| {
        if !is_on() || DENIALS.load(Ordering::Relaxed) == before {
            return None;
        }
        // Failed for the limit, or beside somebody who did.
        usage::trim();
        let made = attempt();
        if made.is_none() {
            refuse(requested_bytes);
        }
        made
    })
}

/// Counts a request that fails, and tells of it.
#[cold]
fn refuse(requested_bytes: usize) {
    ACCOUNT.note_refusal();
    let listener = LISTENER.load(Ordering::Acquire);
    if listener.is_null() {
        return;
    }
    // SAFETY: `set_refusal_listener` alone stores there, a function of this type.
    let listener = unsafe { core::mem::transmute::<*mut (), Listener>(listener) };
    listener(Refusal {
        requested_bytes,
        held_bytes: ACCOUNT.held_bytes(),
        limit_bytes: ACCOUNT.limit_bytes(),
    });
}

//! Ledgers beside the recorder's own: those of programs and libraries that link our crates
//! themselves.
//!
//! **Invariant:** the list only grows, and each ledger is on it once.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};
use tenure_base::ledger::{LEDGER, Ledger, Reading};

/// Copies of our crates in one process that are listened to; more than a program and its plugins.
const JOINED_MAX: usize = 16;

static JOINED: [AtomicPtr<Ledger>; JOINED_MAX] = [const { AtomicPtr::new(null_mut()) }; JOINED_MAX];

/// Reads the accounts of `ledger` too from now on; false when there is no room for one more. The
/// recorder's own, and one that has joined, change nothing.
pub fn join(ledger: &'static Ledger) -> bool {
    if core::ptr::eq(ledger, &raw const LEDGER) {
        return true;
    }
    let new = core::ptr::from_ref(ledger).cast_mut();
    JOINED.iter().any(|place| {
        // Release pairs with the acquire in `readings`: what the ledger says is there to be read.
        let put = place.compare_exchange(null_mut(), new, Ordering::Release, Ordering::Relaxed);
        put.map_or_else(|there| core::ptr::eq(there, new), |_| true)
    })
}

/// What each open account of all ledgers says.
pub(crate) fn readings() -> impl Iterator<Item = Reading> {
    let others = JOINED.iter().filter_map(|place| {
        // SAFETY: null, or a `&'static Ledger` that `join` has put there.
        unsafe { place.load(Ordering::Acquire).as_ref() }
    });
    core::iter::once(&LEDGER)
        .chain(others)
        .flat_map(Ledger::readings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_base::ledger::{Account, Kind, UNLIMITED};

    #[test]
    fn a_ledger_that_has_joined_is_read_once() {
        static OTHER: Ledger = Ledger::new();
        static TILES: Account = Account::new();
        OTHER.open(&TILES, Kind::Arena, "joined tiles", UNLIMITED);
        assert!(join(&OTHER) && join(&OTHER) && join(&LEDGER));
        let mut room = [0; tenure_base::ledger::NAME_BYTES_MAX];
        let found = readings().filter(|reading| reading.name.text(&mut room) == "joined tiles");
        assert_eq!(found.count(), 1);
    }
}

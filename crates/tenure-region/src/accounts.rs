//! The accounts of the ledger that regions have: one for each name, which all arenas of that name
//! share.
//!
//! A program may make an arena for every request; what it wants to see is what all of them hold.
//! **Cost:** a lock and a search through at most [`SHARED_MAX`] names when an arena makes its first
//! chunk; afterwards a chunk costs two atomics. An arena without a name has no account.

use tenure_base::ledger::{Account, Kind, LEDGER, Shared};

/// Names for which there is an account; arenas of further names have none.
const SHARED_MAX: usize = 64;

static SHARED: Shared<SHARED_MAX> = Shared::new();

/// Opens an account under a name. A recorder in the process sees it from then on.
pub(crate) fn open(account: &'static Account, kind: Kind, name: &str, limit_bytes: usize) {
    tenure_os::join::join();
    LEDGER.open(account, kind, name, limit_bytes);
}

/// The account of all managers of this kind and name; `None` without a name, and when all accounts
/// have other names.
pub(crate) fn shared(kind: Kind, name: &str) -> Option<&'static Account> {
    if name.is_empty() {
        return None;
    }
    tenure_os::join::join();
    SHARED.account(&LEDGER, kind, name)
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Arena;
    use tenure_base::ledger::NAME_BYTES_MAX;

    /// What the account of arenas with this name says: held, used, peak.
    fn told(name: &str) -> Option<(usize, usize, usize)> {
        let found = LEDGER.readings().find(|reading| {
            let mut room = [0; NAME_BYTES_MAX];
            reading.kind == Kind::Arena && reading.name.text(&mut room) == name
        })?;
        Some((found.held_bytes, found.used_bytes, found.peak_bytes))
    }

    #[test]
    fn arenas_of_one_name_are_one_account() {
        let (mut first, second) = (Arena::named("twins"), Arena::named("twins"));
        assert_eq!(
            told("twins"),
            None,
            "an arena without a chunk has no account"
        );
        first.slice_fill(10_000, 0_u8);
        second.slice_fill(100_000, 0_u8);
        let both = first.usage().held_bytes + second.usage().held_bytes;
        assert_eq!(told("twins"), Some((both, both, both)));
        let of_first = first.usage().held_bytes;
        first.reset();
        assert_eq!(told("twins"), Some((both, both - of_first, both)));
        drop(second);
        assert_eq!(told("twins"), Some((of_first, 0, both)));
        first.slice_fill(10_000, 0_u8);
        first.slice_fill(50_000, 0_u8);
        first.reset();
        first.trim(0);
        assert_eq!(told("twins").map(|told| (told.0, told.1)), Some((0, 0)));
    }

    #[test]
    fn an_arena_without_a_name_is_in_no_account() {
        let arena = Arena::new();
        arena.slice_fill(10_000, 0_u8);
        assert_eq!((told(""), told("arena")), (None, None));
    }

    #[test]
    fn a_long_name_is_found_by_what_is_kept_of_it() {
        let name = "the arena of the requests that wait";
        assert!(name.len() > NAME_BYTES_MAX);
        let kept = shared(Kind::Arena, name).map(core::ptr::from_ref);
        assert_eq!(kept, shared(Kind::Arena, name).map(core::ptr::from_ref));
    }

    #[test]
    fn reservations_and_scratch_stacks_tell_what_they_have_committed() {
        let arena = crate::VirtualArena::reserve_named(1 << 30, "rows told").unwrap();
        assert_eq!(told("rows told"), None);
        arena.slice_fill(100_000, 0_u8);
        let open = arena.committed_bytes();
        assert_eq!(told("rows told"), Some((open, open, open)));
        drop(arena);
        assert_eq!(told("rows told"), Some((0, 0, open)));
        crate::scratch(|s| Ok(s.slice::<u8>(10 << 20)?.len())).unwrap();
        assert!(told("scratch").unwrap().0 >= 10 << 20);
    }

    #[test]
    fn a_typed_arena_tells_its_chunks() {
        let (first, second) = (
            crate::TypedArena::named("typed told"),
            crate::TypedArena::named("typed told"),
        );
        first.alloc(std::string::String::new());
        (0..10_000_u64).for_each(|n| *second.alloc(n) += 1);
        let of_first = first.held_bytes();
        let both = of_first + second.held_bytes();
        assert_eq!(told("typed told"), Some((both, both, both)));
        assert_eq!(second.into_values().count(), 10_000);
        assert_eq!(told("typed told"), Some((of_first, of_first, both)));
        drop(first);
        assert_eq!(told("typed told"), Some((0, 0, both)));
    }
}

//! The arena is reset while a side scope is alive.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let scope = arena.side();
    drop(scope); //@ right
    arena.reset();
    scope.alloc_plain(1u32); //@ wrong
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

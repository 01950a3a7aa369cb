//! The arena is used while a tail scope lies on it.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let other = Arena::new();
    let _ = &other;
    arena.tail(|scope| {
        scope.alloc_plain(1u32);
        arena.alloc_plain(2u32); //@ wrong
        other.alloc_plain(2u32); //@ right
    });
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

//! The arena is reset while a value is in use.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let value = arena.alloc_plain(1u32);
    let copy = *value;
    arena.reset();
    let _ = *value + copy; //@ wrong
    let _ = copy; //@ right
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

//! The arena is reset while a box is alive.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let name = arena.alloc(String::from("a"));
    drop(name); //@ right
    arena.reset();
    drop(name); //@ wrong
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

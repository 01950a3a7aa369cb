//! A tail scope begins while a value of the arena is in use.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let value = arena.alloc_plain(1u32);
    let before = *value;
    let _ = before;
    arena.tail(|scope| scope.alloc_plain(2u32).to_string());
    *value += 1; //@ wrong
    let _ = before + 1; //@ right
}
//~ 10: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

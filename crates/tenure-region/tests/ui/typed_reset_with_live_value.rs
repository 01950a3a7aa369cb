//! A typed arena is reset while a value is in use.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = tenure_region::TypedArena::new();
    let value = arena.alloc(1u32);
    let copy = *value;
    arena.reset();
    *value += copy; //@ wrong
    let _ = copy; //@ right
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

//! A value outlives its side scope.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    let scope = arena.side();
    let value = scope.alloc_plain(1u32);
    let copy = *value;
    drop(scope);
    *value += copy; //@ wrong
    let _ = copy; //@ right
}
//~ 10: E0505: cannot move out of `scope` because it is borrowed

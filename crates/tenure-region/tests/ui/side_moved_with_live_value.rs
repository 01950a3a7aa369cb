//! A side scope moves while a value is in use, and ends elsewhere.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    let scope = arena.side();
    let value = scope.alloc_plain(1u32);
    *value += 1;
    let mut scopes = vec![scope];
    scopes.clear();
    *value += 1; //@ wrong
}
//~ 10: E0505: cannot move out of `scope` because it is borrowed

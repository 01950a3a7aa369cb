//! A value leaves its tail scope by return.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let leaked = arena.tail(|scope| {
        let value = scope.alloc_plain(1u32);
        value //@ wrong
        *value //@ right
    });
    let _ = leaked;
}
//~ 9: E-: lifetime may not live long enough
//~ 9: E0515: cannot return value referencing function parameter `scope`

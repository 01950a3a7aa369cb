//! A side scope outlives its arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new(); //@ right
    let scope = {
        let arena = Arena::new(); //@ wrong
        arena.side()
    };
    scope.alloc_plain(1u32);
}
//~ 9: E0597: `arena` does not live long enough

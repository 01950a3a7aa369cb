//! A reference outlives the arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new(); //@ right
    let value = {
        let arena = Arena::new(); //@ wrong
        arena.alloc_plain(1u32)
    };
    *value += 1;
}
//~ 9: E0597: `arena` does not live long enough

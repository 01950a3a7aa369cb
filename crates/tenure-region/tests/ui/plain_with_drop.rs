//! A value that needs a drop is taken for plain.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    arena.alloc_plain(String::new()); //@ wrong
    arena.alloc_plain(&""); //@ right
}
//~ in the library: E0080: evaluation panicked

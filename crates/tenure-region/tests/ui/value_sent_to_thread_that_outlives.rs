//! A value goes to a thread that may outlive the arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    let value = arena.alloc_plain(1u32);
    std::thread::spawn(move || *value += 1); //@ wrong
    std::thread::scope(|threads| { threads.spawn(move || *value += 1); }); //@ right
}
//~ 7: E0597: `arena` does not live long enough

//! Two threads share an arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        threads.spawn(|| { arena.alloc_plain(1u32); }); //@ wrong
        threads.spawn(|| { Arena::new().alloc_plain(1u32); }); //@ right
    });
    drop(arena);
}
//~ 8: E0277: shared between threads safely

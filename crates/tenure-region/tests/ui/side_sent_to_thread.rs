//! A side scope goes to another thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        let scope = arena.side(); //@ wrong
        let scope = Arena::new(); //@ right
        threads.spawn(move || { scope.alloc_plain(1u32); });
    });
    drop(arena);
}
//~ 10: E0277: sent between threads safely
//~ 10: E0277: shared between threads safely

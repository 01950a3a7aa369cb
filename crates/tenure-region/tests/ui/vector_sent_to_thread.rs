//! A vector, which can grow, goes to another thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    std::thread::scope(|threads| {
        let mut numbers = ArenaVec::new_in(&arena);
        numbers.push(1u32);
        let numbers = numbers.into_slice(); //@ right
        threads.spawn(move || numbers.len());
    });
}
//~ 11: E0277: sent between threads safely
//~ 11: E0277: shared between threads safely

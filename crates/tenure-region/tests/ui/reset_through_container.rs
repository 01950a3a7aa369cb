//! A vector resets the arena that it lies in.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    arena.reset(); //@ right
    let numbers = ArenaVec::<u32>::new_in(&arena);
    numbers.region().reset(); //@ wrong
    drop(numbers);
}
//~ 9: E0599: no method named `reset` found for reference `&Bump` in the current sco

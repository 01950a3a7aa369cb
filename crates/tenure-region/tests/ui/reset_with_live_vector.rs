//! The arena is reset while a vector is alive.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let mut numbers = ArenaVec::new_in(&arena);
    numbers.push(1);
    drop(numbers); //@ right
    arena.reset();
    numbers.push(2); //@ wrong
}
//~ 10: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

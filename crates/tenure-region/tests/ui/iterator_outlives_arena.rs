//! An iterator over a vector outlives the arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new(); //@ right
    let mut left = {
        let arena = Arena::new(); //@ wrong
        let mut numbers = ArenaVec::new_in(&arena);
        numbers.push(1);
        numbers.into_iter()
    };
    left.next();
}
//~ 9: E0597: `arena` does not live long enough

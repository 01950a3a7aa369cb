//! A vector of the outer scope grows inside the inner one.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    arena.tail(|mut outer| {
        let mut numbers = ArenaVec::new_in(&outer); //@ wrong
        let mut numbers = Vec::new(); //@ right
        numbers.push(1);
        outer.tail(|_inner| numbers.push(2));
    });
}
//~ 11: E0502: cannot borrow `outer` as mutable because it is also borrowed as immuta

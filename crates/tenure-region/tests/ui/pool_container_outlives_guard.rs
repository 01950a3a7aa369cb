//! A vector of a pool's arena outlives the guard.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let pool = tenure_region::ArenaPool::new();
    let guard = pool.take(); //@ right
    let mut numbers = {
        let guard = pool.take(); //@ wrong
        ArenaVec::new_in(&guard)
    };
    numbers.push(1);
}
//~ 10: E0597: `guard` does not live long enough

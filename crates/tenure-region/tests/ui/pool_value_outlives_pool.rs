//! A value of a pool outlives a reset of the pool.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut pool = tenure_region::ArenaPool::new();
    let value = pool.take().alloc_plain(1u32);
    let copy = *value;
    pool.reset();
    *value += copy; //@ wrong
    let _ = copy; //@ right
}
//~ 9: E0502: cannot borrow `pool` as mutable because it is also borrowed as immutab

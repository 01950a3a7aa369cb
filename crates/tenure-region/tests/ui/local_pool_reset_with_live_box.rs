//! A pool takes all places back while a box has one.

fn main() {
    let mut pool = tenure_region::LocalPool::new();
    let value = pool.alloc(1);
    pool.reset(); //@ wrong
    drop(value);
    pool.reset(); //@ right
}
//~ 6: E0502: cannot borrow `pool` as mutable because it is also borrowed as immutab

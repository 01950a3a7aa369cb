//! A box outlives the pool of one thread that its value lies in.

fn main() {
    let pool = tenure_region::LocalPool::new();
    let value = pool.alloc(1);
    drop(pool); //@ wrong
    assert_eq!(*value, 1);
}
//~ 6: E0505: cannot move out of `pool` because it is borrowed

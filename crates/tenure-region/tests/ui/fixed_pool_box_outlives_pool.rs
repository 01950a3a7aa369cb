//! A box outlives the pool that its value lies in.

fn main() {
    let pool = tenure_region::Pool::<u32, 4>::new();
    let value = pool.alloc(1).unwrap();
    drop(pool); //@ wrong
    assert_eq!(*value, 1);
}
//~ 6: E0505: cannot move out of `pool` because it is borrowed

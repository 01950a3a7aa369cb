//! A reference to a value outlives its box, though the pool lives on.

fn main() {
    let pool = tenure_region::LocalPool::new();
    let value = pool.alloc(1);
    let kept: &i32 = &value; //@ wrong
    let kept: &i32 = tenure_region::LocalBox::leak(value); //@ right
    drop(value); //@ wrong
    assert_eq!(*kept, 1);
}
//~ 8: E0505: cannot move out of `value` because it is borrowed

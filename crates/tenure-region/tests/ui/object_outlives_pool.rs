//! An object outlives the pool that it goes back to.

fn main() {
    let pool = tenure_region::ObjectPool::new(String::new);
    let text = pool.take();
    let text = text.detach(); //@ right
    drop(pool);
    println!("{}", text.len());
}
//~ 7: E0505: cannot move out of `pool` because it is borrowed

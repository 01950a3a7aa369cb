//! A box goes to another thread, which would free its place there.

fn main() {
    let pool = tenure_region::LocalPool::new();
    let value = pool.alloc(1);
    std::thread::scope(|threads| {
        threads.spawn(move || drop(value)); //@ wrong
        threads.spawn(|| assert_eq!(*value, 1)); //@ right
    });
}
//~ 7: E0277: sent between threads safely
//~ 7: E0277: shared between threads safely

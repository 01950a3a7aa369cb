//! Two threads share a pool of one thread.

fn main() {
    let mut pool = tenure_region::LocalPool::new();
    pool.reset();
    std::thread::scope(|threads| {
        threads.spawn(|| pool.alloc(1).max(2)); //@ wrong
        threads.spawn(move || pool.alloc(1).max(2)); //@ right
    });
}
//~ 7: E0277: shared between threads safely

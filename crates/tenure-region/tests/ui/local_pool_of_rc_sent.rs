//! A pool whose values must stay on their thread goes to another one.
use std::rc::Rc; //@ wrong
use std::sync::Arc as Rc; //@ right

fn main() {
    let pool = tenure_region::LocalPool::new();
    drop(pool.alloc(Rc::new(1)));
    std::thread::spawn(move || pool.len()).join().unwrap();
}
//~ 8: E0277: sent between threads safely

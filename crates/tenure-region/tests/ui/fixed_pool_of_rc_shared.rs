//! A pool in a static hands a value that must stay on its thread to another one.
use std::rc::Rc; //@ wrong
use std::sync::Arc as Rc; //@ right

static POOL: tenure_region::Pool<Rc<u32>, 4> = tenure_region::Pool::new();

fn main() {
    drop(POOL.alloc(Rc::new(1)));
}
//~ 5: E0277: sent between threads safely

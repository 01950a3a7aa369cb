//! A pool whose objects must stay on their thread is shared by two.
use std::rc::Rc; //@ wrong
use std::sync::Arc as Rc; //@ right

fn main() {
    let pool = tenure_region::ObjectPool::new(Vec::<Rc<u32>>::new);
    std::thread::scope(|scope| {
        scope.spawn(|| drop(pool.take()));
    });
}
//~ 8: E0277: sent between threads safely

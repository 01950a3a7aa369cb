//! A small box takes a value to another thread that must stay on its own.
use std::cell::Cell;

tenure_region::static_pool! { struct Cells: Cell<u32>; 4 }

fn main() {
    let cell = tenure_region::HomeBox::<Cells>::new(Cell::new(1)).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| cell.set(2)); //@ wrong
        scope.spawn(move || cell.set(2)); //@ right
    });
}
//~ 9: E0277: shared between threads safely

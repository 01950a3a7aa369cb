//! A pointer lies in a cell with a borrow, which has no barrier.

#[derive(Trace)]
pub struct Node<'gc>(
    RefCell<Vec<Gc<'gc, u8>>>, //@ wrong
    Vec<Gc<'gc, u8>>, //@ right
);

fn main() {}
//~ 5: E0277: the collectors cannot look into `RefCell<Vec<Gc<'gc, u8>>>`

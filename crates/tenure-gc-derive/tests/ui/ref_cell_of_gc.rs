//! A pointer lies in a cell with a borrow, which has no barrier.

#[derive(Trace)]
pub struct Node<'gc>(
    RefCell<Vec<Gc<'gc, u8>>>, //@ wrong
    Vec<Gc<'gc, u8>>, //@ right
);

fn main() {}
//~ 5: E-: implementation of `Trace` is not general enough
//~ 5: E-: lifetime may not live long enough

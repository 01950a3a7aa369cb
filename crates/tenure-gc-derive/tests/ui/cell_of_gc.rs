//! A pointer lies in a cell, which has no barrier.

#[derive(Trace)]
pub struct Node<'gc> {
    pub left: Option<Gc<'gc, u8>>,
    pub next: Cell<Option<Gc<'gc, u8>>>, //@ wrong
    pub next: Option<Gc<'gc, u8>>, //@ right
}

fn main() {}
//~ 6: E-: implementation of `Trace` is not general enough
//~ 6: E-: lifetime may not live long enough

//! A field that is said to be static holds a pointer.

#[derive(Trace)]
pub struct Node<'gc> {
    #[trace(static)] //@ wrong
    pub next: Gc<'gc, u8>,
    #[trace(static)]
    pub count: Cell<u8>,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 6: E-: lifetime may not live long enough

//! A type that is said to be static holds a pointer of a brand.

#[derive(Trace)]
#[trace(static)] //@ wrong
pub struct Node<'gc> {
    pub next: Gc<'gc, u8>,
}

fn used<'gc, T: Trace<'gc>>(_: &T) {}

pub fn any<'gc>(node: &Node<'gc>) {
    used::<'gc, _>(node);
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 12: E0521: borrowed data escapes outside of function

//! The brand named is no lifetime of the type.

#[derive(Trace)]
#[trace(brand = 'b)] //@ wrong
pub struct Node<'a> {
    pub next: Gc<'a, u8>,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 4: E-: the type has no such lifetime

//! A type has two lifetimes, and does not say which is the brand.

#[derive(Trace)]
#[trace(brand = 'b)] //@ right
pub struct Node<'a, 'b> {
    pub name: PhantomData<&'a u8>,
    pub next: Gc<'b, u8>,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E-: which lifetime is the brand of the pointers? Say `#[trace(brand = 'a)]

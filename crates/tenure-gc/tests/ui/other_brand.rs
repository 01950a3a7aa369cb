//! A type that is visited for one brand holds a pointer of another.

#[derive(Trace)]
#[trace(brand = 'a)]
pub struct Node<'a, 'b> {
    pub own: Gc<'a, PhantomData<&'b u8>>,
    pub other: Gc<'b, u8>, //@ wrong
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 7: E-: lifetime may not live long enough

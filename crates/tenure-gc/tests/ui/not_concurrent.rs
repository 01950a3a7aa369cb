//! A field cannot be visited while its owner writes.

#[derive(Trace)]
#[trace(concurrent)]
pub struct Node<'gc> {
    pub brand: PhantomData<&'gc u8>,
    pub list: Vec<Gc<'gc, u8>>, //@ wrong
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 7: E0080: evaluation panicked

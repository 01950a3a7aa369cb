//! A parameter is filled with a pointer of another brand.

#[derive(Trace)]
pub struct Pair<T> {
    pub value: T,
}

fn stored<'gc, T: Trace<'gc>>(_: &Gc<'gc, u8>, _: &T) {}

pub fn mixed<'a, 'b>(heap: &Gc<'a, u8>, value: &Pair<Gc<'b, u8>>) {
    stored(heap, value); //@ wrong
    let _ = (heap, value); //@ right
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 11: E-: lifetime may not live long enough

//! An attribute stands on a variant.

#[derive(Trace)]
pub enum Node {
    #[trace(static)] //@ wrong
    Leaf(#[trace(static)] Cell<u8>), //@ right
    Leaf(u8), //@ wrong
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E-: `trace` says nothing on a variant

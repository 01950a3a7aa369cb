//! A word that the derive does not know.

#[derive(Trace)]
pub struct Node {
    #[trace(skip)] //@ wrong
    #[trace(static)] //@ right
    pub count: u32,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E-: on a field, `trace` knows `static` alone

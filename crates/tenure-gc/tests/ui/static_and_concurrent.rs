//! Words that contradict each other.

#[derive(Trace)]
#[trace(static, concurrent)] //@ wrong
#[trace(static)] //@ right
pub struct Node {
    pub count: Cell<u32>,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 4: E-: of a type that is `static` no field is visited

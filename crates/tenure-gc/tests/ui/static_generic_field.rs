//! A field of a type not known to be static is said to be so.

#[derive(Trace)]
pub struct Node<T> //@ wrong
pub struct Node<T: 'static> //@ right
{
    #[trace(static)]
    pub value: T,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 8: E0310: the parameter type `T` may not live long enough

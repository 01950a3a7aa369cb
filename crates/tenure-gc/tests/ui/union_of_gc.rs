//! A union does not say which field is in use.

#[derive(Trace)]
pub union Node { //@ wrong
pub struct Node { //@ right
    pub a: u32,
    pub b: f32,
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 4: E-: a union does not say which of its fields is in use, so nobody can visi

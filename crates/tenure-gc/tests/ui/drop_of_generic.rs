//! A type with a parameter, which may be a pointer, implements Drop.

#[derive(Trace)]
#[trace(unsafe_drop)] //@ right
pub struct Node<T: 'static> {
    pub value: T,
}

impl<T: 'static> Drop for Node<T> {
    fn drop(&mut self) {}
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E0119: conflicting implementations of trait `WhatHoldsGcMayNotImplementDrop` 

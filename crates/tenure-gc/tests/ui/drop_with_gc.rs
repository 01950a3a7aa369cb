//! A type with a brand implements Drop.

#[derive(Trace)]
pub struct Node<'gc> {
    pub next: Gc<'gc, u8>,
}

impl Drop for Node<'_> { //@ wrong
    fn drop(&mut self) {} //@ wrong
} //@ wrong

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 4: E0119: conflicting implementations of trait `WhatHoldsGcMayNotImplementDrop` 

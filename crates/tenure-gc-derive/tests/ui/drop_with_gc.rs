//! A type with a brand implements Drop.

#[derive(Trace)]
pub struct Node<'gc> {
    pub next: Gc<'gc, u8>,
}

impl Drop for Node<'_> { //@ wrong
    fn drop(&mut self) {} //@ wrong
} //@ wrong

fn main() {}
//~ 4: E0119: conflicting implementations of trait `WhatHoldsGcMayNotImplementDrop` 

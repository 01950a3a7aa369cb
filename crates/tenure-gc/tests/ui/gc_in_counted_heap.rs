//! A pointer of a collected heap gets into a counted one.

pub fn keep<'gc>(heap: &tenure_gc::CountedHeap, pointer: Gc<'gc, u8>) {
    let _ = heap.cc(Some(pointer)); //@ wrong
    let _ = (heap, pointer); //@ right
}

fn main() {}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 4: E-: implementation of `Trace` is not general enough
//~ 4: E0521: borrowed data escapes outside of function

//! A handle is turned into one of another type, which is no coercion.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let _ = tenure_gc::unsize!(heap.cc(1u8) => u64); //@ wrong
    let _ = tenure_gc::unsize!(heap.cc(1u8) => dyn std::fmt::Debug); //@ right
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E0308: mismatched types

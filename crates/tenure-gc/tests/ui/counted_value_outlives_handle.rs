//! A reference to a counted value outlives its handle.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let handle = heap.cc(String::new());
    let text: &str = &handle;
    drop(handle); //@ wrong
    println!("{text}");
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 7: E0505: cannot move out of `handle` because it is borrowed

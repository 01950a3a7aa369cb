//! A counted value does not own what it holds.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let text = String::from("text");
    let handle = heap.cc(text.as_str()); //@ wrong
    let handle = heap.cc(text.clone()); //@ right
    drop(text);
    println!("{}", *handle);
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 6: E0597: `text` does not live long enough
//~ 8: E0505: cannot move out of `text` because it is borrowed

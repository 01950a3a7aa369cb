//! A counted handle is sent to another thread.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let handle = heap.cc(1u8);
    std::thread::spawn(move || *handle); //@ wrong
    let _ = move || *handle; //@ right
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 6: E0277: sent between threads safely

//! A counted heap is shared between threads.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    std::thread::scope(|scope| { scope.spawn(|| heap.stats()); }); //@ wrong
    let _ = || heap.stats(); //@ right
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 5: E0277: shared between threads safely

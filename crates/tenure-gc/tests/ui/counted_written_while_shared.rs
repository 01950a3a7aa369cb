//! A counted value is written to without a cell or the only handle.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let mut handle = heap.cc(String::new());
    handle.push('a'); //@ wrong
    tenure_gc::Cc::make_mut(&mut handle).push('a'); //@ right
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 6: E0596: cannot borrow data in dereference of `Cc<String>` as mutable

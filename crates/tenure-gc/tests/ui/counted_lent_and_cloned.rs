//! A handle is copied while its value is lent out mutably.

use tenure_gc::Cc;

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let mut handle = heap.cc(String::new());
    let mut lent = Cc::make_mut(&mut handle);
    let other = handle.clone(); //@ wrong
    lent.push('a');
    drop(lent); //@ right
    let _ = handle.clone(); //@ right
}

#[allow(unused_imports, reason = "one ending for all")]
use {
    std::cell::{Cell, RefCell},
    std::marker::PhantomData,
    tenure_gc::{Gc, Relocator, Trace, Visitor},
};
//~ 9: E0502: cannot borrow `handle` as immutable because it is also borrowed as mut

//! A reference to a value leaves the mutation.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Node<'gc> {
    number: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

type List = Root![Option<Gc<'_, Node<'_>>>];

fn main() {
    let mut heap = Heap::<List>::new(|mc| {
        Some(mc.alloc(Node { number: 1, next: Lock::new(None) }))
    });
    let kept = heap.mutate(|_, root| &root.unwrap().as_ref().number); //@ wrong
    let kept = heap.mutate(|_, root| root.unwrap().as_ref().number); //@ right
    let _ = kept;
}
//~ 17: E-: lifetime may not live long enough

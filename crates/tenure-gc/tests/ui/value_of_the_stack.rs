//! A value that borrows from the stack is put into a heap.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Node<'gc> {
    number: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

type List = Root![Option<Gc<'_, Node<'_>>>];

fn main() {
    let mut heap = Heap::<List>::new(|_| None);
    let local = 1;
    heap.mutate(|mc, _| *mc.alloc(&local)); //@ wrong
    heap.mutate(|mc, _| *mc.alloc(local)); //@ right
}
//~ 16: E0277: the collectors cannot look into `&{integer}`

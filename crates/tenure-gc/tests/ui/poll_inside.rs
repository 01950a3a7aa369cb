//! The heap is polled inside of a mutation.
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
    heap.mutate(|_, _| heap.poll().is_some()); //@ wrong
    heap.poll();
}
//~ 17: E0499: cannot borrow `heap` as mutable more than once at a time

//! A pointer of one heap is stored into an object of another.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Node<'gc> {
    number: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

type List = Root![Option<Gc<'_, Node<'_>>>];

fn main() {
    let mut other = Heap::<List>::new(|_| None);
    let mut heap = Heap::<List>::new(|mc| {
        Some(mc.alloc(Node { number: 1, next: Lock::new(None) }))
    });
    heap.mutate(|mc, root| {
        other.mutate(|there, _| {
            let node = there.alloc(Node { number: 2, next: Lock::new(None) });
            field!(mc.write(root.unwrap()), Node, next).set(Some(node)); //@ wrong
            let _ = node;
        });
        let _ = (mc, root);
    });
}
//~ 20: E0521: borrowed data escapes outside of closure
//~ 21: E0521: borrowed data escapes outside of closure

//! Leave to write into one object is passed on through a pointer to another.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Node<'gc> {
    number: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

type List = Root![Option<Gc<'_, Node<'_>>>];

#[derive(Trace)]
struct Inner<'gc> {
    node: Gc<'gc, Node<'gc>>,
}

type Outer<'gc> = Gc<'gc, Inner<'gc>>;

fn main() {
    let mut heap = Heap::<Root![Outer<'_>]>::new(|mc| {
        let next = Lock::new(None);
        mc.alloc(Inner { node: mc.alloc(Node { number: 1, next }) })
    });
    heap.mutate(|mc, root| {
        field!(mc.write(*root), Node, next).set(None); //@ wrong
        field!(mc.write(root.node), Node, next).set(None); //@ right
    });
}
//~ 26: E0308: mismatched types

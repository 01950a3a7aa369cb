//! A cell is set without leave of the barrier.
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
    heap.mutate(|mc, root| {
        let node = root.unwrap();
        node.next.set(None); //@ wrong
        field!(mc.write(node), Node, next).set(None);
    });
}
//~ 19: E0599: no method named `set` found for struct `Lock<T>` in the current scope

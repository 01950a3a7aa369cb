//! A cell of an object is taken as if it were held alone.
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
        let mut node = root.unwrap();
        *node.next.get_mut() = None; //@ wrong
        node = mc.alloc(Node { number: node.number, next: Lock::new(None) });
        let _ = node;
    });
}
//~ 19: E0596: cannot borrow data in dereference of `Gc<'_, Node<'_>>` as mutable

//! A pointer is stored in a variable outside of the mutation.
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
    let mut kept = None;
    heap.mutate(|_, root| kept = *root); //@ wrong
    heap.mutate(|_, root| kept = root.map(|node| node.number)); //@ right
    let _ = kept;
}
//~ 18: E0521: borrowed data escapes outside of closure

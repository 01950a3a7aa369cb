//! Leave to write is kept for another mutation.
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
    heap.mutate(|mc, root| kept = Some(mc.write(root.unwrap()))); //@ wrong
    heap.mutate(|mc, root| kept = Some(mc.write(root.unwrap()).number)); //@ right
    let _ = kept;
}
//~ 18: E0521: borrowed data escapes outside of closure

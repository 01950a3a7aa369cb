//! An object of one heap is made with a pointer of another.
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
    heap.mutate(|_, root| {
        other.mutate(|there, _| {
            let next = Lock::new(*root); //@ wrong
            let next = Lock::new(None); //@ right
            let _ = there.alloc(Node { number: 2, next });
        });
        let _ = root;
    });
}
//~ 20: E0521: borrowed data escapes outside of closure
//~ 22: E0521: borrowed data escapes outside of closure

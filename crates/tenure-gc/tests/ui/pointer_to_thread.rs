//! A pointer goes to another thread.
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
    heap.mutate(|_, root| {
        let node = root.unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| node.number); //@ wrong
            let number = node.number; //@ right
            scope.spawn(move || number); //@ right
        });
    });
}
//~ 20: E0277: shared between threads safely

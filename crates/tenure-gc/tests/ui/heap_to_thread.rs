//! A heap goes to another thread while its objects may hold what is not `Send`.
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
    std::thread::spawn(move || heap.poll().is_some()); //@ wrong
    heap.poll();
}
//~ 17: E0277: sent between threads safely

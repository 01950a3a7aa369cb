//! `field!` names a field that is a pointer and goes on as if it were the object.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Inner<'gc> {
    node: Gc<'gc, Lock<u32>>,
}

fn main() {
    type Outer = Root![Gc<'_, Inner<'_>>];
    let mut heap = Heap::<Outer>::new(|mc| mc.alloc(Inner { node: mc.alloc(Lock::new(1)) }));
    heap.mutate(|mc, root| {
        field!(mc.write(*root), Inner, node).set(2); //@ wrong
        mc.write(root.node).set(2); //@ right
    });
}
//~ 14: E0599: no method named `set` found for reference `&tenure_gc::Write<Gc<'_, Lo

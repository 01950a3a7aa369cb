//! A `RefLock` is borrowed to write without leave of the barrier.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

fn main() {
    type Numbers = Root![Gc<'_, RefLock<Vec<Gc<'_, u32>>>>];
    let mut heap = Heap::<Numbers>::new(|mc| mc.alloc(RefLock::new(vec![])));
    heap.mutate(|mc, root| {
        root.borrow_mut().push(mc.alloc(1)); //@ wrong
        mc.write(*root).borrow_mut().push(mc.alloc(1));
    });
}
//~ 9: E0599: no method named `borrow_mut` found for reference `&Gc<'_, RefLock<Vec<

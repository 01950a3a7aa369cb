//! A reference to a pointer is stored in an object.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Holder<'gc> {
    held: &'gc Gc<'gc, u32>, //@ wrong
    held: Gc<'gc, u32>, //@ right
}

fn main() {
    let mut heap = Heap::<Root![Option<Gc<'_, Holder<'_>>>]>::new(|_| None);
    heap.mutate_root(|mc, root| *root = None.or(*root).filter(|_| mc.should_yield()));
}
//~ 7: E0277: the collectors cannot look into `&'gc Gc<'gc, u32>`

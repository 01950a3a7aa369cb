//! A shared count holds a pointer: it would be shown twice.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Holder<'gc> {
    held: std::sync::Arc<Option<Gc<'gc, u32>>>, //@ wrong
    held: Lock<Option<Gc<'gc, u32>>>, //@ right
}

fn main() {
    let mut heap = Heap::<Root![Option<Gc<'_, Holder<'_>>>]>::new(|_| None);
    heap.mutate_root(|mc, root| {
        *root = Some(mc.alloc(Holder { held: Default::default() }));
    });
}
//~ 7: E-: lifetime may not live long enough

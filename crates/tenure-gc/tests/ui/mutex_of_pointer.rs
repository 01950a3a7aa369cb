//! A lock that may be held holds a pointer.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Holder<'gc> {
    held: std::sync::Mutex<Option<Gc<'gc, u32>>>, //@ wrong
    held: Lock<Option<Gc<'gc, u32>>>, //@ right
}

fn main() {
    let mut heap = Heap::<Root![Option<Gc<'_, Holder<'_>>>]>::new(|_| None);
    heap.mutate_root(|mc, root| {
        *root = Some(mc.alloc(Holder { held: Default::default() }));
    });
}
//~ 7: E0277: the collectors cannot look into `std::sync::Mutex<Option<Gc<'gc, u32>>

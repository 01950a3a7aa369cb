//! The key of a map is a pointer: its order would follow the address.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

#[derive(Trace)]
struct Holder<'gc> {
    held: std::collections::BTreeMap<Gc<'gc, u32>, u32>, //@ wrong
    held: std::collections::BTreeMap<u32, Gc<'gc, u32>>, //@ right
}

fn main() {
    let mut heap = Heap::<Root![Option<Gc<'_, Holder<'_>>>]>::new(|_| None);
    heap.poll();
}
//~ 7: E-: lifetime may not live long enough

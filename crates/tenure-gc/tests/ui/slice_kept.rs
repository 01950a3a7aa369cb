//! The elements of an array are kept beyond the mutation.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, GcArray, Heap, Lock, Mutation, RefLock, Root, Trace, Write, field};

fn main() {
    let mut heap = Heap::<Root![GcArray<'_, u32>]>::new(|mc| mc.array(10, |_| 1));
    let kept = heap.mutate(|_, root| root.as_slice()); //@ wrong
    let kept = heap.mutate(|_, root| root.as_slice().to_vec()); //@ right
    let _ = kept.len();
}
//~ 7: E-: lifetime may not live long enough

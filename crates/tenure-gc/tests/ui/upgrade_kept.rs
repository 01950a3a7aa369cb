//! What a weak reference leads to leaves the mutation.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, Heap, Kind, LongWeak, Root, Soft, Trace, Weak, WeakMap};

type Watched = Root![Option<Weak<'_, u64>>];

fn main() {
    let mut heap = Heap::<Watched>::new(|mc| Some(Weak::new(mc, mc.alloc(7))));
    let kept = heap.mutate(|mc, root| root.unwrap().upgrade(mc)); //@ wrong
    let kept = heap.mutate(|mc, root| root.unwrap().upgrade(mc).map(|number| *number)); //@ right
    let _ = kept;
}
//~ 9: E-: lifetime may not live long enough

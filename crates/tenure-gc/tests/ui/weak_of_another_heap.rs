//! A weak reference of one heap is asked in another.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, Heap, Kind, LongWeak, Root, Soft, Trace, Weak, WeakMap};

type Watched = Root![Option<Weak<'_, u64>>];

fn main() {
    let mut other = Heap::<Watched>::new(|_| None);
    let mut heap = Heap::<Watched>::new(|mc| Some(Weak::new(mc, mc.alloc(7))));
    heap.mutate(|mc, root| {
        other.mutate(|there, _| {
            let _ = root.unwrap().upgrade(there); //@ wrong
            let _ = root.unwrap().upgrade(mc); //@ right
            let _ = (mc, there);
        });
    });
}
//~ 12: E0521: borrowed data escapes outside of closure

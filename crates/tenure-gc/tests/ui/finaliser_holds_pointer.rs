//! A finaliser, which runs after the pause, takes a pointer of today along.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, Heap, Kind, LongWeak, Root, Soft, Trace, Weak, WeakMap};

fn main() {
    let mut heap = Heap::<Root![()]>::new(|_| ());
    heap.mutate(|mc, _| {
        let other = mc.alloc(1_u64);
        let number = *other;
        mc.finalize::<Root![u64]>(mc.alloc(2), move |_, _| drop(*other)); //@ wrong
        mc.finalize::<Root![u64]>(mc.alloc(2), move |_, _| drop(number)); //@ right
    });
}
//~ 10: E0521: borrowed data escapes outside of closure

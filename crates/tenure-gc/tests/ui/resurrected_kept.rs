//! An object that a hook has kept leaves the hook.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_gc::{Gc, Heap, Kind, LongWeak, Root, Soft, Trace, Weak, WeakMap};

fn main() {
    let mut heap = Heap::<Root![Vec<LongWeak<'_, u64>>]>::new(|mc| {
        vec![LongWeak::new(mc, mc.alloc(7))]
    });
    let mut kept = None;
    heap.finalize(|fc, root| {
        let number = fc.get(root[0]).unwrap();
        fc.resurrect(number);
        kept = Some(number); //@ wrong
        kept = Some(*number); //@ right
    })
    .unwrap();
    let _ = kept;
}
//~ 13: E0521: borrowed data escapes outside of closure

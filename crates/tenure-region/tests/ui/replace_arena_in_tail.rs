//! The arena is replaced inside its tail scope.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let mut other = Arena::new();
    let _ = &mut other;
    arena.tail(|_scope| {
        let _ = core::mem::take(&mut arena); //@ wrong
        let _ = core::mem::take(&mut other); //@ right
    });
}
//~ 9: E0499: cannot borrow `arena` as mutable more than once at a time

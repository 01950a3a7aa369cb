//! The cursor of an arena is swapped with another's.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let (mut a, mut b) = (Arena::new(), Arena::new());
    core::mem::swap(&mut *a, &mut *b); //@ wrong
    core::mem::swap(&mut a, &mut b); //@ right
}
//~ 7: E0596: cannot borrow data in dereference of `Arena` as mutable

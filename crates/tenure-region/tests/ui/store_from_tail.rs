//! A value leaves its tail scope by a variable outside.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let mut kept: Option<&u32> = None;
    let _ = kept;
    arena.tail(|scope| {
        let value = scope.alloc_plain(1u32);
        kept = Some(value); //@ wrong
        kept = Some(&*value).filter(|_| false).map(|_| &0); //@ right
    });
    let _ = kept;
}
//~ 11: E0521: borrowed data escapes outside of closure

//! A box leaves its tail scope by return.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let _leaked = arena.tail(|scope| {
        scope.alloc(String::new()) //@ wrong
        tenure_region::ArenaBox::into_inner(scope.alloc(String::new())) //@ right
    });
}
//~ 8: E-: lifetime may not live long enough
//~ 8: E0515: cannot return value referencing function parameter `scope`

//! A text of the arena grows inside a tail scope.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let mut arena = Arena::new();
    let mut text = ArenaString::new_in(&arena); //@ wrong
    let mut text = String::new(); //@ right
    arena.tail(|_scope| text.push_str("x"));
    drop(text);
}
//~ 9: E0502: cannot borrow `arena` as mutable because it is also borrowed as immuta

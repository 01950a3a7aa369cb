//! A box is pinned, though its memory may go without a drop.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let arena = Arena::new();
    let value = arena.alloc(1u32);
    let _ = &value;
    let pinned = tenure_region::ArenaBox::into_pin(value); //@ wrong
    let pinned = tenure_region::ArenaBox::into_inner(value); //@ right
    let _ = pinned;
}
//~ 9: E0599: no function or associated item named `into_pin` found for struct `Aren

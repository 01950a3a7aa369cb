//! The bytes of a slice arena are used beside it.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

use core::mem::MaybeUninit;
fn main() {
    let mut memory = [MaybeUninit::<u8>::uninit(); 64];
    let arena = SliceArena::new(&mut memory);
    let value = arena.alloc_plain(1u8);
    *value += 1; //@ right
    drop(arena); //@ right
    memory[0].write(3);
    *value += 1; //@ wrong
}
//~ 12: E0499: cannot borrow `memory[_]` as mutable more than once at a time

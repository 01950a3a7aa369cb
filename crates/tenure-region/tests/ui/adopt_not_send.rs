//! The arena adopts a value that must stay on its thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

use std::rc::Rc;
use std::sync::Arc;
fn main() {
    let _ = (Rc::new(1), Arc::new(1));
    let arena = Arena::new();
    arena.adopt(Rc::new(1)); //@ wrong
    arena.adopt(Arc::new(1)); //@ right
}
//~ 10: E0277: sent between threads safely

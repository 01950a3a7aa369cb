//! A box of what is not `Send` goes to another thread.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

use std::rc::Rc;
use std::sync::Arc;
fn main() {
    let _ = (Rc::new(1), Arc::new(1));
    let arena = Arena::new();
    let counted = arena.alloc(Rc::new(1)); //@ wrong
    let counted = arena.alloc(Arc::new(1)); //@ right
    std::thread::scope(|threads| { threads.spawn(move || drop(counted)); });
}
//~ 12: E0277: sent between threads safely

//! Values of a typed arena look at each other in their drops.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

struct Node<'a>(core::cell::Cell<Option<&'a Node<'a>>>);
impl Drop for Node<'_> { //@ wrong
    fn drop(&mut self) { let _ = self.0.get(); } //@ wrong
} //@ wrong
fn main() {
    let arena = tenure_region::TypedArena::new();
    let node = &*arena.alloc(Node(core::cell::Cell::new(None)));
    node.0.set(Some(node));
}
//~ 11: E0597: `arena` does not live long enough

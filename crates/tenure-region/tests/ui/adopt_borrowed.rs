//! The arena adopts a value that borrows.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

struct Loud<'a>(&'a str);
impl Drop for Loud<'_> {
    fn drop(&mut self) { let _ = self.0.len(); }
}
fn main() {
    let text = String::from("a");
    let arena = Arena::new();
    arena.adopt(Loud(&text)); //@ wrong
    arena.adopt(Loud("a")); //@ right
    drop(text.clone());
}
//~ 12: E0597: `text` does not live long enough

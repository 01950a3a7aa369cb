//! A box whose drop looks at a value that is gone.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

struct Looks<'a>(core::cell::Cell<Option<&'a String>>);
impl Drop for Looks<'_> {
    fn drop(&mut self) { let _ = self.0.get().map(|text| text.len()); }
}
fn main() {
    let arena = Arena::new();
    let text = arena.alloc(String::from("a")); //@ right
    let looks = arena.alloc(Looks(core::cell::Cell::new(None)));
    let text = arena.alloc(String::from("a")); //@ wrong
    looks.0.set(Some(&text));
}
//~ 14: E0597: `text` does not live long enough

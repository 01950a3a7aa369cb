//! A function returns text of its own arena.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn text<'a>(outer: &'a Arena) -> &'a str {
    let own = Arena::new();
    let _ = (&own, outer);
    own.text("x") //@ wrong
    outer.text("x") //@ right
}
fn main() {
    text(&Arena::new());
}
//~ 8: E0515: cannot return value referencing local variable `own`

//! An attribute stands on a variant.

#[derive(Trace)]
pub enum Node {
    #[trace(static)] //@ wrong
    Leaf(#[trace(static)] Cell<u8>), //@ right
    Leaf(u8), //@ wrong
}

fn main() {}
//~ 5: E-: `trace` says nothing on a variant

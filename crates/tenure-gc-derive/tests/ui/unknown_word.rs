//! A word that the derive does not know.

#[derive(Trace)]
pub struct Node {
    #[trace(skip)] //@ wrong
    #[trace(static)] //@ right
    pub count: u32,
}

fn main() {}
//~ 5: E-: on a field, `trace` knows `static` alone

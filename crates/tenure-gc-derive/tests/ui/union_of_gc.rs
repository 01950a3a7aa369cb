//! A union does not say which field is in use.

#[derive(Trace)]
pub union Node { //@ wrong
pub struct Node { //@ right
    pub a: u32,
    pub b: f32,
}

fn main() {}
//~ 4: E-: a union does not say which of its fields is in use, so nobody can visi

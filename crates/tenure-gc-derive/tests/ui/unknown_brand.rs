//! The brand named is no lifetime of the type.

#[derive(Trace)]
#[trace(brand = 'b)] //@ wrong
pub struct Node<'a> {
    pub next: Gc<'a, u8>,
}

fn main() {}
//~ 4: E-: the type has no such lifetime

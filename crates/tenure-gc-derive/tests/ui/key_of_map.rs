//! A pointer is the key of a map, whose order may follow the address.

#[derive(Trace)]
pub struct Node<'gc> {
    pub map: std::collections::BTreeMap<Gc<'gc, u8>, u8>, //@ wrong
    pub map: std::collections::BTreeMap<u8, Gc<'gc, u8>>, //@ right
}

fn main() {}
//~ 5: E-: lifetime may not live long enough

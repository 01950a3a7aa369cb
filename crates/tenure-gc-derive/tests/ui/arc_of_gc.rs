//! A pointer lies behind an atomic count.

#[derive(Trace)]
pub struct Node<'gc> {
    pub shared: std::sync::Arc<Gc<'gc, u8>>, //@ wrong
    pub shared: std::sync::Arc<u8>, //@ right
    pub own: Gc<'gc, u8>,
}

fn main() {}
//~ 5: E-: lifetime may not live long enough

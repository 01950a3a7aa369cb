//! A field cannot be visited while its owner writes.

#[derive(Trace)]
#[trace(concurrent)]
pub struct Node<'gc> {
    pub next: Option<Gc<'gc, u8>>,
    pub list: Vec<Gc<'gc, u8>>, //@ wrong
}

fn main() {}
//~ 7: E0080: evaluation panicked

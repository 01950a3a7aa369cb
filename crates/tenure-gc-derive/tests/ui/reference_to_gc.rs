//! A pointer lies behind a reference.

#[derive(Trace)]
pub struct Node<'gc> {
    pub lent: &'gc Gc<'gc, u8>, //@ wrong
    pub lent: Gc<'gc, u8>, //@ right
}

fn main() {}
//~ 5: E0277: the collectors cannot look into `&'gc Gc<'gc, u8>`

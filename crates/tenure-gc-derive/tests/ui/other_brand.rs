//! A type that is visited for one brand holds a pointer of another.

#[derive(Trace)]
#[trace(brand = 'a)]
pub struct Node<'a, 'b> {
    pub own: Gc<'a, PhantomData<&'b u8>>,
    pub other: Gc<'b, u8>, //@ wrong
}

fn main() {}
//~ 7: E-: lifetime may not live long enough

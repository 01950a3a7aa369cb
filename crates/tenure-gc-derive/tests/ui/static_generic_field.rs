//! A field of a type not known to be static is said to be so.

#[derive(Trace)]
pub struct Node<T> //@ wrong
pub struct Node<T: 'static> //@ right
{
    #[trace(static)]
    pub value: T,
}

fn main() {}
//~ 8: E0310: the parameter type `T` may not live long enough

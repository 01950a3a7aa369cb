//! Words that contradict each other.

#[derive(Trace)]
#[trace(static, concurrent)] //@ wrong
#[trace(static)] //@ right
pub struct Node {
    pub count: Cell<u32>,
}

fn main() {}
//~ 4: E-: of a type that is `static` no field is visited

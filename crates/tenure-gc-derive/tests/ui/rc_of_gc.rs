//! A pointer lies behind a count, where it would be visited twice.

#[derive(Trace)]
pub enum Node<'gc> {
    Shared(std::rc::Rc<Gc<'gc, u8>>), //@ wrong
    Shared(Gc<'gc, std::rc::Rc<u8>>), //@ right
    Empty,
}

fn main() {}
//~ 5: E-: lifetime may not live long enough

//! Trees of the standard library's pointers.

pub(crate) mod boxed {
    struct Node {
        left: Option<Box<Node>>,
        right: Option<Box<Node>>,
    }

    contender!(Box);
}

pub(crate) mod rc {
    use std::rc::Rc;

    struct Node {
        left: Option<Rc<Node>>,
        right: Option<Rc<Node>>,
    }

    contender!(Rc);
}

//! Trees of `boa_gc`.

use boa_gc::{Finalize, Gc, Trace};

#[derive(Trace, Finalize)]
struct Node {
    left: Option<Gc<Node>>,
    right: Option<Gc<Node>>,
}

contender!(Gc);

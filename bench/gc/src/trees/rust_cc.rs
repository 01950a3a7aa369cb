//! Trees of `rust-cc`.

use rust_cc::{Cc, Finalize, Trace};

#[derive(Trace, Finalize)]
struct Node {
    left: Option<Cc<Node>>,
    right: Option<Cc<Node>>,
}

contender!(Cc);

//! Trees of `dumpster`.

use dumpster::Trace;
use dumpster::unsync::Gc;

#[derive(Trace)]
struct Node {
    left: Option<Gc<Node>>,
    right: Option<Gc<Node>>,
}

contender!(Gc);

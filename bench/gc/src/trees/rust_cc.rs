//! Trees of `rust-cc`.

use super::Trees;
use rust_cc::{Cc, Finalize, Trace};

#[derive(Trace, Finalize)]
struct Node {
    left: Option<Cc<Node>>,
    right: Option<Cc<Node>>,
}

fn make(depth: u32) -> Cc<Node> {
    let below = || (depth > 0).then(|| make(depth - 1));
    let (left, right) = (below(), below());
    Cc::new(Node { left, right })
}

fn count(node: &Node) -> u32 {
    match (&node.left, &node.right) {
        (Some(left), Some(right)) => 1 + count(left) + count(right),
        _ => 1,
    }
}

#[derive(Default)]
pub(crate) struct Contender(Option<Cc<Node>>);

impl Trees for Contender {
    fn make_and_count(&mut self, depth: u32) -> u32 {
        count(&make(depth))
    }

    fn keep(&mut self, depth: u32) {
        self.0 = Some(make(depth));
    }

    fn count_kept(&mut self) -> u32 {
        self.0.as_deref().map_or(0, count)
    }
}

//! Trees of the counted heap of `tenure-gc`, with either way to find cycles.

use super::Trees;
use tenure_gc::{Cc, CountedHeap, Cycles, Trace};

#[derive(Trace)]
struct Node {
    left: Option<Cc<Node>>,
    right: Option<Cc<Node>>,
}

fn make(heap: &CountedHeap, depth: u32) -> Cc<Node> {
    let below = || (depth > 0).then(|| make(heap, depth - 1));
    let (left, right) = (below(), below());
    heap.cc(Node { left, right })
}

fn count(node: &Node) -> u32 {
    match (&node.left, &node.right) {
        (Some(left), Some(right)) => 1 + count(left) + count(right),
        _ => 1,
    }
}

pub(crate) struct Contender {
    kept: Option<Cc<Node>>,
    heap: CountedHeap,
}

impl Contender {
    pub(crate) fn new(cycles: Cycles) -> Self {
        Self {
            kept: None,
            heap: CountedHeap::with(cycles),
        }
    }
}

impl Trees for Contender {
    fn make_and_count(&mut self, depth: u32) -> u32 {
        count(&make(&self.heap, depth))
    }

    fn keep(&mut self, depth: u32) {
        self.kept = Some(make(&self.heap, depth));
    }

    fn count_kept(&mut self) -> u32 {
        self.kept.as_deref().map_or(0, count)
    }
}

//! Trees of the collected heap of `tenure-gc`, as it is by default.

use super::Trees;
use tenure_gc::{Gc, Heap, Mutation, Root, Trace};

#[derive(Trace)]
struct Node<'gc> {
    left: Option<Gc<'gc, Node<'gc>>>,
    right: Option<Gc<'gc, Node<'gc>>>,
}

fn make<'gc>(mc: &'gc Mutation<'gc>, depth: u32) -> Gc<'gc, Node<'gc>> {
    let below = || (depth > 0).then(|| make(mc, depth - 1));
    let (left, right) = (below(), below());
    mc.alloc(Node { left, right })
}

fn count(node: &Node<'_>) -> u32 {
    match (node.left, node.right) {
        (Some(left), Some(right)) => 1 + count(&left) + count(&right),
        _ => 1,
    }
}

pub(crate) struct Contender(Heap<Root![Option<Gc<'_, Node<'_>>>]>);

impl Contender {
    pub(crate) fn new() -> Self {
        Self(Heap::new(|_| None))
    }
}

impl Trees for Contender {
    fn make_and_count(&mut self, depth: u32) -> u32 {
        let counted = self.0.mutate(|mc, _| count(&make(mc, depth)));
        self.0.poll();
        counted
    }

    fn keep(&mut self, depth: u32) {
        self.0.mutate_root(|mc, root| *root = Some(make(mc, depth)));
        self.0.poll();
    }

    fn count_kept(&mut self) -> u32 {
        self.0.mutate(|_, root| root.as_deref().map_or(0, count))
    }
}

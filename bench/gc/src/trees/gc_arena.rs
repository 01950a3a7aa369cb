//! Trees of `gc-arena`, paced as it is by default, or as collections that stop the program.

use super::Trees;
use gc_arena::metrics::Pacing;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    left: Option<Gc<'gc, Node<'gc>>>,
    right: Option<Gc<'gc, Node<'gc>>>,
}

fn make<'gc>(mc: &Mutation<'gc>, depth: u32) -> Gc<'gc, Node<'gc>> {
    let below = || (depth > 0).then(|| make(mc, depth - 1));
    let (left, right) = (below(), below());
    Gc::new(mc, Node { left, right })
}

fn count(node: &Node<'_>) -> u32 {
    match (node.left, node.right) {
        (Some(left), Some(right)) => 1 + count(&left) + count(&right),
        _ => 1,
    }
}

pub(crate) struct Contender(Arena<Rootable![Option<Gc<'_, Node<'_>>>]>);

impl Contender {
    pub(crate) fn new(stops: bool) -> Self {
        let arena = Arena::<Rootable![Option<Gc<'_, Node<'_>>>]>::new(|_| None);
        if stops {
            arena.metrics().set_pacing(Pacing::STOP_THE_WORLD);
        }
        Self(arena)
    }
}

impl Trees for Contender {
    fn make_and_count(&mut self, depth: u32) -> u32 {
        let counted = self.0.mutate(|mc, _| count(&make(mc, depth)));
        self.0.collect_debt();
        counted
    }

    fn keep(&mut self, depth: u32) {
        self.0.mutate_root(|mc, root| *root = Some(make(mc, depth)));
        self.0.collect_debt();
    }

    fn count_kept(&mut self) -> u32 {
        self.0.mutate(|_, root| root.as_deref().map_or(0, count))
    }
}

//! Who holds what: the dominator tree, and how much each block retains.
//!
//! # How
//!
//! A depth-first search numbers the vertices (`search`); each then gets its semidominator, from the
//! last number to the first, with the edges into it brought into the order of the numbers piece by
//! piece (`semi`); from those the immediate dominators follow in one sweep (`climb`); `tree` lays
//! the result out. This is SemiNCA (Georgiadis, Tarjan, Werneck: "Finding dominators in practice",
//! 2006). Nothing recurses; chains of millions of blocks are usual.
//!
//! # Vertices
//!
//! `flow` adds vertices to the nodes: one for each root that has pointers, one over the leaders of
//! lost blocks, and one over all. So a block that several roots hold hangs under the last, and one
//! that a single root holds under that root.

mod climb;
mod flow;
mod search;
mod semi;
mod tree;

use super::{Follow, Graph, Kinds, NONE};
use flow::Flow;
use search::Search;
use std::cmp::Reverse;
use tree::Tree;

/// Who holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Several roots together, no one of them alone.
    Several,
    /// One root, by its number in the caller's table.
    Root(u32),
    /// Nobody: it is lost, and several leaders lead to it, or it is a leader.
    Lost,
    /// A block.
    Node(u32),
}

/// The dominator tree of a graph.
///
/// # Shape
///
/// Vertices have *places*: 0 is all roots together, and a vertex comes before all that it holds,
/// which follows it without a gap. So what a block holds is a range of places, its children are
/// found by going from the end of one to the next, and whether one block holds another is two
/// comparisons.
///
/// # Cost
///
/// O((nodes + edges) · log nodes) at worst, about linear in practice, and bound by cache misses. At
/// most 24 bytes for each node beside the graph while it is made, and 24 afterwards; more only for
/// graphs with more than 32 edges for a node, half a byte for each edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Dominators {
    nodes: u32,
    /// The number of each root that has pointers.
    roots: Vec<u32>,
    tree: Tree,
}

impl Dominators {
    /// Finds the dominators of `graph` by the edges to `follow`. With `lost`, lost blocks are in
    /// the tree too, under the leaders that those kinds name; edges from lost blocks to others do
    /// not count, so that what the others hold is the same with and without. Lost blocks that only
    /// weak edges lead to from their leaders stay outside.
    ///
    /// # Panics
    ///
    /// If the kinds are of a graph with more nodes.
    pub fn of(graph: &Graph, follow: Follow, lost: Option<&Kinds>) -> Self {
        Self::with_patience(graph, follow, lost, climb::PATIENCE)
    }

    /// The same, with the number of steps for each vertex after which `climb` turns to jumps.
    fn with_patience(graph: &Graph, follow: Follow, lost: Option<&Kinds>, patience: u64) -> Self {
        let flow = Flow::new(graph, follow, lost);
        let Search {
            number,
            parent,
            lost_from,
        } = Search::of(&flow);
        let semi = semi::of(&flow, &number, &parent, lost_from);
        let idom = climb::immediate_dominators(parent, &semi, patience);
        drop(semi);
        let roots = graph.roots();
        Self {
            nodes: graph.nodes(),
            roots: (0..roots.slots()).map(|slot| roots.id(slot)).collect(),
            tree: Tree::new(graph, number, idom),
        }
    }

    /// The immediate dominator of a node: the last on every way to it. `None` for one that no way
    /// leads to.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn holder(&self, node: u32) -> Option<Holder> {
        let place = self.place_of(node)?;
        Some(self.holder_at(self.tree.idom(place)))
    }

    /// The immediate dominators of a node from the nearest to the farthest.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn holders(&self, node: u32) -> impl Iterator<Item = Holder> + use<'_> {
        let first = self.place_of(node);
        let places =
            std::iter::successors(first, |&place| (place != 0).then(|| self.tree.idom(place)));
        places.skip(1).map(|place| self.holder_at(place))
    }

    /// The retained size of a node in bytes: its own and those of all that it dominates. `None`
    /// for one that no way leads to.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn retained(&self, node: u32) -> Option<u64> {
        Some(self.tree.retained(self.place_of(node)?))
    }

    /// The bytes that somebody retains; 0 for a holder that is not in the tree. For
    /// [`Holder::Several`] those that no root holds alone.
    pub fn retained_by(&self, holder: Holder) -> u64 {
        let Some(place) = self.place(holder) else {
            return 0;
        };
        if holder != Holder::Several {
            return self.tree.retained(place);
        }
        let nodes = self.tree.children(0).filter(|&child| self.is_node(child));
        nodes.fold(0, |sum: u64, child| {
            sum.saturating_add(self.tree.retained(child))
        })
    }

    /// The bytes and blocks in the tree, those of lost ones included.
    pub fn total(&self) -> (u64, u64) {
        let virtual_vertices = (0..self.tree.len()).filter(|&place| !self.is_node(place));
        let blocks = u64::from(self.tree.len()) - virtual_vertices.count() as u64;
        (self.tree.retained(0), blocks)
    }

    /// Whether `holder` dominates `node`; each node dominates itself. O(1).
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn dominates(&self, holder: Holder, node: u32) -> bool {
        match (self.place(holder), self.place_of(node)) {
            (Some(holder), Some(place)) => self.tree.is_below(place, holder),
            _ => false,
        }
    }

    /// What somebody holds immediately, in no order that means something. Under
    /// [`Holder::Several`] stand the roots and [`Holder::Lost`] too.
    pub fn children(&self, holder: Holder) -> impl Iterator<Item = Holder> + use<'_> {
        let places = self.place(holder).into_iter();
        let children = places.flat_map(|place| self.tree.children(place));
        children.map(|place| self.holder_at(place))
    }

    /// The children that retain the most, at most `limit` of them, with their retained sizes, the
    /// largest first. O(children · log limit).
    pub fn largest_children(&self, holder: Holder, limit: usize) -> Vec<(Holder, u64)> {
        let mut best = std::collections::BinaryHeap::new();
        let places = self.place(holder).into_iter();
        for place in places.flat_map(|place| self.tree.children(place)) {
            best.push((Reverse(self.tree.retained(place)), place));
            if best.len() > limit {
                best.pop();
            }
        }
        let sorted = best.into_sorted_vec().into_iter();
        sorted
            .map(|(Reverse(bytes), place)| (self.holder_at(place), bytes))
            .collect()
    }

    /// Walks the invariants of the tree, and that each edge leads from a block to one that its
    /// holder holds.
    ///
    /// # Panics
    ///
    /// If one does not hold, or the graph is another.
    pub fn check(&self, graph: &Graph, follow: Follow) {
        assert_eq!(self.nodes, graph.nodes(), "another graph");
        self.tree.check(graph);
        for node in 0..self.nodes {
            let Some(place) = self.place_of(node) else {
                continue;
            };
            let is_lost = self.tree.is_below(place, self.lost_place());
            for edge in graph
                .row(node)
                .filter(|&edge| follow.passes(graph.label(edge)))
            {
                let target = graph.targets[edge];
                let Some(target) = self.place_of(target) else {
                    panic!("{node} is reached, {target} is not");
                };
                let crosses = is_lost && !self.tree.is_below(target, self.lost_place());
                let held = self.tree.is_below(place, self.tree.idom(target));
                assert!(held || crosses, "{target} can be reached around its holder");
            }
        }
    }

    /// The tree itself, for models that walk it.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether a node has this place, and not a root or what stands over roots.
    pub(super) fn is_node(&self, place: u32) -> bool {
        self.tree.vertex(place) < self.nodes
    }

    /// The place of a node, if a way leads to it.
    pub(super) fn place_of(&self, node: u32) -> Option<u32> {
        assert!(node < self.nodes, "node {node} of {}", self.nodes);
        Some(self.tree.place(node)).filter(|&place| place != NONE)
    }

    /// The place of a holder, if it is in the tree.
    pub(super) fn place(&self, holder: Holder) -> Option<u32> {
        let place = match holder {
            Holder::Several => 0,
            Holder::Lost => self.lost_place(),
            Holder::Root(id) => {
                let slot = self.roots.binary_search(&id).ok()?;
                self.tree.place(self.nodes + slot as u32)
            }
            Holder::Node(node) if node < self.nodes => self.tree.place(node),
            Holder::Node(_) => NONE,
        };
        Some(place).filter(|&place| place != NONE)
    }

    /// Who has a place.
    pub(super) fn holder_at(&self, place: u32) -> Holder {
        let vertex = self.tree.vertex(place);
        if vertex < self.nodes {
            return Holder::Node(vertex);
        }
        let slot = (vertex - self.nodes) as usize;
        match self.roots.get(slot) {
            Some(&id) => Holder::Root(id),
            None if place == 0 => Holder::Several,
            None => Holder::Lost,
        }
    }

    fn lost_place(&self) -> u32 {
        self.tree.place(self.nodes + self.roots.len() as u32)
    }
}

#[cfg(test)]
mod tests;

//! The graph as the search sees it: with vertices for the roots, and one over all of them.

use crate::graph::{Follow, Graph, Kinds, NONE};
use std::ops::Range;

/// A graph with one vertex that leads to everything.
///
/// # Shape
///
/// Vertices are numbered: the nodes, the slots of the roots, *lost*, which leads to the leaders of
/// lost blocks, and *top*, which leads to the slots and to lost, in this order.
pub(super) struct Flow<'a> {
    graph: &'a Graph,
    follow: Follow,
    leaders: Vec<u32>,
    slots: u32,
}

impl<'a> Flow<'a> {
    pub(super) fn new(graph: &'a Graph, follow: Follow, lost: Option<&Kinds>) -> Self {
        let leaders = lost.map_or(&[][..], Kinds::leaders);
        Self {
            graph,
            follow,
            leaders: leaders.iter().map(|leader| leader.node).collect(),
            slots: graph.roots().slots(),
        }
    }

    /// How many vertices there are.
    pub(super) fn vertices(&self) -> u32 {
        self.top() + 1
    }

    /// The vertex that leads to everything.
    pub(super) fn top(&self) -> u32 {
        self.lost() + 1
    }

    /// The vertex that leads to the leaders of lost blocks.
    pub(super) fn lost(&self) -> u32 {
        self.graph.nodes() + self.slots
    }

    /// The cursors of a vertex: where its edges are, in a list that [`Flow::next`] knows.
    pub(super) fn row(&self, vertex: u32) -> Range<u32> {
        let nodes = self.graph.nodes();
        if vertex < nodes {
            let starts = &self.graph.starts[vertex as usize..][..2];
            starts[0]..starts[1]
        } else if vertex < nodes + self.slots {
            let (start, end) = self.graph.roots().range(vertex - nodes);
            start..end
        } else if vertex == self.lost() {
            0..self.leaders.len() as u32
        } else {
            nodes..vertex
        }
    }

    /// The first target that has no number, from the cursors of a vertex that are left.
    #[inline]
    pub(super) fn next(&self, vertex: u32, left: &mut Range<u32>, number: &[u32]) -> Option<u32> {
        let is_new = |&target: &u32| number[target as usize] == NONE;
        if vertex < self.graph.nodes() {
            let all = &self.graph.targets[left.start as usize..left.end as usize];
            for &target in all {
                left.start += 1;
                if is_new(&target) && self.passes(left.start as usize - 1) {
                    return Some(target);
                }
            }
            return None;
        }
        left.find_map(|cursor| self.target(vertex, cursor).filter(is_new))
    }

    /// Calls `each` for all edges between vertices with numbers, with the numbers of both ends:
    /// those of nodes in the order of nodes, others after them. Left out are edges from a vertex
    /// from `lost_from` on to one before it, which hold nothing.
    pub(super) fn sweep(&self, number: &[u32], lost_from: u32, mut each: impl FnMut(u32, u32)) {
        let mut edge = |source: u32, target: u32| {
            if target >= lost_from || source < lost_from {
                each(source, target);
            }
        };
        for node in 0..self.graph.nodes() {
            let source = number[node as usize];
            if source == NONE {
                continue;
            }
            let row = self.graph.row(node);
            for (place, &target) in row.clone().zip(&self.graph.targets[row]) {
                if self.passes(place) {
                    edge(source, number[target as usize]);
                }
            }
        }
        for vertex in self.graph.nodes()..self.vertices() {
            for cursor in self.row(vertex) {
                if let Some(target) = self.target(vertex, cursor) {
                    edge(number[vertex as usize], number[target as usize]);
                }
            }
        }
    }

    /// The target at a cursor of a vertex that is no node, if it is followed.
    fn target(&self, vertex: u32, cursor: u32) -> Option<u32> {
        let place = cursor as usize;
        if vertex < self.lost() {
            let roots = self.graph.roots();
            let passes = self.follow.passes(roots.labels()[place]);
            passes.then(|| roots.nodes()[place])
        } else if vertex == self.lost() {
            Some(self.leaders[place])
        } else {
            Some(cursor)
        }
    }

    #[inline]
    fn passes(&self, edge: usize) -> bool {
        self.follow.passes(self.graph.label(edge))
    }
}

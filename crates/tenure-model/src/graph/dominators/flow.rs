//! The graph as the search sees it: with vertices for the roots, and one over all of them.

use crate::graph::{Follow, Graph, Kinds, Leader, NONE};
use std::hint::black_box;
use std::ops::Range;

/// Rows of up to this many edges are looked at as a whole.
const SHORT: usize = 16;

/// Edges whose numbers are fetched at once.
const FETCHED: usize = 512;

/// A graph with one vertex that leads to everything.
///
/// # Shape
///
/// Vertices are numbered: the nodes, the slots of the roots, *lost*, which leads to the leaders of
/// lost blocks, and *top*, which leads to the slots and to lost, in this order.
pub(super) struct Flow<'a> {
    graph: &'a Graph,
    follow: Follow,
    leaders: &'a [Leader],
    slots: u32,
}

impl<'a> Flow<'a> {
    pub(super) fn new(graph: &'a Graph, follow: Follow, lost: Option<&'a Kinds>) -> Self {
        Self {
            graph,
            follow,
            leaders: lost.map_or(&[], Kinds::leaders),
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

    /// False if a vertex leads to nothing new. Looks at all targets of a short row without a branch
    /// between them, so that the processor fetches their numbers and rows together; that they are
    /// fetched is the point, for they are looked at one by one soon.
    #[inline]
    pub(super) fn leads_on(&self, vertex: u32, row: &Range<u32>, number: &[u32]) -> bool {
        if vertex >= self.graph.nodes() || row.len() > SHORT {
            return true;
        }
        let (mut is_new, mut fetched) = (false, 0);
        for &target in &self.graph.targets[row.start as usize..row.end as usize] {
            is_new |= number[target as usize] == NONE;
            fetched ^= self.graph.starts[target as usize];
        }
        black_box(fetched);
        is_new
    }

    /// Calls `each` for all edges between vertices with numbers, with the numbers of both ends:
    /// those of nodes in the order of nodes, others after them. Left out are edges from a vertex
    /// from `lost_from` on to one before it, which hold nothing.
    ///
    /// The numbers are fetched some hundred at a time before any is looked at. A branch on a number
    /// that is still to come from memory is guessed wrong half of the time, and a wrong guess
    /// throws away what was fetched ahead.
    pub(super) fn sweep(&self, number: &[u32], lost_from: u32, mut each: impl FnMut(u32, u32)) {
        let mut fetched = Vec::with_capacity(FETCHED);
        let mut hand_on = |fetched: &mut Vec<(u32, u32)>| {
            for (source, target) in fetched.drain(..) {
                if target >= lost_from || source < lost_from {
                    each(source, target);
                }
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
                    fetched.push((source, number[target as usize]));
                    if fetched.len() == FETCHED {
                        hand_on(&mut fetched);
                    }
                }
            }
        }
        for vertex in self.graph.nodes()..self.vertices() {
            for cursor in self.row(vertex) {
                if let Some(target) = self.target(vertex, cursor) {
                    fetched.push((number[vertex as usize], number[target as usize]));
                    if fetched.len() == FETCHED {
                        hand_on(&mut fetched);
                    }
                }
            }
        }
        hand_on(&mut fetched);
    }

    /// The target at a cursor of a vertex that is no node, if it is followed.
    fn target(&self, vertex: u32, cursor: u32) -> Option<u32> {
        let place = cursor as usize;
        if vertex < self.lost() {
            let roots = self.graph.roots();
            let passes = self.follow.passes(roots.labels()[place]);
            passes.then(|| roots.nodes()[place])
        } else if vertex == self.lost() {
            Some(self.leaders[place].node)
        } else {
            Some(cursor)
        }
    }

    #[inline]
    fn passes(&self, edge: usize) -> bool {
        self.follow.passes(self.graph.label(edge))
    }
}

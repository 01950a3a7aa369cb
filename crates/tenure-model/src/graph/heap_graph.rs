//! The graph itself: rows of edges, by source.

use super::edge::Packed;
use super::sizes::Sizes;
use super::{Edge, GraphError, NONE, Root, Roots};

/// A heap: blocks, the pointers between them, and those that lead in from outside.
///
/// It does not change once it is built; [`Builder`](super::Builder) makes it.
///
/// # Shape
///
/// The edges of node `n` are those from `starts[n]` to `starts[n + 1]`, in the order in which they
/// were added. What is the same for all is left out: `groups` is empty if all nodes are of group
/// 0, `labels` if all edges are strong start pointers, `details` if no edge has one.
///
/// # Invariants
///
/// 1. `starts` has one more than there are nodes, never falls, begins at 0 and ends at the edges;
/// 2. each target is a node; 3. each group is less than `group_count`; 4. what is not left out is
///    as long as what it belongs to; 5. those of the sizes and of the roots.
///
/// Indices out of range panic; all ids that a graph gives are in range.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub(super) sizes: Sizes,
    pub(super) groups: Vec<u32>,
    pub(super) group_count: u32,
    pub(super) starts: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) labels: Vec<Packed>,
    pub(super) details: Vec<u32>,
    pub(super) roots: Roots,
}

impl Graph {
    /// How many nodes there are; their ids are those below.
    pub fn nodes(&self) -> u32 {
        self.sizes.len() as u32
    }

    /// How many edges there are.
    pub fn edges(&self) -> u32 {
        self.targets.len() as u32
    }

    /// How many groups were announced; some may have no node.
    pub fn group_count(&self) -> u32 {
        self.group_count
    }

    /// The pointers from outside.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Puts other pointers from outside in the place of those that there are: for a finer table of
    /// roots, such as one by variable and not by library.
    ///
    /// # Errors
    ///
    /// If one points to no node, or there are too many; then all stays as it is.
    pub fn set_roots(&mut self, roots: Vec<Root>) -> Result<(), GraphError> {
        let nodes = self.nodes();
        if let Some(&Root { node, .. }) = roots.iter().find(|root| root.node >= nodes) {
            return Err(GraphError::NoSuchNode { node, nodes });
        }
        let roots = Roots::new(roots);
        roots.leave_room_for(nodes)?;
        self.roots = roots;
        Ok(())
    }

    /// The own size of a node, in bytes. O(1), for a block over 4 GiB a binary search.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn size(&self, node: u32) -> u64 {
        self.sizes.get(node)
    }

    /// The group of a node.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn group(&self, node: u32) -> u32 {
        assert!(node < self.nodes(), "node {node} of {}", self.nodes());
        self.groups.get(node as usize).copied().unwrap_or(0)
    }

    /// The edges of a node, in the order in which they were added.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn edges_of(&self, node: u32) -> impl Iterator<Item = Edge> + use<'_> {
        self.row(node).map(|edge| Edge {
            target: self.targets[edge],
            label: self.label(edge).label(),
            detail: self
                .details
                .get(edge)
                .copied()
                .filter(|&detail| detail != NONE),
        })
    }

    /// The bytes of all nodes.
    pub fn total_bytes(&self) -> u64 {
        (0..self.nodes()).fold(0, |sum: u64, node| sum.saturating_add(self.size(node)))
    }

    /// Memory that the graph takes.
    pub fn resident_bytes(&self) -> usize {
        let words = self.groups.len() + self.starts.len() + self.targets.len() + self.details.len();
        let packed = self.sizes.resident_bytes() + self.roots.resident_bytes();
        4 * words + self.labels.len() + packed
    }

    /// The places of a node's edges.
    #[inline]
    pub(super) fn row(&self, node: u32) -> std::ops::Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    /// The label of the edge at a place.
    #[inline]
    pub(super) fn label(&self, edge: usize) -> Packed {
        self.labels.get(edge).copied().unwrap_or_default()
    }

    /// Walks the invariants.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    pub fn check(&self) {
        let (nodes, edges) = (self.sizes.len(), self.targets.len());
        assert_eq!(self.starts.len(), nodes + 1, "1: one start more than nodes");
        assert!(self.starts.is_sorted(), "1: starts never fall");
        assert_eq!(self.starts[0], 0, "1: the first row begins at 0");
        assert_eq!(self.starts[nodes] as usize, edges, "1: the last row ends");
        let known = self.targets.iter().all(|&target| (target as usize) < nodes);
        assert!(known, "2: each target is a node");
        let announced = self.groups.iter().all(|&group| group < self.group_count);
        assert!(announced, "3: each group was announced");
        assert!([0, nodes].contains(&self.groups.len()), "4: groups");
        assert!([0, edges].contains(&self.labels.len()), "4: labels");
        assert!([0, edges].contains(&self.details.len()), "4: details");
        self.sizes.check();
        self.roots.check(self.nodes());
    }
}

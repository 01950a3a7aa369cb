//! The places outside the heap that point into it.

use super::edge::Packed;
use super::{GraphError, Label};

/// A pointer from outside the heap into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// Which root: a number in a table of the caller's, which knows its kind and name.
    pub root: u32,
    /// The node that it points to.
    pub node: u32,
    /// What kind of pointer it is.
    pub label: Label,
}

/// All pointers of roots, ordered by root, then by node.
///
/// Each root that has pointers has a *slot*, in ascending order of their numbers, so that memory
/// goes with the pointers and not with the largest number.
///
/// # Invariants
///
/// 1. `ids` ascends; 2. `starts` has one more than `ids`, ascends, and ends at the pointers;
/// 3. `nodes` and `labels` are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots {
    ids: Vec<u32>,
    starts: Vec<u32>,
    nodes: Vec<u32>,
    labels: Vec<Packed>,
}

impl Roots {
    /// Of pointers in any order; equal ones become one.
    pub(super) fn new(mut all: Vec<Root>) -> Self {
        all.sort_unstable();
        all.dedup();
        let (mut ids, mut starts) = (Vec::new(), Vec::new());
        for (place, root) in all.iter().enumerate() {
            if ids.last() != Some(&root.root) {
                ids.push(root.root);
                starts.push(place as u32);
            }
        }
        starts.push(all.len() as u32);
        Self {
            ids,
            starts,
            nodes: all.iter().map(|root| root.node).collect(),
            labels: all.iter().map(|root| root.label.pack()).collect(),
        }
    }

    /// Whether the dominators have numbers for `nodes`, these roots and two vertices more.
    pub(super) fn leave_room_for(&self, nodes: u32) -> Result<(), GraphError> {
        if u64::from(nodes) + u64::from(self.slots()) + 2 < u64::from(u32::MAX) {
            return Ok(());
        }
        let limit = (u32::MAX - 3).saturating_sub(self.slots());
        Err(GraphError::TooManyNodes { limit })
    }

    /// How many pointers there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none: then every node is lost.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All pointers, in order.
    pub fn iter(&self) -> impl Iterator<Item = Root> + use<'_> {
        (0..self.slots()).flat_map(move |slot| {
            let (start, end) = self.range(slot);
            (start..end).map(move |place| self.at(slot, place as usize))
        })
    }

    /// The pointers to `node`. O(pointers).
    pub fn to(&self, node: u32) -> impl Iterator<Item = Root> + use<'_> {
        let places = (0..self.nodes.len()).filter(move |&place| self.nodes[place] == node);
        places.map(|place| {
            let after = self
                .starts
                .partition_point(|&start| start as usize <= place);
            self.at(after as u32 - 1, place)
        })
    }

    /// How many roots have pointers.
    pub(super) fn slots(&self) -> u32 {
        self.ids.len() as u32
    }

    /// The number of the root in a slot.
    pub(super) fn id(&self, slot: u32) -> u32 {
        self.ids[slot as usize]
    }

    /// The places of the pointers of a slot.
    pub(super) fn range(&self, slot: u32) -> (u32, u32) {
        (self.starts[slot as usize], self.starts[slot as usize + 1])
    }

    /// The nodes pointed to, by place.
    pub(super) fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// The labels, by place.
    pub(super) fn labels(&self) -> &[Packed] {
        &self.labels
    }

    fn at(&self, slot: u32, place: usize) -> Root {
        Root {
            root: self.id(slot),
            node: self.nodes[place],
            label: self.labels[place].label(),
        }
    }

    pub(super) fn resident_bytes(&self) -> usize {
        4 * (self.ids.len() + self.starts.len() + self.nodes.len()) + self.labels.len()
    }

    pub(super) fn check(&self, nodes: u32) {
        let ascends = self.ids.is_sorted_by(|one, next| one < next);
        assert!(ascends, "1: the numbers of roots ascend");
        assert_eq!(self.starts.len(), self.ids.len() + 1, "2: one start more");
        let rises = self.starts.is_sorted_by(|one, next| one < next);
        assert!(rises, "2: no slot is empty");
        let end = self.starts.last().map(|&end| end as usize);
        assert_eq!(
            end,
            Some(self.nodes.len()),
            "2: the slots end at the pointers"
        );
        assert_eq!(self.nodes.len(), self.labels.len(), "3: a label for each");
        let known = self.nodes.iter().all(|&node| node < nodes);
        assert!(known, "a root points to a node that is not there");
    }
}

//! Sums over a graph by group: blocks, bytes, what the group retains, and both by kind.

use super::{Dominators, Graph, Kind, Kinds};

/// Blocks of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindFigures {
    /// How many there are.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The figures of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupFigures {
    /// How many blocks there are.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What its blocks retain, nothing twice; 0 without dominators. A block that several of the
    /// group hold together, but none alone, is not in it.
    pub retained_bytes: u64,
    /// The same by [`Kind`], in the order of [`Kind::ALL`]; zeros without kinds.
    pub kinds: [KindFigures; 4],
}

impl GroupFigures {
    /// The figures of one kind.
    pub fn kind(&self, kind: Kind) -> KindFigures {
        self.kinds[kind as usize]
    }
}

/// The figures of all groups of a graph, by keys of the caller's choice.
///
/// # Cost
///
/// O(nodes); 100 bytes for each key up to the largest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    groups: Vec<GroupFigures>,
}

impl Census {
    /// Sums up by the groups of the graph.
    ///
    /// # Panics
    ///
    /// If kinds or dominators are of a smaller graph.
    pub fn of(graph: &Graph, kinds: Option<&Kinds>, dominators: Option<&Dominators>) -> Self {
        let keys: Vec<u32> = (0..graph.group_count()).collect();
        Self::by_key(graph, &keys, kinds, dominators)
    }

    /// Sums up by key: the groups with one key count as one group. `keys` has the key of each
    /// group, best dense from 0; groups behind its end are left out.
    ///
    /// A key retains what its blocks retain that no other block of the key holds: so a list of
    /// blocks of one key counts once, and not once for each.
    ///
    /// # Panics
    ///
    /// If kinds or dominators are of a smaller graph.
    pub fn by_key(
        graph: &Graph,
        keys: &[u32],
        kinds: Option<&Kinds>,
        dominators: Option<&Dominators>,
    ) -> Self {
        let count = keys.iter().max().map_or(0, |&key| key as usize + 1);
        let mut groups = vec![GroupFigures::default(); count];
        let key_of = |node: u32| Some(*keys.get(graph.group(node) as usize)? as usize);
        for node in 0..graph.nodes() {
            let Some(key) = key_of(node) else {
                continue;
            };
            let (figures, size) = (&mut groups[key], graph.size(node));
            figures.blocks += 1;
            figures.bytes = figures.bytes.saturating_add(size);
            if let Some(kinds) = kinds {
                let kind = &mut figures.kinds[kinds.kind(node) as usize];
                kind.blocks += 1;
                kind.bytes = kind.bytes.saturating_add(size);
            }
        }
        if let Some(dominators) = dominators {
            let tree = dominators.tree();
            // For each key the end of its last block that no other of the key holds. Blocks that
            // one holds have the places up to its end.
            let mut covered = vec![0; count];
            for place in 0..tree.len() {
                let vertex = tree.vertex(place);
                if !dominators.is_node(place) {
                    continue;
                }
                let Some(key) = key_of(vertex) else {
                    continue;
                };
                if place >= covered[key] {
                    covered[key] = tree.end(place);
                    let sum = &mut groups[key].retained_bytes;
                    *sum = sum.saturating_add(tree.retained(place));
                }
            }
        }
        Self { groups }
    }

    /// The figures of a key; zeros for one without blocks.
    pub fn get(&self, key: u32) -> GroupFigures {
        self.groups.get(key as usize).copied().unwrap_or_default()
    }

    /// The keys that have blocks, ascending, with their figures.
    pub fn iter(&self) -> impl Iterator<Item = (u32, GroupFigures)> + use<'_> {
        let all = (0..).zip(self.groups.iter().copied());
        all.filter(|(_, figures)| figures.blocks > 0)
    }

    /// How many keys there may be.
    pub(super) fn keys(&self) -> u32 {
        self.groups.len() as u32
    }
}

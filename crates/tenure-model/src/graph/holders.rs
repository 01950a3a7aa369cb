//! The dominator tree merged by group, from the roots down, laid open on demand.

use super::{Dominators, Graph, Holder};
use std::cmp::Reverse;
use std::collections::HashMap;

/// A view of the dominator tree that merges what is alike: blocks of one group that the same
/// blocks hold are one line.
///
/// Nothing is computed before it is asked for: [`HolderTree::tops`] gives the roots, and
/// [`HolderTree::open`] what some blocks hold, as often as a reader goes on.
///
/// ```
/// use tenure_model::graph::{Builder, Dominators, Follow, HolderTree, Label};
///
/// let mut builder = Builder::new(2);
/// let table = builder.node(100, 0)?;
/// for _ in 0..3 {
///     let entry = builder.node(10, 1)?;
///     builder.edge(table, entry, Label::START)?;
/// }
/// builder.root(7, table, Label::START)?;
/// let graph = builder.build()?;
/// let dominators = Dominators::of(&graph, Follow::Strong, None);
///
/// let tree = HolderTree::new(&graph, &dominators);
/// let global = &tree.tops()[0];
/// assert_eq!(global.retained_bytes, 130);
/// let tables = tree.open(&global.members);
/// let entries = tree.open(&tables[0].members);
/// assert_eq!((entries[0].group, entries[0].blocks, entries[0].own_bytes), (1, 3, 30));
/// # Ok::<(), tenure_model::graph::GraphError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HolderTree<'a> {
    graph: &'a Graph,
    dominators: &'a Dominators,
}

/// The vertices that one line of the tree stands for. Four bytes for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderSet(Vec<u32>);

/// A line at the top: a root, several together, or nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct HolderTop {
    /// Who holds: never a node.
    pub holder: Holder,
    /// Bytes retained.
    pub retained_bytes: u64,
    /// What to open.
    pub members: HolderSet,
}

/// A line below the top: blocks of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct HolderGroup {
    /// The group.
    pub group: u32,
    /// How many blocks there are.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub own_bytes: u64,
    /// Bytes that they retain together.
    pub retained_bytes: u64,
    /// What to open.
    pub members: HolderSet,
}

impl HolderSet {
    /// How many vertices there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> HolderTree<'a> {
    /// A view of the dominators of a graph.
    pub fn new(graph: &'a Graph, dominators: &'a Dominators) -> Self {
        Self { graph, dominators }
    }

    /// Who holds anything at all, those that retain the most first. Together they retain all that
    /// is in the tree, and nothing twice.
    pub fn tops(&self) -> Vec<HolderTop> {
        let below = self.dominators.children(Holder::Several);
        let others = below.filter(|holder| !matches!(holder, Holder::Node(_)));
        let all = [Holder::Several].into_iter().chain(others);
        let mut tops: Vec<_> = all
            .filter_map(|holder| {
                Some(HolderTop {
                    holder,
                    retained_bytes: self.dominators.retained_by(holder),
                    members: HolderSet(vec![self.dominators.place(holder)?]),
                })
            })
            .filter(|top| self.children(&top.members).next().is_some())
            .collect();
        tops.sort_by_key(|top| (Reverse(top.retained_bytes), top.holder));
        tops
    }

    /// The set of one node, to open it; `None` if it is not in the tree.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn node(&self, node: u32) -> Option<HolderSet> {
        let place = self.dominators.place_of(node)?;
        Some(HolderSet(vec![place]))
    }

    /// The nodes of a set; roots have none.
    pub fn nodes(&self, members: &HolderSet) -> impl Iterator<Item = u32> + use<'a> {
        let dominators = self.dominators;
        let places = members.0.clone().into_iter();
        places.filter_map(move |place| match dominators.holder_at(place) {
            Holder::Node(node) => Some(node),
            _ => None,
        })
    }

    /// What the members hold immediately, merged by group: the groups that retain the most first.
    /// Its own bytes and the retained ones of the lines make up what the members retain.
    ///
    /// O(children), and four bytes for each child.
    pub fn open(&self, members: &HolderSet) -> Vec<HolderGroup> {
        let mut place_of: HashMap<u32, usize> = HashMap::new();
        let mut groups: Vec<HolderGroup> = Vec::new();
        for (place, node) in self.children(members) {
            let group = self.graph.group(node);
            let index = *place_of.entry(group).or_insert_with(|| {
                groups.push(HolderGroup {
                    group,
                    blocks: 0,
                    own_bytes: 0,
                    retained_bytes: 0,
                    members: HolderSet(Vec::new()),
                });
                groups.len() - 1
            });
            let line = &mut groups[index];
            let retained = self.dominators.tree().retained(place);
            line.blocks += 1;
            line.own_bytes = line.own_bytes.saturating_add(self.graph.size(node));
            line.retained_bytes = line.retained_bytes.saturating_add(retained);
            line.members.0.push(place);
        }
        groups.sort_by_key(|line| (Reverse(line.retained_bytes), line.group));
        groups
    }

    /// The nodes that the members hold immediately, with their places.
    fn children(&self, members: &HolderSet) -> impl Iterator<Item = (u32, u32)> {
        let tree = self.dominators.tree();
        let children = members.0.iter().flat_map(|&place| tree.children(place));
        let vertices = children.map(|place| (place, tree.vertex(place)));
        vertices.filter(|&(_, vertex)| vertex < self.graph.nodes())
    }
}

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
#[derive(Clone, Debug)]
pub struct HolderTree<'a> {
    graph: &'a Graph,
    dominators: &'a Dominators,
    /// Of each place the wanted bytes before it, and the end; `None` where all are wanted.
    wanted: Option<Vec<u64>>,
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
        Self {
            graph,
            dominators,
            wanted: None,
        }
    }

    /// A view of who holds the blocks that `is_wanted` names: what is retained is told of those
    /// alone, and whoever holds none of them is left out.
    ///
    /// O(nodes); eight bytes for each.
    pub fn of_some(
        graph: &'a Graph,
        dominators: &'a Dominators,
        is_wanted: impl Fn(u32) -> bool,
    ) -> Self {
        let tree = dominators.tree();
        let mut wanted = Vec::with_capacity(tree.len() as usize + 1);
        let mut sum = 0_u64;
        wanted.push(sum);
        for vertex in (0..tree.len()).map(|place| tree.vertex(place)) {
            if vertex < graph.nodes() && is_wanted(vertex) {
                sum = sum.saturating_add(graph.size(vertex));
            }
            wanted.push(sum);
        }
        Self {
            graph,
            dominators,
            wanted: Some(wanted),
        }
    }

    /// What the vertex at a place retains, of what is wanted.
    fn retained(&self, place: u32) -> u64 {
        let tree = self.dominators.tree();
        match &self.wanted {
            None => tree.retained(place),
            Some(wanted) => wanted[tree.end(place) as usize] - wanted[place as usize],
        }
    }

    /// The bytes of a node, and whether they are wanted.
    fn own(&self, place: u32, node: u32) -> (u64, bool) {
        let size = self.graph.size(node);
        match &self.wanted {
            None => (size, true),
            Some(wanted) => {
                let own = wanted[place as usize + 1] - wanted[place as usize];
                (own, own > 0)
            }
        }
    }

    /// Who holds anything at all, those that retain the most first. Together they retain all that
    /// is in the tree, and nothing twice.
    pub fn tops(&self) -> Vec<HolderTop> {
        let below = self.dominators.children(Holder::Several);
        let others = below.filter(|holder| !matches!(holder, Holder::Node(_)));
        let all = [Holder::Several].into_iter().chain(others);
        let mut tops: Vec<_> = all
            .filter_map(|holder| {
                let place = self.dominators.place(holder)?;
                let members = HolderSet(vec![place]);
                let retained_bytes = match holder {
                    Holder::Several => self.sum(self.children(&members)),
                    _ => self.retained(place),
                };
                Some(HolderTop {
                    holder,
                    retained_bytes,
                    members,
                })
            })
            .filter(|top| self.children(&top.members).next().is_some())
            .filter(|top| self.wanted.is_none() || top.retained_bytes > 0)
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
        let mut lines = Lines::default();
        for (place, node) in self.children(members) {
            lines.add(self, place, node);
        }
        lines.sorted()
    }

    /// As [`HolderTree::open`], but blocks of `group` among the children are opened in turn, on
    /// and on: so a list or a tree whose blocks are alike is one line. Gives the line of those
    /// blocks, whose retained bytes are not told, and the other lines.
    ///
    /// O(blocks that are opened and their children).
    pub fn unfold(&self, members: &HolderSet, group: u32) -> (HolderGroup, Vec<HolderGroup>) {
        let mut same = HolderGroup::new(group);
        let mut lines = Lines::default();
        let mut to_open = members.clone();
        while !to_open.is_empty() {
            let mut next = HolderSet(Vec::new());
            for (place, node) in self.children(&to_open) {
                if self.graph.group(node) != group {
                    lines.add(self, place, node);
                    continue;
                }
                let (own, is_wanted) = self.own(place, node);
                same.blocks += u64::from(is_wanted);
                same.own_bytes = same.own_bytes.saturating_add(own);
                next.0.push(place);
            }
            same.members.0.extend_from_slice(&next.0);
            to_open = next;
        }
        (same, lines.sorted())
    }

    fn sum(&self, nodes: impl Iterator<Item = (u32, u32)>) -> u64 {
        nodes.fold(0, |sum, (place, _)| {
            sum.saturating_add(self.retained(place))
        })
    }

    /// The nodes that the members hold immediately, with their places.
    fn children(&self, members: &HolderSet) -> impl Iterator<Item = (u32, u32)> {
        let tree = self.dominators.tree();
        let children = members.0.iter().flat_map(|&place| tree.children(place));
        let vertices = children.map(|place| (place, tree.vertex(place)));
        let nodes = vertices.filter(|&(_, vertex)| vertex < self.graph.nodes());
        nodes.filter(|&(place, _)| self.wanted.is_none() || self.retained(place) > 0)
    }
}

impl HolderGroup {
    fn new(group: u32) -> Self {
        Self {
            group,
            blocks: 0,
            own_bytes: 0,
            retained_bytes: 0,
            members: HolderSet(Vec::new()),
        }
    }
}

/// Lines in the making, one for each group.
#[derive(Default)]
struct Lines {
    place_of: HashMap<u32, usize>,
    lines: Vec<HolderGroup>,
}

impl Lines {
    fn add(&mut self, tree: &HolderTree<'_>, place: u32, node: u32) {
        let group = tree.graph.group(node);
        let lines = &mut self.lines;
        let index = *self.place_of.entry(group).or_insert_with(|| {
            lines.push(HolderGroup::new(group));
            lines.len() - 1
        });
        let line = &mut self.lines[index];
        let (own, is_wanted) = tree.own(place, node);
        line.blocks += u64::from(is_wanted);
        line.own_bytes = line.own_bytes.saturating_add(own);
        let retained = tree.retained(place);
        line.retained_bytes = line.retained_bytes.saturating_add(retained);
        line.members.0.push(place);
    }

    fn sorted(mut self) -> Vec<HolderGroup> {
        self.lines
            .sort_by_key(|line| (Reverse(line.retained_bytes), line.group));
        self.lines
    }
}

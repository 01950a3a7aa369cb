//! Makes a graph from nodes, edges and roots as they come.

use super::edge::Packed;
use super::sizes::Sizes;
use super::{Graph, GraphError, Label, NONE, Root, Roots};

/// How much a builder takes in before it refuses: what bounds its memory on hostile input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes.
    pub nodes: u32,
    /// Edges.
    pub edges: u32,
    /// Pointers of roots.
    pub roots: u32,
}

impl Default for Limits {
    /// As many as there are numbers for.
    fn default() -> Self {
        Self {
            nodes: u32::MAX - 3,
            edges: u32::MAX,
            roots: u32::MAX,
        }
    }
}

/// Makes a [`Graph`].
///
/// Nodes get their ids in the order in which they are added, from 0. An edge may be added as soon
/// as both of its nodes are there.
///
/// # Cost
///
/// As long as edges come grouped by source, in the order of the sources, they go where they stay:
/// 4 to 9 bytes for each, as in the finished graph. From the first that comes out of order, the
/// source of each is kept too, and [`Builder::build`] sorts by counting, in O(nodes + edges), with
/// 8 more bytes an edge for the time being. Vectors grow by doubling unless [`Builder::reserve`] is
/// called.
///
/// ```
/// use tenure_model::graph::{Builder, Dominators, Follow, Kind, Kinds, Label};
///
/// let mut builder = Builder::new(1);
/// let list = builder.node(64, 0)?;
/// let item = builder.node(1000, 0)?;
/// let lost = builder.node(16, 0)?;
/// builder.edge(list, item, Label::START)?;
/// builder.root(0, list, Label::START)?;
/// let graph = builder.build()?;
///
/// let dominators = Dominators::of(&graph, Follow::Strong, None);
/// assert_eq!(dominators.retained(list), Some(1064));
/// assert_eq!(Kinds::of(&graph).kind(lost), Kind::DefinitelyLost);
/// # Ok::<(), tenure_model::graph::GraphError>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    limits: Limits,
    group_count: u32,
    sizes: Sizes,
    groups: Vec<u32>,
    /// Of the rows begun so far, while edges come in order.
    starts: Vec<u32>,
    /// Of each edge, since one came out of order; empty before.
    sources: Vec<u32>,
    is_ordered: bool,
    targets: Vec<u32>,
    labels: Vec<Packed>,
    details: Vec<u32>,
    roots: Vec<Root>,
}

impl Builder {
    /// A builder for nodes of `groups` groups. Later steps take 4 to 100 bytes for each group, so
    /// say what the table of groups has, not more.
    pub fn new(groups: u32) -> Self {
        Self::with_limits(groups, Limits::default())
    }

    /// The same, which refuses more than `limits`.
    pub fn with_limits(groups: u32, limits: Limits) -> Self {
        let nodes = limits.nodes.min(Limits::default().nodes);
        Self {
            limits: Limits { nodes, ..limits },
            group_count: groups,
            sizes: Sizes::default(),
            groups: Vec::new(),
            starts: Vec::new(),
            sources: Vec::new(),
            is_ordered: true,
            targets: Vec::new(),
            labels: Vec::new(),
            details: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// Makes room for as many more nodes and edges, so that nothing is moved when they come.
    ///
    /// # Errors
    ///
    /// [`GraphError::NoMemory`] if the allocator has not that much, or the limits let fewer in.
    pub fn reserve(&mut self, nodes: u32, edges: u32) -> Result<(), GraphError> {
        let room = nodes <= self.limits.nodes
            && edges <= self.limits.edges
            && self.sizes.try_reserve(nodes as usize)
            && self.starts.try_reserve_exact(nodes as usize + 1).is_ok()
            && self.targets.try_reserve_exact(edges as usize).is_ok();
        room.then_some(()).ok_or(GraphError::NoMemory)
    }

    /// Adds a node of `bytes` and gives its id.
    ///
    /// # Errors
    ///
    /// If there are too many, or the group was not announced. A builder without groups takes
    /// group 0.
    pub fn node(&mut self, bytes: u64, group: u32) -> Result<u32, GraphError> {
        let node = self.sizes.len() as u32;
        if node >= self.limits.nodes {
            let limit = self.limits.nodes;
            return Err(GraphError::TooManyNodes { limit });
        }
        if group >= self.group_count.max(1) {
            let groups = self.group_count;
            return Err(GraphError::NoSuchGroup { group, groups });
        }
        keep(&mut self.groups, node as usize, group, 0);
        self.sizes.push(bytes);
        Ok(node)
    }

    /// Adds an edge.
    ///
    /// # Errors
    ///
    /// If there are too many, or one of the nodes was not added.
    pub fn edge(&mut self, source: u32, target: u32, label: Label) -> Result<(), GraphError> {
        self.edge_at(source, target, label, NONE)
    }

    /// Adds an edge with a detail: where in the source it stands, or the number of its name. The
    /// detail `u32::MAX` is as none.
    ///
    /// # Errors
    ///
    /// As [`Builder::edge`].
    pub fn edge_at(
        &mut self,
        source: u32,
        target: u32,
        label: Label,
        detail: u32,
    ) -> Result<(), GraphError> {
        self.known(source)?;
        self.known(target)?;
        let edge = self.targets.len();
        if edge >= self.limits.edges as usize {
            let limit = self.limits.edges;
            return Err(GraphError::TooManyEdges { limit });
        }
        self.enter(source);
        keep(&mut self.labels, edge, label.pack(), Packed::default());
        keep(&mut self.details, edge, detail, NONE);
        self.targets.push(target);
        Ok(())
    }

    /// Adds a pointer of the root with number `root` to a node.
    ///
    /// # Errors
    ///
    /// If there are too many, or the node was not added.
    pub fn root(&mut self, root: u32, node: u32, label: Label) -> Result<(), GraphError> {
        self.known(node)?;
        if self.roots.len() >= self.limits.roots as usize {
            let limit = self.limits.roots;
            return Err(GraphError::TooManyRoots { limit });
        }
        self.roots.push(Root { root, node, label });
        Ok(())
    }

    /// The graph.
    ///
    /// # Errors
    ///
    /// [`GraphError::TooManyNodes`] if nodes and roots together have no numbers left.
    pub fn build(mut self) -> Result<Graph, GraphError> {
        let roots = Roots::new(std::mem::take(&mut self.roots));
        let nodes = self.sizes.len();
        roots.leave_room_for(nodes as u32)?;
        if self.is_ordered {
            self.starts.resize(nodes + 1, self.targets.len() as u32);
        } else {
            self.sort();
        }
        self.sizes.shrink();
        self.groups.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.targets.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.details.shrink_to_fit();
        Ok(Graph {
            sizes: self.sizes,
            groups: self.groups,
            group_count: self.group_count.max(1),
            starts: self.starts,
            targets: self.targets,
            labels: self.labels,
            details: self.details,
            roots,
        })
    }

    fn known(&self, node: u32) -> Result<(), GraphError> {
        let nodes = self.sizes.len() as u32;
        if node < nodes {
            Ok(())
        } else {
            Err(GraphError::NoSuchNode { node, nodes })
        }
    }

    /// Notes the source of the edge that is added next.
    fn enter(&mut self, source: u32) {
        if self.is_ordered {
            let begun = source as usize + 1;
            if begun >= self.starts.len() {
                self.starts.resize(begun, self.targets.len() as u32);
                return;
            }
            self.is_ordered = false;
            self.sources = self.spell_out();
        }
        self.sources.push(source);
    }

    /// The source of each edge so far, from the rows.
    fn spell_out(&mut self) -> Vec<u32> {
        let starts = std::mem::take(&mut self.starts);
        let ends = starts[1..]
            .iter()
            .copied()
            .chain([self.targets.len() as u32]);
        let mut sources = Vec::with_capacity(self.targets.capacity());
        for (source, end) in ends.enumerate() {
            sources.resize(end as usize, source as u32);
        }
        sources
    }

    /// Brings the edges into rows, those of a row in the order in which they came.
    fn sort(&mut self) {
        let nodes = self.sizes.len();
        let mut next = vec![0; nodes + 1];
        for &source in &self.sources {
            next[source as usize + 1] += 1;
        }
        for node in 0..nodes {
            next[node + 1] += next[node];
        }
        self.starts = next.clone();
        // From here on `sources` has the place that each edge goes to.
        let mut places = std::mem::take(&mut self.sources);
        for place in &mut places {
            let free = &mut next[*place as usize];
            *place = *free;
            *free += 1;
        }
        drop(next);
        self.targets = moved(std::mem::take(&mut self.targets), &places);
        self.labels = moved(std::mem::take(&mut self.labels), &places);
        self.details = moved(std::mem::take(&mut self.details), &places);
    }
}

/// Adds `value` to a list that is left out as long as all of its values are `usual`.
fn keep<T: Copy + PartialEq>(list: &mut Vec<T>, len: usize, value: T, usual: T) {
    if list.is_empty() {
        if value == usual {
            return;
        }
        list.resize(len, usual);
    }
    list.push(value);
}

/// The values, each at its place.
fn moved<T: Copy + Default>(values: Vec<T>, places: &[u32]) -> Vec<T> {
    let mut all = vec![T::default(); values.len()];
    for (&value, &place) in values.iter().zip(places) {
        all[place as usize] = value;
    }
    all
}

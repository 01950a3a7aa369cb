//! The shortest way from a root to each block.

use super::edge::Packed;
use super::{Edge, Follow, Graph, NONE, Root};

/// The shortest ways from the roots to all nodes, or to one.
///
/// Among ways of equal length the one with the fewest interior pointers is taken, since those may
/// be numbers that only look like pointers.
///
/// # Shape
///
/// A tree: each node that was reached has the node before it, or itself if a root points to it.
///
/// # Cost
///
/// O(nodes + edges); four bytes for each node, and the two fronts of the search.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    before: Vec<u32>,
    follow: Follow,
}

/// One pointer on the way: it stands in the node before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node that the pointer stands in.
    pub source: u32,
    /// The pointer, with the node that it leads to.
    pub edge: Edge,
}

/// A way from a root to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The pointer from outside that it begins with.
    pub root: Root,
    /// The pointers from block to block, from the root on; empty if the root points to the node.
    pub steps: Vec<Step>,
}

impl Paths {
    /// Finds the shortest ways to all nodes, by the edges to `follow`.
    pub fn of(graph: &Graph, follow: Follow) -> Self {
        Self::search(graph, follow, None)
    }

    /// The shortest way to one node; `None` if no way leads to it. Stops as soon as it is found.
    pub fn shortest(graph: &Graph, follow: Follow, node: u32) -> Option<Path> {
        Self::search(graph, follow, Some(node)).to(graph, node)
    }

    /// The way to a node, from the graph that the paths were found in. O(length of the way and
    /// edges along it, and pointers of roots).
    ///
    /// # Panics
    ///
    /// May panic if the graph is another.
    pub fn to(&self, graph: &Graph, node: u32) -> Option<Path> {
        let mut steps = Vec::new();
        let mut target = node;
        loop {
            let source = *self.before.get(target as usize)?;
            if source == NONE {
                return None;
            }
            if source == target {
                break;
            }
            let edges = graph
                .edges_of(source)
                .filter(|edge| edge.target == target && self.follow.passes(edge.label.pack()));
            let edge = edges.min_by_key(|edge| !edge.label.kind.is_start())?;
            steps.push(Step { source, edge });
            target = source;
        }
        steps.reverse();
        let roots = graph.roots().to(target);
        let roots = roots.filter(|root| self.follow.passes(root.label.pack()));
        let root = roots.min_by_key(|root| (!root.label.kind.is_start(), root.root))?;
        Some(Path { root, steps })
    }

    fn search(graph: &Graph, follow: Follow, sought: Option<u32>) -> Self {
        let mut search = Search {
            before: vec![NONE; graph.nodes() as usize],
            follow,
            next: Front::default(),
        };
        let roots = graph.roots();
        for (interior, is_start) in [(0, true), (1, false)] {
            for (&node, &label) in roots.nodes().iter().zip(roots.labels()) {
                search.try_edge(node, node, label, is_start);
            }
            search.next.close_class(interior);
        }
        let mut front = Front::default();
        let is_found = |before: &[u32]| {
            sought.is_some_and(|node| before.get(node as usize).is_none_or(|&it| it != NONE))
        };
        while !search.next.nodes.is_empty() && !is_found(&search.before) {
            std::mem::swap(&mut front, &mut search.next);
            search.next.clear();
            search.step(graph, &front);
        }
        Self {
            before: search.before,
            follow,
        }
    }
}

/// The nodes at one distance, in classes by the interior pointers on the way to them.
#[derive(Default)]
struct Front {
    nodes: Vec<u32>,
    classes: Vec<Class>,
}

/// Nodes with equally many interior pointers on their way; none is empty.
#[derive(Clone, Copy)]
struct Class {
    interior: u32,
    end: usize,
}

impl Front {
    fn clear(&mut self) {
        self.nodes.clear();
        self.classes.clear();
    }

    /// Makes a class of the nodes added since the last.
    fn close_class(&mut self, interior: u32) {
        let end = self.nodes.len();
        if end > self.classes.last().map_or(0, |class| class.end) {
            self.classes.push(Class { interior, end });
        }
    }

    fn class(&self, place: usize) -> &[u32] {
        let start = place.checked_sub(1).map_or(0, |it| self.classes[it].end);
        &self.nodes[start..self.classes[place].end]
    }
}

struct Search {
    before: Vec<u32>,
    follow: Follow,
    next: Front,
}

impl Search {
    /// Finds what is one step from the front. A class of the next one is met by start pointers
    /// from the same class and by interior ones from the class with one less.
    fn step(&mut self, graph: &Graph, front: &Front) {
        let mut before: Option<(usize, u32)> = None;
        for (place, class) in front.classes.iter().enumerate() {
            if let Some((place, interior)) = before {
                self.try_edges(graph, front.class(place), false);
                if interior + 1 < class.interior {
                    self.next.close_class(interior + 1);
                }
            }
            self.try_edges(graph, front.class(place), true);
            self.next.close_class(class.interior);
            before = Some((place, class.interior));
        }
        if let Some((place, interior)) = before {
            self.try_edges(graph, front.class(place), false);
            self.next.close_class(interior + 1);
        }
    }

    fn try_edges(&mut self, graph: &Graph, sources: &[u32], is_start: bool) {
        if !is_start && graph.labels.is_empty() {
            return;
        }
        for &source in sources {
            for edge in graph.row(source) {
                self.try_edge(source, graph.targets[edge], graph.label(edge), is_start);
            }
        }
    }

    fn try_edge(&mut self, source: u32, target: u32, label: Packed, is_start: bool) {
        let before = &mut self.before[target as usize];
        if *before == NONE && label.is_start() == is_start && self.follow.passes(label) {
            *before = source;
            self.next.nodes.push(target);
        }
    }
}

//! The graph beside brute force, the shapes that memcheck documents, and hostile input.

mod brute;
mod building;
mod chains;
mod holding;
mod random;
mod recording;
mod shapes;

use super::*;
pub(super) use shapes::{Random, random_graph};

/// A graph of sizes, edges and roots; all nodes are of group 0.
fn graph(sizes: &[u64], edges: &[(u32, u32, Label)], roots: &[(u32, u32, Label)]) -> Graph {
    let mut builder = Builder::new(1);
    for &size in sizes {
        builder.node(size, 0).unwrap();
    }
    for &(source, target, label) in edges {
        builder.edge(source, target, label).unwrap();
    }
    for &(root, node, label) in roots {
        builder.root(root, node, label).unwrap();
    }
    let graph = builder.build().unwrap();
    graph.check();
    graph
}

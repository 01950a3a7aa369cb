//! Random graphs of many shapes, from a seed.

use super::*;

/// Random numbers that are the same for the same seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, or 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end.max(1))) as u32
    }

    fn label(&mut self) -> Label {
        let label = match self.below(10) {
            0..6 => Label::START,
            6..9 => Label::INTERIOR,
            _ => Label::HEURISTIC,
        };
        if self.below(12) == 0 {
            label.weak()
        } else {
            label
        }
    }
}

pub(crate) const GROUPS: u32 = 7;

/// A graph of at most `most` nodes. Its shape goes by the seed: sparse, dense, without cycles,
/// chains forth and back, cycles, cliques, trees, ladders, or a mixture; self loops and parallel
/// edges come by chance, and the order of edges too.
pub(crate) fn random_graph(seed: u64, most: u32) -> Graph {
    let random = &mut Random(seed);
    let nodes = random.below(most + 1);
    let mut builder = Builder::new(GROUPS);
    for _ in 0..nodes {
        let bytes = match random.below(50) {
            0 => u64::from(u32::MAX) + u64::from(random.below(9)),
            _ => u64::from(random.below(1000)),
        };
        builder.node(bytes, random.below(GROUPS)).unwrap();
    }
    let mut edges = shape(random, seed % 9, nodes);
    if random.below(2) == 0 {
        edges.sort_by_key(|&(source, _)| source);
    }
    for (source, target) in edges {
        let label = random.label();
        let detail = if random.below(3) == 0 {
            u32::MAX
        } else {
            random.below(64) * 8
        };
        builder.edge_at(source, target, label, detail).unwrap();
    }
    if nodes > 0 {
        for _ in 0..random.below(6) {
            let (root, node) = (random.below(4) * 1000, random.below(nodes));
            builder.root(root, node, random.label()).unwrap();
        }
    }
    let graph = builder.build().unwrap();
    graph.check();
    graph
}

fn shape(random: &mut Random, kind: u64, nodes: u32) -> Vec<(u32, u32)> {
    if nodes == 0 {
        return Vec::new();
    }
    let mut edges = Vec::new();
    let anywhere = |random: &mut Random| (random.below(nodes), random.below(nodes));
    match kind {
        0 => edges.extend((0..nodes).map(|_| anywhere(random))),
        1 => edges.extend((0..nodes * random.below(16)).map(|_| anywhere(random))),
        2 => edges.extend((0..nodes * 2).map(|_| {
            let (one, other) = anywhere(random);
            (one.min(other), one.max(other))
        })),
        3 => {
            edges.extend((1..nodes).map(|node| (node - 1, node)));
            edges.extend((0..random.below(nodes)).map(|_| anywhere(random)));
        }
        4 => edges.extend((1..nodes).map(|node| (node, node - 1))),
        5 => {
            let length = 1 + random.below(9);
            let next = |node: u32| {
                let first = node / length * length;
                let last = (first + length).min(nodes) - 1;
                if node == last { first } else { node + 1 }
            };
            edges.extend((0..nodes).map(|node| (node, next(node))));
            edges.extend((0..nodes / 3).map(|_| anywhere(random)));
        }
        6 => {
            let size = 1 + random.below(12);
            for node in 0..nodes {
                let first = node / size * size;
                edges.extend((first..(first + size).min(nodes)).map(|other| (node, other)));
            }
            edges.extend((0..nodes / 4).map(|_| anywhere(random)));
        }
        7 => {
            edges.extend((1..nodes).map(|node| (random.below(node), node)));
            edges.extend((0..nodes / 8).map(|_| anywhere(random)));
        }
        _ => {
            edges.extend((2..nodes).flat_map(|node| [(node - 2, node), (node, node - 1)]));
            edges.extend((0..nodes / 5).map(|_| anywhere(random)));
        }
    }
    for place in (1..edges.len()).rev() {
        edges.swap(place, random.below(place as u32 + 1) as usize);
    }
    edges
}

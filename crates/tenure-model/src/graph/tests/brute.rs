//! What the definitions say, computed without any cleverness.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes that a walk has found.
pub(crate) struct Found(Vec<bool>);

impl Found {
    pub(crate) fn contains(&self, node: &u32) -> bool {
        self.0[*node as usize]
    }

    fn nodes(&self) -> impl Iterator<Item = u32> + use<'_> {
        (0..)
            .zip(&self.0)
            .filter(|(_, found)| **found)
            .map(|(node, _)| node)
    }
}

/// Edges to follow from each node.
pub(crate) fn neighbours(graph: &Graph, follow: Follow) -> Vec<Vec<(u32, EdgeKind)>> {
    let passes = |label: Label| follow == Follow::All || label.strength == Strength::Strong;
    let of = |node| {
        let edges = graph.edges_of(node).filter(|edge| passes(edge.label));
        edges.map(|edge| (edge.target, edge.label.kind)).collect()
    };
    (0..graph.nodes()).map(of).collect()
}

/// What a walk from `from` reaches over edges that `passes` lets through, without one node.
pub(crate) fn reach(
    next: &[Vec<(u32, EdgeKind)>],
    from: impl IntoIterator<Item = u32>,
    passes: impl Fn(u32, EdgeKind) -> bool,
) -> Found {
    let mut found = vec![false; next.len()];
    let mut to_do: Vec<u32> = from.into_iter().collect();
    while let Some(node) = to_do.pop() {
        if !std::mem::replace(&mut found[node as usize], true) {
            let edges = next[node as usize].iter();
            let passed = edges.filter(|&&(target, kind)| passes(target, kind));
            to_do.extend(passed.map(|&(target, _)| target));
        }
    }
    Found(found)
}

/// The roots' pointers that are followed.
pub(crate) fn roots(graph: &Graph, follow: Follow) -> Vec<Root> {
    let all = graph.roots().iter();
    all.filter(|root| follow == Follow::All || root.label.strength == Strength::Strong)
        .collect()
}

/// A graph from which something can be taken away.
struct Whole<'a> {
    next: Vec<Vec<(u32, EdgeKind)>>,
    roots: Vec<Root>,
    leaders: &'a [u32],
    reachable: Found,
}

impl<'a> Whole<'a> {
    fn new(graph: &'a Graph, follow: Follow, leaders: &'a [u32]) -> Self {
        let mut whole = Self {
            next: neighbours(graph, follow),
            roots: roots(graph, follow),
            leaders,
            reachable: Found(vec![false; graph.nodes() as usize]),
        };
        whole.reachable = whole.alive(None);
        whole
    }

    /// What is reachable without what is taken.
    fn alive(&self, taken: Option<Holder>) -> Found {
        let is_there = |node: u32| taken != Some(Holder::Node(node));
        let from = self
            .roots
            .iter()
            .filter(|root| taken != Some(Holder::Root(root.root)) && is_there(root.node));
        let from = from.map(|root| root.node);
        reach(&self.next, from, |target, _| is_there(target))
    }

    /// What is lost and led to by the leaders, without what is taken.
    fn alive_among_lost(&self, taken: Option<Holder>) -> Found {
        let is_there =
            |node: u32| taken != Some(Holder::Node(node)) && !self.reachable.contains(&node);
        let from = self.leaders.iter().copied().filter(|&node| is_there(node));
        reach(&self.next, from, |target, _| is_there(target))
    }
}

/// For each node in the tree all that dominate it, itself included.
pub(crate) fn dominators(
    graph: &Graph,
    follow: Follow,
    leaders: &[u32],
) -> BTreeMap<u32, BTreeSet<Holder>> {
    let whole = Whole::new(graph, follow, leaders);
    let lost = whole.alive_among_lost(None);
    let mut all: BTreeMap<u32, BTreeSet<Holder>> = BTreeMap::new();
    let ids: BTreeSet<u32> = graph.roots().iter().map(|root| root.root).collect();
    let roots = ids.into_iter().map(Holder::Root);
    for taken in roots.chain((0..graph.nodes()).map(Holder::Node)) {
        let left = whole.alive(Some(taken));
        let left_lost = whole.alive_among_lost(Some(taken));
        let gone = whole.reachable.nodes().filter(|node| !left.contains(node));
        let gone_lost = lost.nodes().filter(|node| !left_lost.contains(node));
        for node in gone.chain(gone_lost) {
            all.entry(node).or_default().insert(taken);
        }
    }
    for node in lost.nodes() {
        all.entry(node).or_default().insert(Holder::Lost);
    }
    all
}

/// The immediate one of the dominators of `node`: that which all others dominate.
pub(crate) fn immediate(all: &BTreeMap<u32, BTreeSet<Holder>>, node: u32) -> Holder {
    let depth = |holder: &Holder| match holder {
        Holder::Node(node) => all[node].len(),
        _ => 0,
    };
    let own = all[&node]
        .iter()
        .filter(|&&holder| holder != Holder::Node(node));
    own.copied().max_by_key(depth).unwrap_or(Holder::Several)
}

/// The kinds by their definitions. In a lost cycle that nothing else leads to, the first block is
/// definitely lost.
pub(crate) fn kinds(graph: &Graph) -> Vec<Kind> {
    let next = neighbours(graph, Follow::Strong);
    let roots = roots(graph, Follow::Strong);
    let starts = roots
        .iter()
        .filter(|root| root.label.kind != EdgeKind::Interior);
    let start = reach(&next, starts.map(|root| root.node), |_, kind| {
        kind != EdgeKind::Interior
    });
    let any = reach(&next, roots.iter().map(|root| root.node), |_, _| true);
    let leads_to: Vec<_> = (0..graph.nodes())
        .map(|node| reach(&next, [node], |_, _| true))
        .collect();
    let kind = |node: u32| {
        if start.contains(&node) {
            return Kind::StillReachable;
        }
        if any.contains(&node) {
            return Kind::PossiblyLost;
        }
        // Whoever leads to it without being led to by it, or comes before it in a cycle.
        let blamed = (0..graph.nodes()).any(|other| {
            let is_lost = !any.contains(&other) && other != node;
            let leads = leads_to[other as usize].contains(&node);
            let is_cycle = leads_to[node as usize].contains(&other);
            is_lost && leads && (!is_cycle || other < node)
        });
        if blamed {
            Kind::IndirectlyLost
        } else {
            Kind::DefinitelyLost
        }
    };
    (0..graph.nodes()).map(kind).collect()
}

/// The leaders as memcheck's loop finds them, step by step: for each lost block its leader, and
/// for each leader the bytes that it has gathered.
pub(crate) fn memcheck(graph: &Graph) -> (BTreeMap<u32, u32>, BTreeMap<u32, u64>) {
    let next = neighbours(graph, Follow::Strong);
    let roots = roots(graph, Follow::Strong);
    let any = reach(&next, roots.iter().map(|root| root.node), |_, _| true);
    let mut claimed: BTreeMap<u32, bool> = BTreeMap::new();
    let mut gathered: BTreeMap<u32, (u64, Vec<u32>)> = BTreeMap::new();
    let lost: Vec<u32> = (0..graph.nodes())
        .filter(|node| !any.contains(node))
        .collect();
    for &leader in &lost {
        if claimed.contains_key(&leader) {
            continue;
        }
        let mut own = (0, vec![]);
        let mut stack = vec![leader];
        while let Some(node) = stack.pop() {
            for &(target, _) in &next[node as usize] {
                let free = !any.contains(&target) && !claimed.contains_key(&target);
                if free && target != leader {
                    claimed.insert(target, true);
                    stack.push(target);
                    own.0 += graph.size(target);
                    own.1.push(target);
                    if let Some((bytes, blocks)) = gathered.remove(&target) {
                        own.0 += bytes;
                        own.1.extend(blocks);
                    }
                }
            }
        }
        gathered.insert(leader, own);
    }
    let mut leader_of = BTreeMap::new();
    let mut bytes_of = BTreeMap::new();
    for (leader, (bytes, blocks)) in gathered {
        leader_of.insert(leader, leader);
        bytes_of.insert(leader, bytes);
        leader_of.extend(blocks.into_iter().map(|block| (block, leader)));
    }
    (leader_of, bytes_of)
}

/// For each node the length of the shortest way to it and the fewest interior pointers on such.
pub(crate) fn distances(graph: &Graph, follow: Follow) -> BTreeMap<u32, (u32, u32)> {
    let next = neighbours(graph, follow);
    let cost = |kind: EdgeKind| u32::from(kind == EdgeKind::Interior);
    let mut best: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for root in roots(graph, follow) {
        let way = (0, cost(root.label.kind));
        let known = best.entry(root.node).or_insert(way);
        *known = way.min(*known);
    }
    loop {
        let before = best.clone();
        for (&node, &(length, interior)) in &before {
            for &(target, kind) in &next[node as usize] {
                let way = (length + 1, interior + cost(kind));
                let known = best.entry(target).or_insert(way);
                *known = way.min(*known);
            }
        }
        if best == before {
            return best;
        }
    }
}

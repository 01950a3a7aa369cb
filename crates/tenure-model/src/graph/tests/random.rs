//! A thousand random graphs beside brute force.

use super::*;
use shapes::GROUPS;

const SEEDS: std::ops::Range<u64> = 0..1000;
const NODES_MAX: u32 = 200;

fn follow_of(seed: u64) -> Follow {
    if seed.is_multiple_of(3) {
        Follow::All
    } else {
        Follow::Strong
    }
}

#[test]
fn kinds_are_those_of_the_definitions() {
    let mut seen = [0_u32; 4];
    for seed in SEEDS {
        let graph = random_graph(seed, NODES_MAX);
        let kinds = Kinds::of(&graph);
        kinds.check(&graph);
        let expected = brute::kinds(&graph);
        let next = brute::neighbours(&graph, Follow::Strong);
        for node in 0..graph.nodes() {
            let kind = expected[node as usize];
            assert_eq!(kinds.kind(node), kind, "seed {seed}, node {node}");
            seen[kind as usize] += 1;
            if let Some(leader) = kinds.leader(node) {
                let led = brute::reach(&next, [leader], |_, _| true);
                assert!(led.contains(&node), "seed {seed}: {leader} leads to {node}");
            }
        }
    }
    assert!(seen.iter().all(|&nodes| nodes > 1000), "{seen:?}");
}

#[test]
fn memchecks_leaders_and_their_sums_are_found() {
    let mut different = 0;
    for seed in SEEDS {
        let graph = random_graph(seed, NODES_MAX);
        let kinds = Kinds::with_cycles(&graph, Cycles::AsMemcheck);
        kinds.check(&graph);
        let (leader_of, bytes_of) = brute::memcheck(&graph);
        for node in 0..graph.nodes() {
            let expected = leader_of.get(&node).copied();
            assert_eq!(kinds.leader(node), expected, "seed {seed}, node {node}");
        }
        let leaders = kinds.leaders().iter();
        let found = leaders.map(|leader| (leader.node, leader.indirect_bytes));
        assert!(found.eq(bytes_of), "seed {seed}");
        different += u32::from(kinds != Kinds::of(&graph));
    }
    assert!(different > 10, "{different} graphs show the difference");
}

#[test]
fn dominators_and_retained_sizes_are_those_of_removal() {
    for seed in SEEDS {
        let graph = random_graph(seed, NODES_MAX);
        let follow = follow_of(seed);
        let kinds = Kinds::of(&graph);
        let lost = (seed % 2 == 0).then_some(&kinds);
        let leaders = lost.map_or(&[][..], Kinds::leaders).iter();
        let leaders: Vec<u32> = leaders.map(|leader| leader.node).collect();
        let expected = brute::dominators(&graph, follow, &leaders);
        let found = Dominators::of(&graph, follow, lost);
        found.check(&graph, follow);
        for node in 0..graph.nodes() {
            let told = format!("seed {seed}, node {node}");
            let Some(own) = expected.get(&node) else {
                assert_eq!(found.holder(node), None, "{told}");
                continue;
            };
            let holder = brute::immediate(&expected, node);
            assert_eq!(found.holder(node), Some(holder), "{told}");
            let others = found.holders(node).filter(|&it| it != Holder::Several);
            let mut all: Vec<_> = others.chain([Holder::Node(node)]).collect();
            all.sort_unstable();
            assert!(all.iter().eq(own), "{told}: {all:?} and {own:?}");
            let held = expected
                .iter()
                .filter(|(_, it)| it.contains(&Holder::Node(node)));
            let bytes: u64 = held.map(|(&held, _)| graph.size(held)).sum();
            assert_eq!(found.retained(node), Some(bytes), "{told}");
        }
        groups_retain(&graph, lost, &found, &expected);
    }
}

type Expected = std::collections::BTreeMap<u32, std::collections::BTreeSet<Holder>>;

fn groups_retain(graph: &Graph, kinds: Option<&Kinds>, found: &Dominators, expected: &Expected) {
    let census = Census::of(graph, kinds, Some(found));
    for group in 0..GROUPS {
        let of_group = |holder: &Holder| match holder {
            Holder::Node(node) => graph.group(*node) == group,
            _ => false,
        };
        // A node counts once, however many of its dominators are of the group.
        let held = expected.iter().filter(|(_, own)| own.iter().any(of_group));
        let bytes: u64 = held.map(|(&node, _)| graph.size(node)).sum();
        let figures = census.get(group);
        assert_eq!(figures.retained_bytes, bytes, "group {group}");
        let members = (0..graph.nodes()).filter(|&node| graph.group(node) == group);
        assert_eq!(figures.blocks, members.clone().count() as u64);
        assert_eq!(
            figures.bytes,
            members.map(|node| graph.size(node)).sum::<u64>()
        );
        for kind in Kind::ALL {
            let of_kind = |&node: &u32| {
                graph.group(node) == group && kinds.is_some_and(|it| it.kind(node) == kind)
            };
            let nodes = (0..graph.nodes()).filter(of_kind);
            let bytes: u64 = nodes.clone().map(|node| graph.size(node)).sum();
            let blocks = nodes.count() as u64;
            assert_eq!(figures.kind(kind), KindFigures { blocks, bytes });
        }
    }
}

#[test]
fn shortest_ways_are_as_short_as_can_be() {
    for seed in SEEDS {
        let graph = random_graph(seed, NODES_MAX);
        let follow = follow_of(seed);
        let expected = brute::distances(&graph, follow);
        let paths = Paths::of(&graph, follow);
        for node in 0..graph.nodes() {
            let Some(path) = paths.to(&graph, node) else {
                assert!(!expected.contains_key(&node), "seed {seed}, node {node}");
                continue;
            };
            let mut at = path.root.node;
            let mut interior = u32::from(!path.root.label.kind.is_start());
            assert!(graph.roots().iter().any(|root| root == path.root));
            for step in &path.steps {
                assert_eq!(step.source, at, "the steps are one way");
                assert!(graph.edges_of(at).any(|edge| edge == step.edge));
                at = step.edge.target;
                interior += u32::from(!step.edge.label.kind.is_start());
            }
            assert_eq!(at, node, "the way leads to the node");
            let way = (path.steps.len() as u32, interior);
            assert_eq!(expected.get(&node), Some(&way), "seed {seed}, node {node}");
            if node % 16 == 0 {
                assert_eq!(Paths::shortest(&graph, follow, node), Some(path));
            }
        }
    }
}

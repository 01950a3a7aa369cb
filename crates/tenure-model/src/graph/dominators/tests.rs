//! Dominators beside the iterative algorithm, and shapes that are hard on one or the other.

use super::*;
use crate::graph::tests::{Random, random_graph};
use crate::graph::{Builder, Label};

/// The immediate dominators by the algorithm of Cooper, Harvey and Kennedy: intersect over all
/// predecessors in postorder until nothing changes. Vertices as in `flow`; `NONE` if not reached.
fn iterate(flow: &Flow<'_>, count: u32) -> Vec<u32> {
    let top = flow.top();
    let none = vec![NONE; count as usize];
    let targets = |vertex| {
        let mut left = flow.row(vertex);
        std::iter::from_fn(|| flow.next(vertex, &mut left, &none)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = (0..count).map(targets).collect();
    let mut order = vec![NONE; count as usize];
    let mut postorder = Vec::new();
    let mut seen = vec![false; count as usize];
    let mut path = vec![(top, 0)];
    seen[top as usize] = true;
    while let Some((vertex, at)) = path.last_mut() {
        let vertex = *vertex;
        match rows[vertex as usize].get(*at) {
            Some(&target) => {
                *at += 1;
                if !std::mem::replace(&mut seen[target as usize], true) {
                    path.push((target, 0));
                }
            }
            None => {
                order[vertex as usize] = postorder.len() as u32;
                postorder.push(vertex);
                path.pop();
            }
        }
    }
    let mut before = vec![Vec::new(); count as usize];
    for &source in &postorder {
        for &target in &rows[source as usize] {
            before[target as usize].push(source);
        }
    }
    let mut idom = vec![NONE; count as usize];
    idom[top as usize] = top;
    loop {
        let mut is_changed = false;
        for &vertex in postorder.iter().rev().skip(1) {
            let known = before[vertex as usize].iter().copied();
            let known = known.filter(|&source| idom[source as usize] != NONE);
            let common = known.reduce(|mut one, mut other| {
                while one != other {
                    if order[one as usize] < order[other as usize] {
                        one = idom[one as usize];
                    } else {
                        other = idom[other as usize];
                    }
                }
                one
            });
            let common = common.unwrap_or(NONE);
            is_changed |= std::mem::replace(&mut idom[vertex as usize], common) != common;
        }
        if !is_changed {
            return idom;
        }
    }
}

#[test]
fn the_iterative_algorithm_agrees() {
    for seed in 0..120 {
        let graph = random_graph(seed, 4000);
        let flow = Flow::new(&graph, Follow::Strong, None);
        let expected = iterate(&flow, flow.vertices());
        let found = Dominators::of(&graph, Follow::Strong, None);
        found.check(&graph, Follow::Strong);
        for (vertex, &above) in (0..).zip(&expected) {
            let place = found.tree.place(vertex);
            if above == NONE {
                assert_eq!(place, NONE, "seed {seed}, vertex {vertex}");
            } else {
                let idom = found.tree.vertex(found.tree.idom(place));
                assert_eq!(idom, above, "seed {seed}, vertex {vertex}");
            }
        }
    }
}

#[test]
fn jumps_lead_where_steps_lead() {
    for seed in 0..300 {
        let graph = random_graph(seed, 300);
        let kinds = Kinds::of(&graph);
        let of = |patience| Dominators::with_patience(&graph, Follow::All, Some(&kinds), patience);
        let expected = of(u64::MAX);
        assert!(of(0) == expected, "seed {seed}: jumps from the first climb");
        assert!(of(1) == expected, "seed {seed}: jumps from some climb on");
    }
}

/// A list whose last block points to many that the root points to as well: each climbs the whole
/// list. Step by step that would be 4·10¹⁰ steps.
#[test]
fn many_long_climbs_do_not_take_forever() {
    let (list, others) = (200_000, 200_000);
    let mut builder = Builder::new(1);
    for _ in 0..list + others {
        builder.node(1, 0).unwrap();
    }
    for node in 1..list {
        builder.edge(node - 1, node, Label::START).unwrap();
    }
    for other in list..list + others {
        builder.edge(list - 1, other, Label::START).unwrap();
        builder.root(0, other, Label::START).unwrap();
    }
    builder.root(0, 0, Label::START).unwrap();
    let graph = builder.build().unwrap();
    let found = Dominators::of(&graph, Follow::Strong, None);
    assert_eq!(found.holder(list), Some(Holder::Root(0)));
    assert_eq!(found.retained(0), Some(u64::from(list)));
    assert_eq!(found.holders(list - 1).count() as u32, list + 1);
}

/// Edges into one block, more than there are blocks: the buffer for sorting has to be larger.
#[test]
fn a_block_may_be_pointed_to_more_often_than_there_are_blocks() {
    let mut builder = Builder::new(1);
    for _ in 0..40 {
        builder.node(1, 0).unwrap();
    }
    let random = &mut Random(1);
    for node in 1..40 {
        builder.edge(node - 1, node, Label::START).unwrap();
        for _ in 0..random.below(200) {
            builder.edge(node, node / 2, Label::START).unwrap();
        }
    }
    builder.root(0, 0, Label::START).unwrap();
    let graph = builder.build().unwrap();
    assert!(graph.edges() > 1000);
    let found = Dominators::of(&graph, Follow::Strong, None);
    found.check(&graph, Follow::Strong);
    for node in 1..40 {
        assert_eq!(found.holder(node), Some(Holder::Node(node - 1)));
    }
}

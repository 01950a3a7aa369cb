//! Who holds what, opened from the roots down, and two graphs side by side.

use super::*;

const START: Label = Label::START;

/// Root 1 holds a table (0) with three entries (1, 2, 3) of one group, of which two have a text
/// (4, 5); root 2 and root 1 share a block (6).
fn cache() -> Graph {
    let mut builder = Builder::new(4);
    let nodes = [
        (100, 0),
        (10, 1),
        (10, 1),
        (10, 1),
        (7, 2),
        (8, 2),
        (1000, 3),
    ];
    for (bytes, group) in nodes {
        builder.node(bytes, group).unwrap();
    }
    for (source, target) in [(0, 1), (0, 2), (0, 3), (1, 4), (2, 5), (0, 6)] {
        builder.edge(source, target, START).unwrap();
    }
    builder.root(1, 0, START).unwrap();
    builder.root(2, 6, START).unwrap();
    builder.build().unwrap()
}

#[test]
fn the_tree_opens_by_group() {
    let graph = cache();
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    let tree = HolderTree::new(&graph, &dominators);
    let tops = tree.tops();
    let told: Vec<_> = tops
        .iter()
        .map(|top| (top.holder, top.retained_bytes))
        .collect();
    assert_eq!(told, [(Holder::Several, 1000), (Holder::Root(1), 145)]);
    let lines = |members: &HolderSet| {
        let lines = tree.open(members).into_iter();
        let figures =
            |line: HolderGroup| (line.group, line.blocks, line.own_bytes, line.retained_bytes);
        lines.map(figures).collect::<Vec<_>>()
    };
    assert_eq!(lines(&tops[0].members), [(3, 1, 1000, 1000)]);
    assert_eq!(lines(&tops[1].members), [(0, 1, 100, 145)]);
    let tables = tree.open(&tops[1].members);
    assert_eq!(lines(&tables[0].members), [(1, 3, 30, 45)]);
    let entries = tree.open(&tables[0].members);
    assert_eq!(lines(&entries[0].members), [(2, 2, 15, 15)]);
    assert!(tree.nodes(&entries[0].members).eq([1, 2, 3]));
    assert_eq!(lines(&tree.node(0).unwrap()), [(1, 3, 30, 45)]);
    let largest = dominators.largest_children(Holder::Node(0), 2);
    assert_eq!(largest, [(Holder::Node(2), 18), (Holder::Node(1), 17)]);
}

#[test]
fn opening_all_lines_shows_every_byte_once() {
    for seed in 0..200 {
        let graph = random_graph(seed, 120);
        let kinds = Kinds::of(&graph);
        let dominators = Dominators::of(&graph, Follow::Strong, Some(&kinds));
        let tree = HolderTree::new(&graph, &dominators);
        let (mut bytes, mut blocks) = (0, 0);
        let tops = tree.tops();
        let held: u64 = tops.iter().map(|top| top.retained_bytes).sum();
        let mut open: Vec<_> = tops
            .into_iter()
            .map(|top| (0, top.retained_bytes, top.members))
            .collect();
        while let Some((own, retained, members)) = open.pop() {
            let lines = tree.open(&members);
            let below: u64 = lines.iter().map(|line| line.retained_bytes).sum();
            assert_eq!(own + below, retained, "seed {seed}");
            for line in lines {
                bytes += line.own_bytes;
                blocks += line.blocks;
                open.push((line.own_bytes, line.retained_bytes, line.members));
            }
        }
        assert_eq!((bytes, blocks), dominators.total(), "seed {seed}");
        assert_eq!(bytes, held, "seed {seed}");
    }
}

#[test]
fn lost_blocks_do_not_take_what_others_hold() {
    // 1 is lost and points to 0, which a root holds.
    let graph = graph(&[1, 2], &[(1, 0, START)], &[(5, 0, START)]);
    let kinds = Kinds::of(&graph);
    let dominators = Dominators::of(&graph, Follow::Strong, Some(&kinds));
    assert_eq!(dominators.holder(0), Some(Holder::Root(5)));
    assert_eq!(dominators.holder(1), Some(Holder::Lost));
    assert!(dominators.dominates(Holder::Root(5), 0));
    assert!(!dominators.dominates(Holder::Lost, 0));
}

#[test]
fn a_comparison_goes_by_the_callers_keys() {
    let before = cache();
    let mut builder = Builder::new(2);
    for bytes in [10, 10, 30] {
        builder.node(bytes, 1).unwrap();
    }
    builder.node(5, 0).unwrap();
    builder.edge(0, 1, START).unwrap();
    builder.root(1, 0, START).unwrap();
    let after = builder.build().unwrap();
    let census = |graph: &Graph, keys: &[u32]| {
        let kinds = Kinds::of(graph);
        let dominators = Dominators::of(graph, Follow::Strong, None);
        Census::by_key(graph, keys, Some(&kinds), Some(&dominators))
    };
    // Groups 0 and 3 of the first count as one; group 1 of the second is group 1 of the first.
    let comparison = Comparison::between(&census(&before, &[0, 1, 2, 0]), &census(&after, &[3, 1]));
    let told = comparison.groups.iter().map(|group| {
        (
            group.key,
            group.blocks(),
            group.bytes(),
            group.retained_bytes(),
        )
    });
    let told: Vec<_> = told.collect();
    assert_eq!(
        told,
        [
            (0, -2, -1100, -1145),
            (1, 0, 20, -25),
            (2, -2, -15, -15),
            (3, 1, 5, 0)
        ]
    );
    let entries = &comparison.groups[1];
    assert_eq!(entries.kind(Kind::DefinitelyLost), (1, 30));
    assert_eq!(entries.kind(Kind::StillReachable), (-1, -10));
    let ordered = comparison.ordered_by(GroupChange::bytes);
    let keys: Vec<_> = ordered.iter().map(|group| group.key).collect();
    assert_eq!(keys, [0, 1, 2, 3]);
}

#[test]
fn who_holds_some_blocks_is_told_of_those_alone() {
    let graph = cache();
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    let tree = HolderTree::of_some(&graph, &dominators, |node| graph.group(node) == 2);
    let tops = tree.tops();
    let told: Vec<_> = tops
        .iter()
        .map(|top| (top.holder, top.retained_bytes))
        .collect();
    assert_eq!(told, [(Holder::Root(1), 15)]);
    let tables = tree.open(&tops[0].members);
    assert_eq!((tables[0].own_bytes, tables[0].blocks), (0, 0));
    assert_eq!(tables[0].retained_bytes, 15);
    let entries = tree.open(&tables[0].members);
    assert_eq!(entries[0].members.len(), 2, "the third has no text");
    let texts = tree.open(&entries[0].members);
    assert_eq!((texts[0].own_bytes, texts[0].blocks), (15, 2));
}

#[test]
fn a_list_of_like_blocks_unfolds_to_one_line() {
    let mut builder = Builder::new(2);
    let length = 100_000;
    for _ in 0..length {
        builder.node(16, 0).unwrap();
        builder.node(1, 1).unwrap();
    }
    for link in 0..length {
        builder.edge(2 * link, 2 * link + 1, START).unwrap();
        if link + 1 < length {
            builder.edge(2 * link, 2 * link + 2, START).unwrap();
        }
    }
    builder.root(0, 0, START).unwrap();
    let graph = builder.build().unwrap();
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    let tree = HolderTree::new(&graph, &dominators);
    let first = &tree.open(&tree.tops()[0].members)[0];
    assert_eq!(first.retained_bytes, 17 * u64::from(length));
    let (same, lines) = tree.unfold(&first.members, 0);
    assert_eq!(same.blocks, u64::from(length) - 1);
    assert_eq!(same.own_bytes, 16 * (u64::from(length) - 1));
    let figures: Vec<_> = lines.iter().map(|line| (line.group, line.blocks)).collect();
    assert_eq!(figures, [(1, u64::from(length))]);
}

#[test]
fn roots_can_be_told_apart_otherwise() {
    let mut graph = cache();
    assert_eq!(graph.roots().len(), 2);
    let roots = [(5, 0), (5, 6)].map(|(root, node)| Root {
        root,
        node,
        label: START,
    });
    graph.set_roots(roots.to_vec()).unwrap();
    graph.check();
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    assert_eq!(dominators.retained_by(Holder::Root(5)), 1145);
    let beyond = [Root {
        node: 7,
        ..roots[0]
    }];
    let refused = graph.set_roots(beyond.to_vec());
    assert_eq!(refused, Err(GraphError::NoSuchNode { node: 7, nodes: 7 }));
    assert_eq!(graph.roots().len(), 2, "those from before");
}

//! What a builder takes in, in which order, and what it refuses.

use super::*;

#[test]
fn an_empty_graph_is_one() {
    let graph = Builder::new(0).build().unwrap();
    graph.check();
    let kinds = Kinds::of(&graph);
    kinds.check(&graph);
    let dominators = Dominators::of(&graph, Follow::Strong, Some(&kinds));
    dominators.check(&graph, Follow::Strong);
    assert_eq!(dominators.total(), (0, 0));
    assert!(HolderTree::new(&graph, &dominators).tops().is_empty());
    assert_eq!(Paths::shortest(&graph, Follow::All, 0), None);
    let census = Census::of(&graph, Some(&kinds), Some(&dominators));
    assert_eq!(census.iter().count(), 0);
    assert!(Comparison::between(&census, &census).groups.is_empty());
}

#[test]
fn without_roots_all_is_lost_and_nothing_held() {
    let graph = graph(&[1, 2], &[(1, 0, Label::START)], &[]);
    let kinds = Kinds::of(&graph);
    assert_eq!(kinds.kind(0), Kind::IndirectlyLost);
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    assert_eq!((dominators.holder(1), dominators.retained(1)), (None, None));
    let with_lost = Dominators::of(&graph, Follow::Strong, Some(&kinds));
    assert_eq!(with_lost.holder(1), Some(Holder::Lost));
    assert_eq!(with_lost.retained_by(Holder::Lost), 3);
}

#[test]
fn the_order_of_edges_does_not_matter_between_sources() {
    let edges = [(2, 0), (0, 1), (0, 2), (2, 1), (1, 1)];
    let build = |ordered: bool| {
        let mut edges = edges.to_vec();
        if ordered {
            edges.sort_by_key(|&(source, _)| source);
        }
        let mut builder = Builder::new(1);
        for bytes in [5, 6, 7, 8] {
            builder.node(bytes, 0).unwrap();
        }
        for (source, target) in edges {
            let detail = source * 10 + target;
            builder
                .edge_at(source, target, Label::INTERIOR, detail)
                .unwrap();
        }
        builder.build().unwrap()
    };
    assert_eq!(build(true), build(false));
    let row: Vec<_> = build(false).edges_of(2).collect();
    let edge = |target, detail| Edge {
        target,
        label: Label::INTERIOR,
        detail: Some(detail),
    };
    assert_eq!(row, [edge(0, 20), edge(1, 21)]);
}

#[test]
fn labels_come_back_as_they_were_given() {
    let labels = [
        Label::START,
        Label::INTERIOR,
        Label::HEURISTIC,
        Label::START.weak(),
        Label::INTERIOR.weak(),
        Label::HEURISTIC.weak(),
    ];
    let edges = labels.map(|label| (0, 0, label));
    let roots = labels.map(|label| (3, 0, label));
    let graph = graph(&[1], &edges, &roots);
    assert!(graph.edges_of(0).map(|edge| edge.label).eq(labels));
    assert_eq!(graph.roots().len(), labels.len());
    let told = graph
        .roots()
        .iter()
        .all(|root| labels.contains(&root.label));
    assert!(told);
}

#[test]
fn sizes_may_be_as_large_as_they_like() {
    let sizes = [0, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::MAX, 1];
    let graph = graph(&sizes, &[(4, 3, Label::START)], &[(0, 4, Label::START)]);
    let given: Vec<_> = (0..5).map(|node| graph.size(node)).collect();
    assert_eq!(given, sizes);
    assert_eq!(graph.total_bytes(), u64::MAX);
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    dominators.check(&graph, Follow::Strong);
    assert_eq!(dominators.retained(4), Some(u64::MAX));
}

#[test]
fn what_is_not_there_is_refused() {
    let mut builder = Builder::new(2);
    let no_group = GraphError::NoSuchGroup {
        group: 2,
        groups: 2,
    };
    assert_eq!(builder.node(1, 2), Err(no_group));
    let no_node = |node, nodes| Err(GraphError::NoSuchNode { node, nodes });
    assert_eq!(builder.root(0, 0, Label::START), no_node(0, 0));
    builder.node(1, 1).unwrap();
    assert_eq!(builder.edge(0, 1, Label::START), no_node(1, 1));
    assert_eq!(
        builder.edge(u32::MAX, 0, Label::START),
        no_node(u32::MAX, 1)
    );
    assert_eq!(builder.root(0, 7, Label::START), no_node(7, 1));
    let graph = builder.build().unwrap();
    graph.check();
    assert_eq!((graph.nodes(), graph.edges()), (1, 0));
}

#[test]
fn more_than_the_limit_is_refused() {
    let limits = Limits {
        nodes: 2,
        edges: 1,
        roots: 1,
    };
    let mut builder = Builder::with_limits(0, limits);
    assert_eq!(builder.reserve(3, 0), Err(GraphError::NoMemory));
    builder.node(1, 0).unwrap();
    builder.node(1, 0).unwrap();
    assert_eq!(
        builder.node(1, 0),
        Err(GraphError::TooManyNodes { limit: 2 })
    );
    builder.edge(0, 1, Label::START).unwrap();
    let refused = builder.edge(0, 1, Label::START);
    assert_eq!(refused, Err(GraphError::TooManyEdges { limit: 1 }));
    builder.root(0, 0, Label::START).unwrap();
    let refused = builder.root(0, 0, Label::START);
    assert_eq!(refused, Err(GraphError::TooManyRoots { limit: 1 }));
    let message = GraphError::TooManyEdges { limit: 1 }.to_string();
    assert_eq!(message, "the heap has more than 1 pointers");
    builder.build().unwrap().check();
}

#[test]
fn numbers_of_roots_cost_nothing() {
    let roots = [(u32::MAX, 0, Label::START), (0, 0, Label::START)];
    let graph = graph(&[8], &[], &roots);
    let to: Vec<_> = graph.roots().to(0).map(|root| root.root).collect();
    assert_eq!(to, [0, u32::MAX]);
    let dominators = Dominators::of(&graph, Follow::Strong, None);
    assert_eq!(dominators.holder(0), Some(Holder::Several));
    assert_eq!(dominators.retained_by(Holder::Root(u32::MAX)), 0);
}

/// Whatever is called in whatever order with whatever numbers, nothing panics, and what was
/// refused leaves no trace.
#[test]
fn a_builder_survives_any_calls() {
    for seed in 0..2000 {
        let random = &mut Random(seed);
        let limits = Limits {
            nodes: random.below(40),
            edges: random.below(80),
            roots: random.below(9),
        };
        let mut builder = Builder::with_limits(random.below(4), limits);
        let (mut nodes, mut edges) = (0, 0);
        let number = |random: &mut Random| match random.below(12) {
            0 => u32::MAX - random.below(3),
            _ => random.below(30),
        };
        for _ in 0..random.below(200) {
            let (one, other) = (number(random), number(random));
            let label = [Label::START, Label::INTERIOR][random.below(2) as usize];
            match random.below(8) {
                0..4 => nodes += u32::from(builder.node(random.next(), one % 5).is_ok()),
                4 => drop(builder.root(one, other, label)),
                5 => edges += u32::from(builder.edge_at(one, other, label, one).is_ok()),
                _ => edges += u32::from(builder.edge(one, other, label).is_ok()),
            }
        }
        let graph = builder.build().unwrap();
        graph.check();
        assert_eq!(
            (graph.nodes(), graph.edges()),
            (nodes, edges),
            "seed {seed}"
        );
        let kinds = Kinds::of(&graph);
        kinds.check(&graph);
        Dominators::of(&graph, Follow::All, Some(&kinds)).check(&graph, Follow::All);
    }
}

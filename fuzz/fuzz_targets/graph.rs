//! Any bytes as a graph file: no panic, an end, and what is read of it holds together.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_model::graph::{Heuristics, Kind, Kinds, Recorded};
use tenure_trace::graph::{GraphView, Record};

fuzz_target!(|bytes: &[u8]| {
    let view = match GraphView::parse(bytes) {
        Ok(view) => view,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let blocks = view.records().filter(|record| matches!(record, Ok(Record::Block(_))));
    let blocks = blocks.count();
    for heuristics in [Heuristics::default(), Heuristics::ALL, Heuristics::NONE] {
        let recorded = Recorded::read(&view, heuristics).expect("few enough for their numbers");
        recorded.check();
        let graph = recorded.graph();
        assert_eq!(graph.nodes() as usize, blocks);
        let kinds = Kinds::of(graph);
        kinds.check(graph);
        let reachable = kinds.total(graph, Kind::StillReachable).0;
        let held = recorded.held_by_heuristics(&kinds);
        assert!(held.iter().map(|(_, held)| held.blocks).sum::<u64>() <= reachable);
        for node in 0..graph.nodes() {
            let address = recorded.address(node);
            let found = recorded.containing(address);
            assert_eq!(found, Some(node));
        }
    }
});

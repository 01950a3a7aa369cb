//! Any bytes as each array file of a profile: no panic, an end, nothing beyond the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_trace::profile::{ArrayView, Functions, Kind, Modules, Nodes, Sites, Timeline};

fuzz_target!(|bytes: &[u8]| {
    for kind in Kind::ALL {
        match ArrayView::parse(kind, bytes) {
            Ok(view) => {
                assert!(view.used_bytes().len() <= bytes.len());
                assert_eq!(view.elements().count(), view.len());
                let promised = u128::from(view.header().count);
                assert_eq!(u128::from(view.missing()) + view.len() as u128, promised);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if let Ok(nodes) = Nodes::parse(bytes) {
        for id in 0..=nodes.array().len() as u32 {
            assert!(nodes.path(id).count() <= id as usize);
            if let Some(node) = nodes.node(id) {
                assert!(node.parent < id);
            }
        }
    }
    if let Ok(sites) = Sites::parse(bytes) {
        for record in sites.records() {
            let _ = record.top_size_counts().count();
            let _ = (record.size_counts(), record.lifetime_ns_counts());
        }
    }
    if let Ok(modules) = Modules::parse(bytes) {
        assert!(modules.modules().count() <= modules.array().len());
    }
    if let Ok(functions) = Functions::parse(bytes) {
        for index in 0..=functions.array().len() as u32 {
            if let Some(function) = functions.function(index) {
                assert!(function.name.len() + function.file.len() > 0);
            }
        }
    }
    if let Ok(timeline) = Timeline::parse(bytes) {
        assert!(timeline.points().count() <= timeline.array().len());
    }
});

//! Whatever bytes the array files hold, there are sites, their stacks end, and figures keep their
//! relations.

use proptest::prelude::*;
use tenure_model::profile::{Key, Names, ProcessSites, SitesBuilder, Symbols};
use tenure_trace::profile::{ArrayHeader, Kind};
use tenure_trace::state::{Header, StateImage, StateView, header, shard};

/// A file of `kind` with these bytes behind its header.
fn file(kind: Kind, content: &[u8]) -> Vec<u8> {
    let element_bytes = kind.element_bytes().unwrap_or(1);
    let header = ArrayHeader {
        pid: 7,
        count: (content.len() / element_bytes) as u64 + 1,
        width_ns: 1 << 60,
        ..ArrayHeader::default()
    };
    [&header.encode(kind)[..], content].concat()
}

/// Bytes of which many are zero, so that small numbers and ids occur.
fn noise(bytes: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => Just(0), 1 => any::<u8>(), 1 => Just(0xff), 2 => 0_u8..8];
    prop::collection::vec(byte, bytes)
}

fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn hostile_files_never_panic_and_keep_their_relations(
        nodes in noise(0..600),
        records in noise(0..5_000),
        modules in noise(0..2_000),
        timeline in noise(0..100),
        state in any::<(u32, u64, u64, u64, u64)>(),
    ) {
        let fields = Header {
            pid: 7,
            shard_count: 1,
            mode: state.0,
            sample_rate_bytes: state.1,
            peak_epoch: state.2 % 4,
            peak_live_bytes: state.3,
            peak_mono_ns: state.4,
            ..Header::default()
        };
        let mut bytes = vec![0; header::HEADER_BYTES + shard::bytes_for(1)];
        StateImage::format(&mut bytes, &fields, &[16]).unwrap();
        let mut records = records;
        // Most records are in use, so that there is something to add up.
        for record in records.chunks_mut(896).filter(|record| record.len() > 8) {
            record[8] |= 1;
        }
        let mut builder = SitesBuilder::new(None);
        for _ in 0..2 {
            let mut process = ProcessSites::of_state(&StateView::parse(&bytes).unwrap());
            process.set_nodes(file(Kind::Nodes, &nodes)).unwrap();
            process.set_modules(file(Kind::Modules, &modules)).unwrap();
            process.set_timeline(&file(Kind::Timeline, &timeline)).unwrap();
            process.set_sites(&file(Kind::Sites, &records)).unwrap();
            builder.add(process);
        }
        let sites = builder.finish();
        let symbols = Symbols::new();
        let names = Names::new(&sites, &symbols);
        prop_assert!(sites.stacks.len() <= 2 * (nodes.len() / 16 + 3));
        for key in Key::ALL {
            prop_assert_eq!(sites.ordered_by(key).len(), sites.sites.len());
        }
        for site in &sites.sites {
            prop_assert!(names.own(site).is_some());
            prop_assert!(names.stack(site.stack).len() <= sites.stacks.len());
            for figure in [site.allocations, site.live_bytes, site.peak_bytes, site.freed_bytes] {
                if let Some(interval) = figure.interval_95 {
                    let borders = interval.low..=interval.high;
                    prop_assert!(borders.contains(&figure.value), "{:?}", figure);
                }
            }
            prop_assert!((0.0..=1.0).contains(&site.freed_remotely.fraction()));
            let _ = (site.lifetimes_ns.p99(), site.waste_bytes(), site.waste_live_bytes());
        }
        let totals = sites.totals();
        prop_assert!(sites.sites.iter().all(|s| s.allocations.value <= totals.allocations.value));
    }
}

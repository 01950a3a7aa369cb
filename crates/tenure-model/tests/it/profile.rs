//! Whatever numbers a state file holds, the figures exist and keep their relations.

use proptest::prelude::*;
use tenure_model::profile::{Process, Profile};
use tenure_trace::state::{Header, StateImage, StateView, header, shard};

/// Each case builds a whole state file, so there are few of them.
fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn hostile_counters_never_panic_and_keep_their_relations(
        usable in prop::collection::vec(any::<u64>(), 1..20),
        noise in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff)], 997),
        shards in 0_u32..8,
        first_huge_class in 0_u64..30,
    ) {
        let mut bytes = vec![0; header::HEADER_BYTES + 8 * shard::bytes_for(usable.len())];
        let fields = Header { shard_count: shards, first_huge_class, ..Header::default() };
        StateImage::format(&mut bytes, &fields, &usable).unwrap();
        let mut noise = noise.iter().copied().cycle();
        bytes[header::PID_OFFSET..header::PROGRAM_OFFSET].fill_with(|| noise.next().unwrap());
        bytes[header::HEADER_BYTES..].fill_with(|| noise.next().unwrap());

        let process = Process::from_state(&StateView::parse(&bytes).unwrap());
        let share = process.internal_fragmentation().fraction();
        prop_assert!((0.0..=1.0).contains(&share));
        prop_assert!(process.peak_live_bytes >= process.live.bytes);
        prop_assert!(process.held_peak_bytes >= process.held_bytes);
        prop_assert!(process.own_live().bytes <= process.live.bytes);

        let profile = Profile::new(None, vec![process.clone(), process], vec![]);
        let totals = profile.totals();
        prop_assert!(totals.allocations >= profile.processes[0].allocations);
        prop_assert!((0.0..=1.0).contains(&totals.internal_fragmentation.fraction()));
    }
}

//! The machine of `machine`, under every barrier, with and without stress.

use proptest::prelude::*;
use tenure_gc::{Barrier, Options, RememberedSet};

use crate::machine::Machine;
use crate::nodes::cases;

fn options(barrier: Barrier, stress: u32) -> Options {
    Options {
        eden_bytes: 32 << 10,
        survivor_bytes: 4 << 10,
        old_bytes_max: 256 << 20,
        overdraft_bytes: 16 << 20,
        barrier,
        stress,
        verify: true,
        mark_stack_len_max: if stress == 1 { 8 } else { 1 << 20 },
        ..Options::default()
    }
}

const BARRIERS: [Barrier; 3] = [Barrier::Backward, Barrier::Forward, Barrier::Snapshot];

const SETS: [RememberedSet; 2] = [RememberedSet::Log, RememberedSet::Cards];

/// Numbers without end, always the same for one seed.
fn words(mut seed: u64) -> impl Iterator<Item = u64> {
    std::iter::repeat_with(move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = seed;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(64),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn heaps_do_what_their_model_does(
        script in prop::collection::vec(any::<u64>(), 1..300),
        barrier in prop::sample::select(&BARRIERS[..]),
        stress in 0..3u32,
        age in 0..4u8,
        remembered_set in prop::sample::select(&SETS[..]),
    ) {
        let options = Options { tenure_age: age, remembered_set, ..options(barrier, stress) };
        Machine::new(options).run(script, 1);
    }
}

/// Heaps that are too small for what the machine makes: they refuse, and go on.
#[test]
fn heaps_without_room_refuse_and_lose_nothing() {
    let each = operations() / (4 * BARRIERS.len());
    for (seed, barrier) in BARRIERS.into_iter().enumerate() {
        for (stress, old_bytes_max) in [(0, 1 << 20), (0, 2 << 20), (1, 1 << 20), (1, 3 << 20)] {
            let options = Options {
                old_bytes_max,
                overdraft_bytes: 128 << 10,
                ..options(barrier, stress)
            };
            let mut machine = Machine::new(options);
            let seed = (1 << 32) + (seed as u64 * 2 + u64::from(stress)) * 4;
            machine.run(words(seed + (old_bytes_max as u64 >> 20)).take(each), 50);
            let is_long = each >= 500;
            assert!(
                !is_long || machine.refused() > 0,
                "{barrier:?} {old_bytes_max}"
            );
        }
    }
}

/// Operations of the long run: `GC_OPERATIONS` says how many.
fn operations() -> usize {
    let asked = std::env::var("GC_OPERATIONS").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(if cfg!(miri) { 120 } else { 6_000 })
}

#[test]
fn a_long_run_under_every_barrier_differs_nowhere() {
    let each = operations() / (4 * BARRIERS.len());
    for (seed, barrier) in BARRIERS.into_iter().enumerate() {
        for stress in [0, 1] {
            for remembered_set in SETS {
                let options = Options {
                    remembered_set,
                    ..options(barrier, stress)
                };
                let seed = seed as u64 * 4 + u64::from(stress) * 2 + remembered_set as u64;
                Machine::new(options).run(words(seed).take(each), 50);
            }
        }
    }
}

//! The machine of `machine`, under every barrier, with and without stress.

use proptest::prelude::*;
use tenure_gc::{Barrier, Options};

use crate::machine::Machine;

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
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn heaps_do_what_their_model_does(
        script in prop::collection::vec(any::<u64>(), 1..300),
        barrier in prop::sample::select(&BARRIERS[..]),
        stress in 0..3u32,
        age in 0..4u8,
    ) {
        let options = Options { tenure_age: age, ..options(barrier, stress) };
        Machine::new(options).run(script, 1);
    }
}

/// Operations of the long run: `GC_OPERATIONS` says how many.
fn operations() -> usize {
    let asked = std::env::var("GC_OPERATIONS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(12_000)
}

#[test]
fn a_long_run_under_every_barrier_differs_nowhere() {
    let each = operations() / (2 * BARRIERS.len());
    for barrier in BARRIERS {
        for stress in [0, 1] {
            let mut machine = Machine::new(options(barrier, stress));
            machine.run(words(barrier as u64 * 2 + u64::from(stress)).take(each), 50);
        }
    }
}

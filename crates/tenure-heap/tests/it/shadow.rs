//! Random scripts, each step checked against the shadow model and the heap's own invariants.

use crate::support;
use proptest::prelude::*;
use tenure_heap::script::{self, Op, SLOTS};
use tenure_heap::size_class::LARGEST_BYTES;

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![
        20 => 0usize..300,
        10 => 0usize..5000,
        3 => 0usize..80_000,
        2 => (LARGEST_BYTES - 5000)..(LARGEST_BYTES + 5000),
        1 => LARGEST_BYTES..(6 * LARGEST_BYTES),
    ]
}

fn ops() -> impl Strategy<Value = Op> {
    let slot = 0..SLOTS;
    prop_oneof![
        30 => (slot.clone(), sizes()).prop_map(|(slot, bytes)| Op::Allocate { slot, bytes }),
        6 => (slot.clone(), sizes()).prop_map(|(slot, bytes)| Op::Zeroed { slot, bytes }),
        6 => (slot.clone(), sizes(), 0u32..22)
            .prop_map(|(slot, bytes, align_log2)| Op::Aligned { slot, bytes, align_log2 }),
        12 => (slot.clone(), sizes()).prop_map(|(slot, bytes)| Op::Resize { slot, bytes }),
        30 => slot.prop_map(|slot| Op::Free { slot }),
        1 => Just(Op::Trim),
        2 => Just(Op::Tick),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 150 },
        // A failure prints its script, which is better kept as a test of its own.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn shadow_agrees_with_every_script(ops in prop::collection::vec(ops(), 1..400)) {
        support::start();
        let played = script::play(&ops);
        prop_assert!(played.is_ok(), "{}", played.unwrap_err());
        tenure_heap::check();
    }

    #[test]
    fn shadow_agrees_with_scripts_from_bytes(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
        support::start();
        let played = script::play(&script::from_bytes(&bytes));
        prop_assert!(played.is_ok(), "{}", played.unwrap_err());
        tenure_heap::check();
    }

    #[test]
    fn a_printed_script_reads_back(ops in prop::collection::vec(ops(), 0..40)) {
        prop_assert_eq!(script::parse(&script::print(&ops)), Ok(ops));
    }
}

/// A block that ended inside a used slice moved away: what lay behind it there is not zero memory.
#[test]
fn the_rest_of_a_moved_blocks_last_slice_is_not_taken_for_zero() {
    support::alone(
        "shadow::the_rest_of_a_moved_blocks_last_slice_is_not_taken_for_zero",
        || {
            const SLICE: usize = 64 << 10;
            let script = format!(
                "allocate 0 {dirty}\nfree 0\nallocate 1 {short}\nallocate 2 {behind}\n\
             resize 1 {grown}\nzeroed 3 {whole}\n",
                dirty = 20 * SLICE,
                short = 9 * SLICE + 4096,
                behind = 9 * SLICE,
                grown = 40 * SLICE,
                whole = 10 * SLICE,
            );
            script::play(&script::parse(&script).unwrap()).unwrap();
        },
    );
}

#[test]
fn shadow_agrees_when_counted() {
    support::again_recorded("shadow_agrees_with");
}

#[test]
fn a_script_line_that_is_none_is_named() {
    let error = script::parse("allocate 1 10\nalocate 2 3\n").unwrap_err();
    assert!(error.contains("alocate"), "{error}");
    assert!(script::parse("free x").unwrap_err().contains('x'));
}

/// The shadow itself can fail: a heap that hands one block out twice is found.
#[test]
fn the_shadow_finds_a_planted_overlap() {
    support::start();
    let mut player = script::Player::new();
    player.play(Op::Allocate { slot: 0, bytes: 48 }).unwrap();
    let held = player.hand_over(0).unwrap();
    player.play(Op::Allocate { slot: 1, bytes: 48 }).unwrap();
    // The block that was handed over is freed while the shadow of another player still has it.
    let mut second = script::Player::new();
    second.play(Op::Allocate { slot: 0, bytes: 48 }).unwrap();
    let stolen = second.hand_over(0).unwrap();
    held.overwrite(0);
    assert!(held.free().is_err());
    assert!(stolen.free().is_ok());
    player.finish().unwrap();
}

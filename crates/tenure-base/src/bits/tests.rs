//! The word-wise functions agree with a bit at a time.
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn naive_run(bits: &[bool], from: usize, end: usize, count: usize, align: usize) -> Option<usize> {
    (from..end)
        .filter(|start| start % align == 0 && start + count <= end)
        .find(|start| bits[*start..start + count].iter().all(|bit| *bit))
}

fn pack(bits: &[bool]) -> Vec<u64> {
    let mut words = std::vec![0; words_for(bits.len())];
    for (index, bit) in bits.iter().enumerate() {
        if *bit {
            set_range(&mut words, index..index + 1);
        }
    }
    words
}

proptest! {
    #[test]
    fn runs_are_the_naive_runs(
        bits in prop::collection::vec(prop::bool::weighted(0.8), 1..400),
        from in 0usize..400,
        count in 1usize..90,
        align in 1usize..9,
    ) {
        let words = pack(&bits);
        let from = from.min(bits.len());
        prop_assert_eq!(
            find_run(&words, from, bits.len(), count, align),
            naive_run(&bits, from, bits.len(), count, align)
        );
    }

    #[test]
    fn ranges_touch_only_themselves(start in 0usize..300, len in 0usize..200) {
        let range = start..(start + len).min(320);
        let mut words = [0u64; 5];
        set_range(&mut words, range.clone());
        for index in 0..320 {
            prop_assert_eq!(get(&words, index), range.contains(&index));
        }
        prop_assert_eq!(count_range(&words, 0..320), range.len());
        clear_range(&mut words, range);
        prop_assert_eq!(words, [0u64; 5]);
    }
}

#[test]
fn runs_stop_at_the_end_asked_for() {
    let words = [u64::MAX, u64::MAX];
    assert_eq!(next_run(&words, 3, 70), Some(3..70));
    assert_eq!(find_run(&words, 0, 70, 71, 1), None);
    assert_eq!(find_run(&words, 0, 70, 70, 1), Some(0));
    assert_eq!(next_zero(&words, 0, 128), None);
    assert_eq!(next_one(&words, 128, 128), None);
}

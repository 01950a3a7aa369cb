//! Many blocks at a time, and frees that know the size.

use crate::support;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tenure_heap::{allocate_batch, deallocate_batch, deallocate_sized, usable_size};

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 0usize..300, 3 => 0usize..9000, 1 => 100_000usize..900_000]
}

/// The blocks lie apart and keep what is written.
fn check(blocks: &[*mut u8], size: usize) {
    let mut extents = BTreeMap::new();
    for (number, block) in blocks.iter().enumerate() {
        assert!(!block.is_null() && block.addr() % 16 == 0);
        // SAFETY: a block in use that is ours.
        unsafe {
            assert!(usable_size(*block) >= size);
            block.write_bytes(number as u8, size);
        }
        extents.insert(block.addr(), size.max(1));
    }
    let starts: Vec<_> = extents.keys().copied().collect();
    assert_eq!(starts.len(), blocks.len());
    for pair in starts.windows(2) {
        assert!(pair[0] + extents[&pair[0]] <= pair[1], "overlap");
    }
    for (number, block) in blocks.iter().enumerate() {
        // SAFETY: written above.
        let contents = unsafe { core::slice::from_raw_parts(*block, size) };
        assert!(contents.iter().all(|byte| *byte == number as u8));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 60 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn batches_agree_with_the_shadow(
        batches in prop::collection::vec((sizes(), 0usize..70), 1..12)
    ) {
        support::start();
        let mut held: Vec<(usize, Vec<*mut u8>)> = Vec::new();
        for (number, (size, count)) in batches.into_iter().enumerate() {
            let mut blocks = vec![core::ptr::null_mut(); count];
            prop_assert_eq!(allocate_batch(size, &mut blocks), count);
            check(&blocks, size);
            held.push((size, blocks));
            if number % 3 == 2 {
                let (_, blocks) = held.swap_remove(0);
                // SAFETY: blocks in use, each given up once.
                unsafe { deallocate_batch(&blocks) };
            }
        }
        for (size, blocks) in held {
            for block in blocks {
                // SAFETY: as above, and asked for with that size.
                unsafe { deallocate_sized(block, size) };
            }
        }
        tenure_heap::check();
    }
}

#[test]
fn a_batch_of_impossible_blocks_is_empty() {
    support::start();
    let untouched = core::ptr::without_provenance_mut(7);
    let mut blocks = [untouched; 3];
    assert_eq!(allocate_batch(usize::MAX, &mut blocks), 0);
    assert_eq!(blocks, [untouched; 3]);
    assert_eq!(allocate_batch(8, &mut []), 0);
}

#[test]
fn batches_hold_when_recorded() {
    support::again_recorded("batches_agree");
}

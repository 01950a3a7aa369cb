//! Every address in a block finds it, and no other address finds any.

use super::*;
use std::vec::Vec;
use tenure_heap::{allocate, deallocate};

/// Blocks of many sizes, a third of them freed again.
fn blocks() -> (Vec<(usize, usize)>, Vec<usize>) {
    let mut kept = Vec::new();
    let mut freed = Vec::new();
    for round in 0..3000_usize {
        let bytes = match round % 7 {
            0 => 1 + round % 1000,
            1 => 16,
            2 => 64,
            3 => 5000,
            4 => 40_000 + round,
            5 if round % 70 == 5 => 3_000_000,
            _ => 200,
        };
        let address = allocate(bytes).addr();
        if round % 3 == 2 {
            freed.push(address);
        } else {
            kept.push((address, bytes));
        }
    }
    for &address in &freed {
        // SAFETY: handed out above, and freed once.
        unsafe { deallocate(with_exposed_provenance_mut(address)) };
    }
    kept.sort_unstable();
    (kept, freed)
}

#[test]
fn every_address_finds_its_block_and_numbers_rise() {
    let (kept, freed) = blocks();
    // SAFETY: this crate's tests allocate from the heap in this test alone.
    let index = unsafe { Index::build() }.unwrap();
    index.check();
    let mut last = None;
    for &(address, bytes) in &kept {
        for offset in [0, 1, bytes / 2, bytes - 1] {
            let at = address + offset;
            assert!(index.may_hold(at));
            let hit = index.find(at).unwrap();
            assert_eq!((hit.start, hit.offset), (address, offset), "{bytes}");
            let place = index.place(at).map(|place| index.in_use(place));
            if offset == 0 && bytes < 1_000_000 {
                assert_eq!(place, Some(Some(hit.block)));
            } else if offset > 0 {
                assert_eq!(place, None);
            }
        }
        let number = index.find(address).unwrap().block;
        assert!(last < Some(number), "{number}");
        last = Some(number);
    }
    assert!(index.blocks() as usize >= kept.len());
    for address in freed {
        assert!(
            index.find(address).is_none() || kept.iter().any(|(start, _)| *start == address),
            "{address:x}"
        );
    }
    let local = 0_u8;
    assert!(index.find((&raw const local).addr()).is_none());
    for address in [
        0,
        8,
        usize::MAX,
        index.low.wrapping_sub(1),
        index.low + index.span,
    ] {
        assert!(!index.may_hold(address) && index.find(address).is_none());
    }
}

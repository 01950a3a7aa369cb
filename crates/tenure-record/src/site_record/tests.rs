//! Records against counting by hand.

use super::*;
use std::boxed::Box;

fn record() -> Box<SiteRecord> {
    // SAFETY: every field is an atomic, for which zero is a valid value.
    unsafe { Box::<SiteRecord>::new_zeroed().assume_init() }
}

fn block(bytes: usize) -> Watched {
    Watched {
        address: 4096,
        requested_bytes: bytes,
        usable_bytes: bytes.next_multiple_of(16),
    }
}

fn end(lifetime_ns: u64) -> End {
    End {
        birth_ns: 1000,
        lifetime_ns,
        lifetime_bytes: 1,
        remote: false,
        same_frame: true,
    }
}

#[test]
fn a_peak_is_what_was_there_before_the_next_change() {
    let record = record();
    record.open(7, 1, 0, false);
    for _ in 0..3 {
        record.settle(0);
        record.allocated(block(100), 1000, 1);
    }
    record.settle(1);
    record.freed(block(100), end(5), 1);
    record.settle(1);
    record.freed(block(100), end(5), 1);
    assert_eq!(record.live_bytes_at_peak.load(Relaxed), 300);
    assert_eq!(record.live_blocks_at_peak.load(Relaxed), 3);
    assert_eq!(record.frees.load(Relaxed), 2);
    assert_eq!(record.frees_same_frame.load(Relaxed), 2);
    assert_eq!(record.freed_usable_bytes.load(Relaxed), 224);
    assert_eq!(record.lifetimes_ns[3].load(Relaxed), 2);
}

#[test]
fn a_full_bucket_is_halved_with_its_neighbours() {
    let record = record();
    count(&record.sizes, &record.scales[SIZES], 3, 8);
    count(&record.sizes, &record.scales[SIZES], 2, u64::from(u32::MAX));
    assert_eq!(record.scales[SIZES].load(Relaxed), 0);
    count(&record.sizes, &record.scales[SIZES], 2, 2);
    assert_eq!(record.scales[SIZES].load(Relaxed), 1);
    assert_eq!(record.sizes[3].load(Relaxed), 4);
    assert_eq!(record.sizes[2].load(Relaxed), (1 << 31) + 1);
}

#[test]
fn the_sizes_that_come_most_often_are_kept() {
    let record = record();
    for round in 0..100u64 {
        for size in [8, 24, 100] {
            record.count_size(size, 1);
        }
        record.count_size(1000 + round, 1);
    }
    let kept = |size: u64| {
        let entry = record.top_sizes.iter().find(|e| e[0].load(Relaxed) == size);
        entry.map(|entry| entry[1].load(Relaxed))
    };
    assert_eq!([kept(8), kept(24), kept(100)], [Some(100); 3]);
}

#[test]
fn a_child_inherits_what_is_live() {
    let (parent, child) = (record(), record());
    parent.open(3, 2, 0, true);
    let weight = Weight {
        blocks: 10.0,
        variance: 90.0,
    };
    for _ in 0..5 {
        parent.allocated(block(50), 1, 10);
        parent.estimated(50, weight);
    }
    parent.freed(block(50), end(1), 10);
    parent.estimated_freed(50, weight);
    child.inherit(&parent);
    assert_eq!(child.allocations.load(Relaxed), 4);
    assert_eq!(child.allocated_bytes.load(Relaxed), 200);
    let estimate = f64::from_bits(child.est_allocated_bytes.load(Relaxed));
    assert!((estimate - 2000.0).abs() < 1e-6, "{estimate}");
}

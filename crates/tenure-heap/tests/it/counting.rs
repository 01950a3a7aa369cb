//! The counters balance to the byte.

use crate::support::{self, COUNTERS, PEAK, PUBLISHED, Recorded};
use core::sync::atomic::Ordering;
use tenure_heap::counters::{FIRST_HUGE, HeapCounters, class_usable_bytes};
use tenure_heap::{allocate, allocate_aligned, deallocate, reallocate, size_class};

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Sums {
    allocations: u64,
    frees: u64,
    requested: u64,
    requested_freed: u64,
    delta: i64,
    delta_max: i64,
}

fn sums() -> Sums {
    let mut sums = Sums::default();
    for address in COUNTERS.lock().unwrap().iter() {
        // SAFETY: leaked by `acquire`, so they live on; counters are atomics.
        let counters = unsafe { &*core::ptr::with_exposed_provenance::<HeapCounters>(*address) };
        for class in &counters.classes {
            sums.allocations += class.allocations.load(Ordering::Relaxed);
            sums.frees += class.frees.load(Ordering::Relaxed);
            sums.requested += class.requested_bytes.load(Ordering::Relaxed);
            sums.requested_freed += class.requested_freed_bytes.load(Ordering::Relaxed);
        }
        sums.delta += counters.live_delta_bytes.load(Ordering::Relaxed);
        sums.delta_max = sums
            .delta_max
            .max(counters.live_delta_max_bytes.load(Ordering::Relaxed));
    }
    sums
}

/// Does nothing in a process that does not count; run alone in one that does.
#[test]
fn balance_of_a_known_program() {
    if !matches!(support::start(), Recorded::Counted | Recorded::Every) {
        return;
    }
    let before = sums();
    let blocks: Vec<*mut u8> = (0..10_000).map(|i| allocate(i % 3000)).collect();
    let asked: u64 = (0..10_000u64).map(|i| i % 3000).sum();
    let aligned = allocate_aligned(4096, 100);
    let huge = allocate(1_000_000);
    let full = sums();
    assert_eq!(full.allocations - before.allocations, 10_002);
    assert_eq!(full.requested - before.requested, asked + 100 + 1_000_000);
    let live = PUBLISHED.load(Ordering::Relaxed) + full.delta;
    assert_eq!(live as u64, full.requested - full.requested_freed);
    // SAFETY: blocks in use, each given up once.
    let (grown, huge) = unsafe { (reallocate(blocks[100], 111), reallocate(huge, 30_000_000)) };
    assert_eq!(grown, blocks[100], "111 bytes still fit");
    let resized = sums();
    let growth = (111 - 100) + (30_000_000 - 1_000_000);
    let net = |s: Sums| s.requested - s.requested_freed;
    assert_eq!(net(resized) - net(full), growth);
    for block in blocks.into_iter().chain([aligned, huge]) {
        // SAFETY: blocks in use, each given up once.
        unsafe { deallocate(block) };
    }
    let after = sums();
    assert_eq!(net(after), net(before));
    assert_eq!(
        after.allocations - after.frees,
        before.allocations - before.frees
    );
    let peak = PEAK
        .load(Ordering::Relaxed)
        .max(PUBLISHED.load(Ordering::Relaxed) + after.delta_max);
    assert_eq!(peak as u64, net(resized), "one thread: the peak is exact");
}

#[test]
fn counters_balance_in_a_process_that_counts() {
    support::again_recorded("balance_of_a_known");
}

#[test]
fn classes_are_named_by_their_usable_bytes() {
    for class in 0..FIRST_HUGE {
        assert_eq!(
            class_usable_bytes(class),
            size_class::block_bytes(class) as u64
        );
    }
    assert_eq!(class_usable_bytes(FIRST_HUGE), 1 << 20);
}

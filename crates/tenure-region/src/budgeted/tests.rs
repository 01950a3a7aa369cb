//! Allocators under budgets: limits under threads, credit, and blocks that are resized.

use super::*;
use crate::{OwnedBudget, Policy};
use std::alloc::System;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::vec::Vec;

const MIB: usize = 1 << 20;

/// Counts the bytes that are really in use.
struct Counting {
    real_bytes: AtomicUsize,
    real_peak: AtomicUsize,
}

impl Counting {
    const fn new() -> Self {
        Self {
            real_bytes: AtomicUsize::new(0),
            real_peak: AtomicUsize::new(0),
        }
    }
}

// SAFETY: the blocks are those of `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let real = self.real_bytes.fetch_add(layout.size(), Ordering::Relaxed);
        let real = real + layout.size();
        self.real_peak.fetch_max(real, Ordering::Relaxed);
        // SAFETY: as the trait's contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.real_bytes.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the trait's contract.
        unsafe { System.dealloc(block, layout) };
    }
}

fn bytes(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).unwrap()
}

/// A block, or none at the limit.
fn alloc<A: GlobalAlloc>(from: &A, size: usize) -> Option<usize> {
    // SAFETY: the tests ask for no empty block.
    let block = unsafe { from.alloc(bytes(size)) };
    (!block.is_null()).then(|| block.expose_provenance())
}

fn free<A: GlobalAlloc>(to: &A, block: usize, size: usize) {
    // SAFETY: the tests give each block back once, with its size.
    unsafe { to.dealloc(core::ptr::with_exposed_provenance_mut(block), bytes(size)) };
}

#[test]
fn sixty_four_threads_never_have_more_than_the_limit() {
    static LIMIT: Budget = Budget::new("threads", 100 * MIB, Policy::Fail);
    static A: Budgeted<Counting> = Budgeted::new(Counting::new(), &LIMIT);
    let all_refused = Barrier::new(64);
    thread::scope(|scope| {
        for number in 0..64 {
            let all_refused = &all_refused;
            let small = thread::Builder::new().stack_size(128 << 10);
            let started = small.spawn_scoped(scope, move || {
                for round in 0..3 {
                    // Sizes below and above a portion of credit.
                    let size = if number % 2 == 0 { 7_000 } else { 190_000 } + number * 8 + round;
                    let mut held = Vec::new();
                    while let Some(block) = alloc(&A, size) {
                        held.push(block);
                    }
                    all_refused.wait();
                    assert!(A.credit_bytes() <= 100 * MIB / 64);
                    for block in held {
                        free(&A, block, size);
                    }
                    all_refused.wait();
                }
            });
            started.unwrap();
        }
    });
    let peak = A.inner.real_peak.load(Ordering::Relaxed);
    assert!(peak <= 100 * MIB, "{peak} bytes were in use");
    assert!(peak > 95 * MIB, "refused too early, at {peak}");
    assert_eq!(LIMIT.used_bytes(), A.credit_bytes());
    A.call_in();
    assert_eq!(LIMIT.used_bytes(), 0);
    assert_eq!(A.inner.real_bytes.load(Ordering::Relaxed), 0);
}

#[test]
fn credit_of_other_threads_is_called_in_before_a_refusal() {
    static LIMIT: Budget = Budget::new("called in", 200_000, Policy::Fail);
    static A: Budgeted<System> = Budgeted::new(System, &LIMIT);
    for _ in 0..20 {
        let one = || alloc(&A, 100).map(|block| free(&A, block, 100));
        thread::spawn(one).join().unwrap().unwrap();
    }
    assert!(A.credit_bytes() > 0, "there was credit");
    let all = alloc(&A, 200_000).expect("nothing is in use");
    assert_eq!(alloc(&A, 1), None);
    free(&A, all, 200_000);
}

#[test]
fn a_block_costs_what_was_requested_through_every_resize() {
    static LIMIT: Budget = Budget::new("resized", 10_000, Policy::Fail);
    static A: Budgeted<System> = Budgeted::new(System, &LIMIT);
    let used = || LIMIT.used_bytes() - A.credit_bytes();
    // SAFETY: each block is resized and freed with its layout.
    unsafe {
        let block = A.alloc_zeroed(bytes(100));
        let block = A.realloc(block, bytes(100), 9_000);
        assert_eq!(used(), 9_000);
        assert!(A.realloc(block, bytes(9_000), 10_001).is_null());
        assert_eq!(used(), 9_000, "a refused one is as it was");
        let block = A.realloc(block, bytes(9_000), 10_000);
        let block = A.realloc(block, bytes(10_000), 50);
        assert_eq!(used(), 50);
        A.dealloc(block, bytes(50));
    }
    assert_eq!(used(), 0);
}

#[test]
fn hostile_sizes_are_refused() {
    static LIMIT: Budget = Budget::new("hostile", usize::MAX, Policy::Fail);
    static A: Budgeted<System> = Budgeted::new(System, &LIMIT);
    let held = LIMIT.charge(usize::MAX - 10_000).unwrap();
    assert_eq!(alloc(&A, isize::MAX as usize - 7), None);
    assert!(
        alloc(&A, 5_000)
            .map(|block| free(&A, block, 5_000))
            .is_some()
    );
    drop(held);
}

#[test]
fn memory_that_one_part_lacks_leaves_its_siblings_running() {
    static ALL: Budget = Budget::new("all", 40 * MIB, Policy::Fail);
    static GREEDY: Budget = Budget::under(&ALL, "greedy", MIB, Policy::Fail);
    static OTHER: Budget = Budget::under(&ALL, "other", MIB, Policy::Fail);
    static OF_GREEDY: Budgeted<System> = Budgeted::new(System, &GREEDY);
    static OF_OTHER: Budgeted<System> = Budgeted::new(System, &OTHER);
    let mut held = Vec::new();
    while let Some(block) = alloc(&OF_GREEDY, 1000) {
        held.push(block);
    }
    assert!(GREEDY.refusals() > 0);
    for _ in 0..10_000 {
        let block = alloc(&OF_OTHER, 900_000).expect("the other part has its own budget");
        free(&OF_OTHER, block, 900_000);
    }
    assert_eq!((OTHER.refusals(), ALL.refusals()), (0, 0));
    held.into_iter()
        .for_each(|block| free(&OF_GREEDY, block, 1000));
}

#[test]
fn a_function_that_reclaims_may_allocate_through_the_same_wrapper() {
    static CACHED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    static A: Budgeted<System> = Budgeted::new(System, &LIMIT);
    static LIMIT: Budget = Budget::new("reclaimed", 300_000, Policy::Reclaim(reclaim));
    fn reclaim(_: usize) {
        assert_eq!(alloc(&A, 200_000), None, "not asked from within");
        if let Some(block) = CACHED.lock().unwrap().pop() {
            free(&A, block, 100_000);
        }
        if let Some(block) = alloc(&A, 500) {
            free(&A, block, 500);
        }
    }
    for _ in 0..3 {
        CACHED.lock().unwrap().push(alloc(&A, 100_000).unwrap());
    }
    let rescued = alloc(&A, 90_000).expect("a cached block makes room");
    free(&A, rescued, 90_000);
}

#[test]
fn a_dropped_wrapper_gives_its_credit_back() {
    let node = OwnedBudget::new("ends", MIB, Policy::Fail).leak();
    let wrapper = Budgeted::new(System, node);
    let block = alloc(&wrapper, 100).unwrap();
    assert!(wrapper.credit_bytes() > 0);
    free(&wrapper, block, 100);
    drop(wrapper);
    assert_eq!(node.used_bytes(), 0);
}

#[cfg(feature = "allocator-api2")]
#[test]
fn a_vector_of_another_allocator_stands_under_a_budget() {
    use allocator_api2::{alloc::Global, vec::Vec};
    static LIMIT: Budget = Budget::new("vector", 100_000, Policy::Fail);
    let under = Budgeted::new(Global, &LIMIT);
    let mut numbers = Vec::new_in(&under);
    numbers.extend(0..10_000_u32);
    assert!(LIMIT.used_bytes() >= 40_000);
    assert!(numbers.try_reserve(50_000).is_err());
    numbers.truncate(10);
    numbers.shrink_to_fit();
    assert_eq!(LIMIT.used_bytes() - under.credit_bytes(), 40);
    drop(numbers);
    drop(under);
    assert_eq!(LIMIT.used_bytes(), 0);
}

//! Pointers that are not the caller's to free are named, and the heap stays whole.

use crate::support;
use std::panic::catch_unwind;
use tenure_heap::{FaultKind, allocate, allocate_aligned, deallocate, reallocate, usable_size};

/// Frees `address` and returns how the heap found fault with it.
fn fault_of(address: usize) -> Option<FaultKind> {
    support::start();
    tenure_heap::set_fault_handler(|fault| std::panic::resume_unwind(Box::new(fault)));
    let result = catch_unwind(|| {
        // SAFETY: none: the point is that the heap must find out, and it does so before it changes
        // anything.
        unsafe { deallocate(core::ptr::with_exposed_provenance_mut(address)) };
    });
    result.err().map(|payload| {
        let fault = payload
            .downcast_ref::<tenure_heap::Fault>()
            .expect("a fault");
        assert_eq!(fault.address, address);
        fault.kind
    })
}

fn block(bytes: usize) -> usize {
    support::start();
    allocate(bytes).expose_provenance()
}

#[test]
fn a_double_free_is_found_at_once_and_later() {
    support::alone("faults::a_double_free_is_found_at_once_and_later", || {
        for bytes in [1, 16, 100, 1000, 5000, 30_000, 200_000] {
            let (first, other) = (block(bytes), block(bytes));
            assert_eq!(fault_of(first), None);
            assert_eq!(
                fault_of(first),
                Some(FaultKind::DoubleFree),
                "{bytes} bytes, at once"
            );
            assert_eq!(fault_of(other), None);
            assert_eq!(
                fault_of(first),
                Some(FaultKind::DoubleFree),
                "{bytes} bytes, later"
            );
            assert_eq!(
                fault_of(other),
                Some(FaultKind::DoubleFree),
                "{bytes} bytes, later"
            );
        }
    });
}

#[test]
fn a_double_free_is_found_when_another_thread_was_first() {
    support::alone(
        "faults::a_double_free_is_found_when_another_thread_was_first",
        || {
            let twice = block(72);
            std::thread::spawn(move || assert_eq!(fault_of(twice), None))
                .join()
                .unwrap();
            assert_eq!(fault_of(twice), Some(FaultKind::DoubleFree));
        },
    );
}

#[test]
fn a_double_free_is_found_when_the_owner_has_ended() {
    support::alone(
        "faults::a_double_free_is_found_when_the_owner_has_ended",
        || {
            let twice = std::thread::spawn(|| {
                let kept = block(72);
                let twice = block(72);
                assert_ne!(kept, twice);
                assert_eq!(fault_of(twice), None);
                twice
            })
            .join()
            .unwrap();
            assert_eq!(fault_of(twice), Some(FaultKind::DoubleFree));
        },
    );
}

#[test]
fn a_huge_block_is_not_freed_twice() {
    support::alone("faults::a_huge_block_is_not_freed_twice", || {
        let huge = block(5 << 20);
        assert_eq!(fault_of(huge + 4096), Some(FaultKind::Interior));
        assert_eq!(fault_of(huge + (1 << 20)), Some(FaultKind::Interior));
        assert_eq!(fault_of(huge), None);
        assert_eq!(fault_of(huge), Some(FaultKind::DoubleFree));
    });
}

#[test]
fn an_interior_pointer_is_found_wherever_it_points() {
    for bytes in [33, 48, 100, 1000, 6000, 40_000, 300_000] {
        let start = block(bytes);
        for offset in [1, 8, 16, bytes / 2, bytes - 1] {
            assert_eq!(
                fault_of(start + offset),
                Some(FaultKind::Interior),
                "{offset} of {bytes}"
            );
        }
        assert_eq!(fault_of(start), None);
    }
}

#[test]
fn a_block_never_handed_out_is_not_freed() {
    support::alone("faults::a_block_never_handed_out_is_not_freed", || {
        let start = block(320);
        // The page's later blocks are carved or not; neither may be freed.
        for ahead in [1, 5, 150] {
            let fault = fault_of(start + ahead * 320);
            assert!(fault.is_some(), "{ahead} blocks ahead");
        }
        assert_eq!(fault_of(start), None);
    });
}

#[test]
fn foreign_pointers_are_told_apart() {
    let local = 0u64;
    static STATIC: u64 = 0;
    let boxed = Box::new(0u64);
    for foreign in [&raw const local, &raw const STATIC, &raw const *boxed] {
        assert_eq!(
            fault_of(foreign.expose_provenance()),
            Some(FaultKind::Foreign)
        );
    }
    for wild in [8, 0x1000, usize::MAX, usize::MAX / 2, 1 << 47] {
        assert_eq!(fault_of(wild), Some(FaultKind::Foreign), "{wild:#x}");
    }
}

#[test]
fn resizing_and_measuring_find_the_same_faults() {
    support::start();
    tenure_heap::set_fault_handler(|fault| std::panic::resume_unwind(Box::new(fault)));
    let freed = block(64);
    assert_eq!(fault_of(freed), None);
    let pointer = move || core::ptr::with_exposed_provenance_mut::<u8>(freed);
    // SAFETY: none, as in `fault_of`.
    assert!(catch_unwind(|| unsafe { reallocate(pointer(), 100) }).is_err());
    // SAFETY: none, as in `fault_of`.
    assert!(catch_unwind(|| unsafe { usable_size(pointer()) }).is_err());
}

#[test]
fn impossible_sizes_are_refused() {
    support::start();
    for bytes in [
        usize::MAX,
        isize::MAX as usize,
        isize::MAX as usize + 1,
        1 << 47,
    ] {
        assert!(allocate(bytes).is_null(), "{bytes}");
        assert!(allocate_aligned(4096, bytes).is_null(), "{bytes}");
    }
    assert!(allocate_aligned(1 << 62, 1).is_null());
    let kept = allocate(100);
    // SAFETY: a block in use; it stays ours when the call fails.
    unsafe {
        assert!(reallocate(kept, usize::MAX / 2).is_null());
        deallocate(kept);
    }
}

#[test]
fn faults_are_found_when_counted() {
    support::again_counted("free");
}

//! What may be read is asked of the kernel once, and never assumed.

use super::*;
use tenure_os::memory;

/// Four readable pages between two that are not.
fn island() -> usize {
    let start = memory::reserve(6 * PAGE_BYTES).unwrap() + PAGE_BYTES;
    // SAFETY: lies in the reservation made just now.
    unsafe { memory::commit(start, 4 * PAGE_BYTES).unwrap() };
    start
}

#[test]
fn the_range_ends_where_memory_ends() {
    let start = island();
    let mut ground = Ground::default();
    assert!(!ground.reaches(8));
    assert!(!ground.stand(start - 8));
    assert!(!ground.stand(start + 4));
    assert!(ground.stand(start + 3 * PAGE_BYTES - 8));
    assert!(ground.reaches(start + 4 * PAGE_BYTES));
    assert!(!ground.reaches(start + 4 * PAGE_BYTES + 1));
    assert!(!ground.reaches(usize::MAX));
    // SAFETY: the last word of the island, which the range reaches.
    assert_eq!(unsafe { ground.word(start + 4 * PAGE_BYTES - 8) }, 0);
}

#[test]
fn a_deeper_stack_extends_the_range_and_another_one_replaces_it() {
    let (start, other) = (island(), island());
    let mut ground = Ground::default();
    assert!(ground.stand(start + 3 * PAGE_BYTES));
    assert!(ground.stand(start));
    assert_eq!((ground.low, ground.high), (start, start + 4 * PAGE_BYTES));
    assert!(ground.stand(other + 8));
    assert_eq!((ground.low, ground.high), (other, other + PAGE_BYTES));
    assert!(!ground.stand(0));
    assert_eq!(ground.high, 0);
}

#[test]
fn what_was_unmapped_is_not_taken_for_readable_again() {
    let start = island();
    let mut ground = Ground::default();
    assert!(ground.stand(start));
    assert!(ground.reaches(start + 2 * PAGE_BYTES));
    // SAFETY: the upper part of the island, which nobody uses.
    unsafe { memory::unmap(start + 2 * PAGE_BYTES, 2 * PAGE_BYTES) };
    assert!(ground.can_still_read(start + 8));
    assert!(!ground.can_still_read(start + 2 * PAGE_BYTES + 8));
    assert!(!ground.reaches(start + 3 * PAGE_BYTES));
}

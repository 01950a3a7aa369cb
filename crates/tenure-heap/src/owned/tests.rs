//! What a first-class heap keeps inside: shares, books, numbers.

use super::Heap;
use std::thread;
use std::vec::Vec;

#[test]
fn a_heap_counts_its_blocks_and_frees_them_all() {
    let heap = Heap::new("counting").unwrap();
    let blocks: Vec<*mut u8> = (0..1000).map(|size| heap.allocate(size)).collect();
    let huge = heap.allocate(3 << 20);
    let stats = heap.stats();
    assert_eq!((stats.live_blocks, stats.allocations), (1001, 1001));
    assert!(stats.held_bytes as u64 >= stats.live_bytes);
    let mut seen = 0;
    heap.for_each_block(&mut |_| seen += 1);
    assert_eq!(seen, 1001);
    for block in blocks.into_iter().chain([huge]) {
        assert!(heap.contains(block));
        assert!(!heap.contains(block.wrapping_add(1)));
        // SAFETY: a block in use, given up once.
        unsafe { heap.deallocate(block) };
        assert!(!heap.contains(block));
    }
    let stats = heap.stats();
    assert_eq!((stats.live_blocks, stats.live_bytes), (0, 0));
    heap.trim();
    assert_eq!(heap.stats().held_bytes, 0);
}

#[test]
fn a_share_serves_the_next_thread() {
    let heap = Heap::new("shares").unwrap();
    for _ in 0..20 {
        let heap = &heap;
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert!(!heap.allocate(100).is_null());
                }
            });
        });
    }
    let stats = heap.stats();
    assert_eq!(stats.live_blocks, 2000);
    assert!(stats.held_bytes < 260_000, "{stats:?}");
}

#[test]
fn heaps_one_after_another_share_their_books() {
    let mut domains = Vec::new();
    let mut last = 0;
    for _ in 0..200 {
        let heap = Heap::new("next").unwrap();
        assert!(heap.id > last, "numbers are never used twice");
        assert_eq!(heap.stats().live_blocks, 0);
        assert!(!heap.allocate(10).is_null());
        last = heap.id;
        domains.push(core::ptr::from_ref(heap.domain).addr());
    }
    domains.sort_unstable();
    domains.dedup();
    // Tests beside this one take places from the list as well.
    assert!(domains.len() < 20, "{}", domains.len());
}

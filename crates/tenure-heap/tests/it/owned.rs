//! First-class heaps: blocks of any thread, limits, the end of a heap, misuse, and the recorder.

use crate::support;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tenure_heap::{
    Answer, Fault, FaultKind, Heap, LimitHandler, deallocate, reallocate, usable_size,
};

const STEPS: u64 = if cfg!(miri) { 60 } else { 6_000 };

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    fn size(&mut self) -> usize {
        match self.next(20) {
            0..=13 => self.next(400),
            14..=17 => self.next(9000),
            18 => self.next(200_000),
            _ => (512 << 10) + self.next(800_000),
        }
    }
}

fn as_pointer(address: usize) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(address)
}

/// What the shadow knows of the blocks of one heap: address → (bytes asked for, first byte).
#[derive(Default)]
struct Shadow(BTreeMap<usize, (usize, u8)>);

impl Shadow {
    fn admit(&mut self, heap: &Heap, block: *mut u8, bytes: usize, mark: u8) {
        assert!(!block.is_null());
        let address = block.expose_provenance();
        // SAFETY: a block in use that is ours, of at least so many bytes.
        unsafe {
            block.write_bytes(mark, bytes);
            assert!(usable_size(block) >= bytes);
        }
        if let Some((below, (size, _))) = self.0.range(..=address).next_back() {
            assert!(below + (*size).max(1) <= address, "overlap");
        }
        assert!(heap.contains(block));
        assert!(self.0.insert(address, (bytes, mark)).is_none());
    }

    fn take(&mut self, dice: &mut Dice) -> Option<*mut u8> {
        let number = dice.next(self.0.len().max(1));
        let (&address, &(bytes, mark)) = self.0.iter().nth(number)?;
        self.0.remove(&address);
        let block = as_pointer(address);
        // SAFETY: a block in use whose bytes have all been written.
        let contents = unsafe { core::slice::from_raw_parts(block, bytes) };
        assert!(contents.iter().all(|byte| *byte == mark), "damaged");
        Some(block)
    }
}

/// Plays at random with one heap and checks each step against the shadow.
fn play(heap: &Heap, seed: u64, steps: u64) -> Shadow {
    let mut dice = Dice(seed);
    let mut shadow = Shadow::default();
    for step in 0..steps {
        let bytes = dice.size();
        let mark = (step % 251) as u8;
        match dice.next(12) {
            0..=4 => shadow.admit(heap, heap.allocate(bytes), bytes, mark),
            5 => {
                let block = heap.allocate_zeroed(bytes);
                // SAFETY: a block of so many bytes.
                let contents = unsafe { core::slice::from_raw_parts(block, bytes) };
                assert!(contents.iter().all(|byte| *byte == 0));
                shadow.admit(heap, block, bytes, mark);
            }
            6 => {
                let align = 1 << dice.next(18);
                let block = heap.allocate_aligned(align, bytes);
                assert_eq!(block.addr() % align, 0);
                shadow.admit(heap, block, bytes, mark);
            }
            7 => {
                if let Some(block) = shadow.take(&mut dice) {
                    // SAFETY: a block in use that the shadow has given up.
                    let block = unsafe { heap.reallocate(block, bytes) };
                    shadow.admit(heap, block, bytes, mark);
                }
            }
            number => {
                if let Some(block) = shadow.take(&mut dice) {
                    // SAFETY: a block in use that the shadow has given up.
                    unsafe {
                        if number % 2 == 0 {
                            heap.deallocate(block);
                        } else {
                            deallocate(block);
                        }
                    }
                }
            }
        }
    }
    shadow
}

fn check_books(heap: &Heap, shadow: &Shadow) {
    // The visitor may not allocate.
    let mut found = Vec::with_capacity(shadow.0.len() + 1);
    heap.for_each_block(&mut |block| found.push(block.address));
    found.sort_unstable();
    assert!(found.iter().eq(shadow.0.keys()), "blocks visited");
    let stats = heap.stats();
    assert_eq!(stats.live_blocks, shadow.0.len() as u64);
    // SAFETY: blocks in use.
    let usable = |address: &usize| unsafe { usable_size(as_pointer(*address)) } as u64;
    assert_eq!(stats.live_bytes, shadow.0.keys().map(usable).sum::<u64>());
    assert!(stats.held_bytes as u64 >= stats.live_bytes);
}

#[test]
fn owned_heaps_agree_with_the_shadow() {
    support::start();
    for seed in 1..4 {
        let heap = Heap::new("shadow").unwrap();
        let shadow = play(&heap, seed * 0x9e37_79b9, STEPS / 4);
        check_books(&heap, &shadow);
        drop(heap);
    }
    tenure_heap::check();
}

#[test]
fn owned_blocks_are_freed_on_other_threads() {
    support::start();
    let heap = Heap::new("crossing").unwrap();
    let threads = 4;
    for round in 0..3 {
        let shadows: Vec<Shadow> = thread::scope(|scope| {
            let spawned: Vec<_> = (0..threads)
                .map(|number| {
                    let heap = &heap;
                    let seed = (round * threads + number + 1) as u64 * 77_777;
                    scope.spawn(move || play(heap, seed, STEPS / 16))
                })
                .collect();
            spawned.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let blocks: Vec<usize> = shadows
            .iter()
            .flat_map(|one| one.0.keys().copied())
            .collect();
        assert_eq!(heap.stats().live_blocks, blocks.len() as u64);
        // Each thread frees what others have left.
        thread::scope(|scope| {
            for part in blocks.chunks(blocks.len().div_ceil(threads).max(1)) {
                scope.spawn(move || {
                    for block in part {
                        // SAFETY: a block in use, each given up once.
                        unsafe { deallocate(as_pointer(*block)) };
                    }
                });
            }
        });
        let stats = heap.stats();
        assert_eq!((stats.live_blocks, stats.live_bytes), (0, 0));
    }
}

#[test]
fn owned_heaps_do_not_mix() {
    support::start();
    let heaps: Vec<Heap> = (0..30).map(|_| Heap::new("one of many").unwrap()).collect();
    let blocks: Vec<*mut u8> = (0..3000)
        .map(|number| heaps[number % 30].allocate(number % 500))
        .collect();
    for (number, block) in blocks.iter().enumerate() {
        for (other, heap) in heaps.iter().enumerate() {
            assert_eq!(heap.contains(*block), other == number % 30);
        }
    }
    let general = tenure_heap::allocate(100);
    assert!(heaps.iter().all(|heap| !heap.contains(general)));
    // SAFETY: blocks in use, each given up once.
    unsafe {
        deallocate(general);
        for block in blocks {
            deallocate(block);
        }
    }
    assert!(heaps.iter().all(|heap| heap.stats().live_blocks == 0));
}

#[test]
fn owned_blocks_stay_in_their_heap_when_resized() {
    support::start();
    let (mine, other) = (Heap::new("mine").unwrap(), Heap::new("other").unwrap());
    let mut block = mine.allocate(10);
    for bytes in [100, 5000, 300_000, 2 << 20, 9 << 20, 600_000, 40_000, 1] {
        // SAFETY: a block in use, each time given up for the next.
        block = unsafe { other.reallocate(block, bytes) };
        assert!(mine.contains(block), "{bytes}");
        // SAFETY: as above.
        block = unsafe { reallocate(block, bytes + bytes / 3) };
        assert!(mine.contains(block), "{bytes}");
    }
    assert_eq!(mine.stats().live_blocks, 1);
    assert_eq!(other.stats().allocations, 0);
}

#[test]
fn the_owned_limit_is_hard_and_hostile_sizes_are_refused() {
    support::start();
    const LIMIT: usize = 1 << 20;
    let heap = Heap::with_limit("limited", LIMIT).unwrap();
    for bytes in [2 << 20, 1 << 40, isize::MAX as usize, usize::MAX] {
        assert!(heap.allocate(bytes).is_null());
        assert!(heap.allocate_zeroed(bytes).is_null());
        assert!(heap.allocate_aligned(1 << 16, bytes).is_null());
    }
    assert!(heap.allocate_aligned(1 << 62, 1).is_null());
    for bytes in [1, 16, 100, 1000, 5000, 70_000, 300_000, 600_000] {
        let mut blocks = Vec::new();
        loop {
            let block = heap.allocate(bytes);
            if block.is_null() {
                break;
            }
            blocks.push(block);
            let stats = heap.stats();
            assert!(stats.held_bytes <= LIMIT && stats.held_peak_bytes <= LIMIT);
        }
        // What the limit left unused is less than a step and the rest of a page.
        let live = heap.stats().live_bytes as usize;
        let step = bytes.next_multiple_of(4096) + 4096;
        assert!(live + step + bytes / 8 > LIMIT, "{bytes}: {live}");
        // A freed block can be had again, though nothing more may be carved.
        let again = blocks.len() / 2;
        // SAFETY: a block in use, given up once.
        unsafe { heap.deallocate(blocks.swap_remove(again)) };
        blocks.push(heap.allocate(bytes));
        for block in blocks {
            assert!(!block.is_null(), "{bytes}");
            // SAFETY: as above.
            unsafe { heap.deallocate(block) };
        }
    }
    assert!(heap.stats().refusals >= 8 + 8);
    heap.set_limit(usize::MAX);
    assert!(!heap.allocate(8 << 20).is_null());
}

#[test]
fn the_owned_limit_holds_under_eight_threads() {
    support::start();
    const LIMIT: usize = 3 << 20;
    let heap = Heap::with_limit("contended", LIMIT).unwrap();
    let refused = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..8 {
            let (heap, refused) = (&heap, &refused);
            scope.spawn(move || {
                let mut dice = Dice(number + 99);
                let mut blocks: Vec<*mut u8> = Vec::new();
                for _ in 0..STEPS {
                    let bytes = dice.next(3000) + if dice.next(200) == 0 { 600_000 } else { 0 };
                    let block = heap.allocate(bytes);
                    if block.is_null() {
                        refused.fetch_add(1, Ordering::Relaxed);
                        let kept = blocks.len() / 2;
                        for block in blocks.drain(kept..) {
                            // SAFETY: a block in use, given up once.
                            unsafe { heap.deallocate(block) };
                        }
                    } else {
                        // SAFETY: a block of at least so many bytes.
                        unsafe { block.write_bytes(7, bytes) };
                        blocks.push(block);
                    }
                    assert!(heap.stats().held_bytes <= LIMIT);
                }
            });
        }
    });
    let stats = heap.stats();
    assert!(stats.held_peak_bytes <= LIMIT, "{stats:?}");
    assert_eq!(stats.refusals, refused.load(Ordering::Relaxed) as u64);
    assert!(stats.refusals > 0 || cfg!(miri), "the limit was never met");
}

#[test]
fn an_owned_heap_asks_what_to_do_about_its_limit() {
    support::start();
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let heap = Heap::with_limit("asking", 100_000).unwrap();
    let kept = heap.allocate(60_000);
    let handler = |context: usize| LimitHandler {
        ask: |reached, [block, tries, _]| {
            assert_eq!(reached.limit_bytes, 100_000);
            assert!(reached.held_bytes + reached.wanted_bytes > reached.limit_bytes);
            let asked = ASKED.fetch_add(1, Ordering::Relaxed) + 1;
            if block != 0 && asked == 1 {
                // SAFETY: the block in use that the test keeps for this.
                unsafe { deallocate(as_pointer(block)) };
            }
            if asked < tries {
                Answer::TryAgain
            } else {
                Answer::Refuse
            }
        },
        context: [context, 100, 0],
    };
    heap.on_limit(Some(handler(kept.expose_provenance())));
    assert!(
        !heap.allocate(70_000).is_null(),
        "the first answer makes room"
    );
    assert_eq!(ASKED.swap(0, Ordering::Relaxed), 1);
    heap.on_limit(Some(handler(0)));
    assert!(heap.allocate(70_000).is_null());
    let asked = ASKED.load(Ordering::Relaxed);
    assert_eq!(
        asked, 16,
        "who says try again in vain is not asked for ever"
    );
    assert_eq!(heap.stats().refusals, 1);
    heap.on_limit(None);
    assert!(heap.allocate(70_000).is_null());
    assert_eq!(ASKED.load(Ordering::Relaxed), 16);
}

/// Frees `address` and returns how the heap found fault with it.
fn fault_of(address: usize) -> Option<FaultKind> {
    tenure_heap::set_fault_handler(|fault| std::panic::resume_unwind(Box::new(fault)));
    // SAFETY: none: the heap must find out before it changes anything.
    let freed = catch_unwind(|| unsafe { deallocate(as_pointer(address)) });
    freed
        .err()
        .map(|fault| fault.downcast_ref::<Fault>().unwrap().kind)
}

#[test]
fn misused_owned_blocks_are_named() {
    let name = "owned::misused_owned_blocks_are_named";
    support::alone(name, || {
        for bytes in [1, 100, 3000, 40_000, 300_000, 4 << 20] {
            let heap = Heap::new("misused").unwrap();
            let (twice, late) = (heap.allocate(bytes), heap.allocate(bytes));
            let (twice, late) = (twice.expose_provenance(), late.expose_provenance());
            assert_eq!(fault_of(late + 8), Some(FaultKind::Interior), "{bytes}");
            assert_eq!(fault_of(twice), None);
            assert_eq!(fault_of(twice), Some(FaultKind::DoubleFree), "{bytes}");
            heap.destroy();
            assert!(
                fault_of(late).is_some(),
                "{bytes} bytes, freed after the heap's end"
            );
            assert!(
                fault_of(twice).is_some(),
                "{bytes} bytes, freed after the heap's end"
            );
        }
    });
}

#[test]
fn a_destroyed_heap_gives_its_memory_back() {
    let name = "owned::a_destroyed_heap_gives_its_memory_back";
    support::alone(name, || {
        drop(Heap::new("first").unwrap());
        let before = tenure_heap::usage();
        for _ in 0..50 {
            let heap = Heap::new("short").unwrap();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| play(&heap, 5, STEPS / 40));
                }
            });
        }
        let after = tenure_heap::usage();
        // What stays are pages of the ordinary heaps that the test's own tables used.
        assert!(
            after.sliced_bytes < before.sliced_bytes + (12 << 20),
            "{after:?}"
        );
    });
}

#[test]
fn an_owned_heap_dies_on_another_thread_than_its_users() {
    support::start();
    let heap = Heap::new("handed on").unwrap();
    let (heap, mine) = thread::spawn(move || {
        let block = heap.allocate(64).expose_provenance();
        (heap, block)
    })
    .join()
    .unwrap();
    assert!(heap.contains(as_pointer(mine)));
    let block = heap.allocate(64);
    thread::spawn(move || drop(heap)).join().unwrap();
    assert!(!block.is_null());
    // The thread's share of the dead heap serves the next that takes the same books.
    for _ in 0..20 {
        let next = Heap::new("next").unwrap();
        assert!(next.contains(next.allocate(64)));
    }
}

#[test]
fn owned_heaps_are_in_the_ledger() {
    support::start();
    let _heap = Heap::with_limit("in the ledger", 12_345).unwrap();
    let of_heap = |reading: &tenure_base::ledger::Reading| {
        reading
            .name
            .text(&mut [0; tenure_base::ledger::NAME_BYTES_MAX])
            == "in the ledger"
    };
    let found = tenure_base::ledger::LEDGER.readings().find(of_heap);
    assert_eq!(found.unwrap().limit_bytes, 12_345);
}

#[test]
fn owned_heaps_hold_when_recorded() {
    support::again_recorded("owned");
}

//! Blocks that move: handles stay valid, budgets hold, pinned blocks stay.

use super::random::Random;
use tenure_base::Align;
use tenure_place::{
    AddressOrderedFit, FirstFit, FreeIndex, Handle, HandleError, Inline, MovableHeap, Reachable,
    Slot, Space, Table, Tagged, Tlsf,
};

struct Held {
    handle: Handle,
    fill: u8,
    bytes: usize,
    pinned_at: Option<usize>,
}

fn verify<I: FreeIndex, M: Space<Data: Reachable>>(
    heap: &MovableHeap<I, M, Vec<Slot>>,
    held: &Held,
) {
    let mut seen = vec![0; held.bytes];
    heap.read(held.handle, 0, &mut seen).expect("a live handle");
    assert!(seen.iter().all(|&byte| byte == held.fill));
}

/// One random step: places, frees, pins, resizes, or moves.
fn step_once<I: FreeIndex, M: Space<Data: Reachable>>(
    heap: &mut MovableHeap<I, M, Vec<Slot>>,
    live: &mut Vec<Held>,
    random: &mut Random,
) {
    match random.below(8) {
        0..3 => {
            let bytes = 1 + random.below(200);
            if let Ok(handle) = heap.allocate(bytes) {
                let fill = random.below(256) as u8;
                heap.write(handle, 0, &vec![fill; bytes]).unwrap();
                live.push(Held {
                    handle,
                    fill,
                    bytes,
                    pinned_at: None,
                });
            }
        }
        3..5 if !live.is_empty() => {
            let held = live.swap_remove(random.below(live.len()));
            verify(heap, &held);
            if held.pinned_at.is_some() {
                assert_eq!(heap.free(held.handle), Err(HandleError::Pinned));
                heap.unpin(held.handle).unwrap();
            }
            heap.free(held.handle).unwrap();
            assert_eq!(heap.free(held.handle), Err(HandleError::Stale));
        }
        5 if !live.is_empty() => {
            let pick = random.below(live.len());
            let held = &mut live[pick];
            match held.pinned_at.take() {
                Some(_) => heap.unpin(held.handle).unwrap(),
                None if random.below(3) == 0 => {
                    held.pinned_at = Some(heap.pin(held.handle).unwrap());
                }
                None => {}
            }
        }
        6 if !live.is_empty() => {
            let pick = random.below(live.len());
            let held = &mut live[pick];
            let bytes = 1 + random.below(300);
            if heap.resize(held.handle, bytes).is_ok() {
                let mut front = vec![0; bytes.min(held.bytes)];
                heap.read(held.handle, 0, &mut front).unwrap();
                assert!(front.iter().all(|&byte| byte == held.fill));
                heap.write(held.handle, 0, &vec![held.fill; bytes]).unwrap();
                held.bytes = bytes;
            }
        }
        _ => {
            let budget = random.below(600);
            let done = heap.compact_step(budget).unwrap();
            assert!(done.moved_bytes <= budget, "{done:?}");
            assert!(done.is_done != (done.next_bytes > 0), "{done:?}");
        }
    }
}

fn churn<I: FreeIndex, M: Space<Data: Reachable>>(strategy: Tagged<I>, space: M, seed: u64) {
    let mut heap = MovableHeap::new(strategy, space, vec![Slot::EMPTY; 64]);
    let mut random = Random::new(seed);
    let mut live: Vec<Held> = Vec::new();
    for step in 0..if cfg!(miri) { 60 } else { 3000 } {
        step_once(&mut heap, &mut live, &mut random);
        if step % 16 == 0 {
            heap.check().unwrap();
            live.iter().for_each(|held| verify(&heap, held));
        }
    }
    while !heap.compact_step(usize::MAX).unwrap().is_done {}
    heap.check().unwrap();
    for held in &live {
        verify(&heap, held);
        if let Some(at) = held.pinned_at {
            assert_eq!(heap.pin(held.handle), Ok(at), "pinned blocks stay");
            heap.unpin(held.handle).unwrap();
            heap.unpin(held.handle).unwrap();
        }
    }
    while !heap.compact_step(100_000).unwrap().is_done {}
    heap.check().unwrap();
    assert!(heap.metrics().free_blocks <= 1, "no pin, no gap");
    live.iter().for_each(|held| verify(&heap, held));
}

#[test]
fn handles_survive_every_step_of_compaction() {
    let mut memory = [0u64; 800];
    let mut table = [0u64; 2000];
    for seed in 0..4 {
        churn(Tlsf::new(), Inline::new(&mut memory[..]), seed);
        churn(FirstFit::new(), Inline::new([0; 500]), seed);
        churn(AddressOrderedFit::new(), Inline::new(&mut memory[..]), seed);
        let granule = Align::new(16).unwrap();
        let space = Table::new(&mut memory[..], &mut table[..], granule);
        churn(Tlsf::new(), space, seed);
    }
}

#[test]
fn a_request_that_fails_for_gaps_succeeds_after_compaction() {
    let mut heap = MovableHeap::new(FirstFit::new(), Inline::new([0; 128]), [Slot::EMPTY; 16]);
    let handles: Vec<Handle> = std::iter::from_fn(|| heap.allocate(48).ok()).collect();
    for pair in handles.chunks_exact(2) {
        heap.free(pair[0]).unwrap();
    }
    assert!(matches!(heap.allocate(300), Err(HandleError::NoBlock(_))));
    let before = heap.metrics().external();
    let mut moved = 0;
    loop {
        let done = heap.compact_step(64).unwrap();
        assert!(done.moved_bytes <= 64 && done.largest_after >= done.largest_before);
        moved += done.moved_blocks;
        if done.is_done {
            break;
        }
    }
    assert_eq!(moved, handles.len().div_ceil(2), "each block moved once");
    assert!(before > 0.5 && heap.metrics().external() == 0.0);
    heap.allocate(300).unwrap();
}

#[test]
fn a_pinned_block_keeps_the_gap_before_it_until_it_is_unpinned() {
    let mut heap = MovableHeap::new(Tlsf::new(), Inline::new([0; 64]), [Slot::EMPTY; 4]);
    let [low, high] = [40, 40].map(|bytes| heap.allocate(bytes).unwrap());
    let at = heap.pin(high).unwrap();
    heap.free(low).unwrap();
    let done = heap.compact_step(1000).unwrap();
    assert_eq!((done.moved_bytes, done.is_done), (0, true));
    assert_eq!(heap.resize(high, 450), Err(HandleError::Pinned));
    assert_eq!(heap.pin(high).unwrap(), at);
    heap.unpin(high).unwrap();
    assert_eq!(
        heap.compact_step(1000).unwrap().moved_bytes,
        0,
        "pinned once still"
    );
    heap.unpin(high).unwrap();
    assert_eq!(heap.unpin(high), Err(HandleError::BadPin));
    assert_eq!(heap.compact_step(0).unwrap().next_bytes, 48);
    assert_eq!(heap.compact_step(48).unwrap().moved_bytes, 48);
    assert!(heap.pin(high).unwrap() < at);
}

#[test]
fn a_handle_of_another_heap_is_stale() {
    let mut one = MovableHeap::new(Tlsf::new(), Inline::new([0; 64]), [Slot::EMPTY; 4]);
    let mut other = MovableHeap::new(Tlsf::new(), Inline::new([0; 64]), [Slot::EMPTY; 1]);
    let _first = one.allocate(8).unwrap();
    let second = one.allocate(8).unwrap();
    assert_eq!(other.free(second), Err(HandleError::Stale));
    assert_eq!(other.read(second, 0, &mut [0]), Err(HandleError::Stale));
    let mine = other.allocate(8).unwrap();
    assert_eq!(other.allocate(8), Err(HandleError::NoSlot));
    assert_eq!(other.write(mine, 8, &[1]), Err(HandleError::OutOfBlock));
}

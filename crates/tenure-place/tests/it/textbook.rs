//! The counterexamples that every textbook has: requests that one strategy serves and another not.

use tenure_base::Align;
use tenure_place::{
    AddressOrderedFit, BestFit, Buddy, FirstFit, Heap, NextFit, OutOfReach, Strategy, Table,
    WorstFit,
};

const GRANULE: usize = 64;

/// Frees all but the walls of a span that was filled with `sizes` granules and walls between them;
/// says whether `requests` are then served in order.
fn serves<S: Strategy>(strategy: S, holes: &[usize], requests: &[usize]) -> bool {
    let granules = holes.iter().sum::<usize>() + holes.len();
    let mut table = vec![0; 2 * granules + 2];
    let memory = OutOfReach::new(granules * GRANULE);
    let space = Table::new(memory, &mut table[..], Align::new(GRANULE).unwrap());
    let mut heap = Heap::new(strategy, space);
    let mut offsets = Vec::new();
    for hole in holes {
        offsets.push(heap.allocate(hole * GRANULE, 8).unwrap().offset);
        heap.allocate(GRANULE, 8).unwrap();
    }
    // From behind, so that a list that is last in, first out begins with the lowest.
    for offset in offsets.iter().rev() {
        heap.free(*offset).unwrap();
    }
    let mut served = requests.iter();
    served.all(|request| heap.allocate(request * GRANULE, 8).is_ok())
}

#[test]
fn first_and_worst_fit_serve_what_best_fit_does_not() {
    // Best fit leaves 4 and 4; the others leave 6 and 2.
    let (holes, requests) = ([26, 24], [20, 22, 5]);
    assert!(serves(FirstFit::new(), &holes, &requests));
    assert!(serves(AddressOrderedFit::new(), &holes, &requests));
    assert!(serves(WorstFit::new(), &holes, &requests));
    assert!(!serves(BestFit::new(), &holes, &requests));
}

#[test]
fn best_fit_serves_what_first_and_worst_fit_do_not() {
    // Best fit leaves 2 and 5; the others leave 4 and 3.
    let (holes, requests) = ([26, 24], [22, 21, 5]);
    assert!(serves(BestFit::new(), &holes, &requests));
    assert!(!serves(FirstFit::new(), &holes, &requests));
    assert!(!serves(AddressOrderedFit::new(), &holes, &requests));
    assert!(!serves(NextFit::new(), &holes, &requests));
    assert!(!serves(WorstFit::new(), &holes, &requests));
}

#[test]
fn next_fit_goes_round() {
    let granules = 64;
    let mut table = vec![0; 2 * granules + 2];
    let space = Table::new(
        OutOfReach::new(granules * GRANULE),
        &mut table[..],
        Align::new(GRANULE).unwrap(),
    );
    let mut heap = Heap::new(NextFit::new(), space);
    let blocks: Vec<usize> = (0..granules)
        .map(|_| heap.allocate(GRANULE, 8).unwrap().offset)
        .collect();
    // Holes of two, far from each other, so that each search begins where the last one ended.
    for &at in [40, 20, 0].iter() {
        heap.free(blocks[at]).unwrap();
        heap.free(blocks[at + 1]).unwrap();
    }
    let visited = heap.counters().work.visited;
    let taken: Vec<usize> = (0..6)
        .map(|_| heap.allocate(GRANULE, 8).unwrap().offset / GRANULE)
        .collect();
    let mut sorted = taken.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 20, 21, 40, 41]);
    assert_ne!(
        taken[0] / 20,
        taken[1] / 20,
        "the second comes from another hole"
    );
    assert_eq!(
        heap.counters().work.visited - visited,
        6,
        "each search begins at a hole"
    );
    assert!(heap.allocate(1, 8).is_err());
}

#[test]
fn buddies_do_not_join_with_strangers() {
    let mut table = vec![0; 64];
    let granule = Align::new(GRANULE).unwrap();
    let space = Table::new(OutOfReach::new(8 * GRANULE), &mut table[..], granule);
    let mut heap = Heap::new(Buddy::with_granule(granule), space);
    let blocks: Vec<usize> = (0..8)
        .map(|_| heap.allocate(GRANULE, 8).unwrap().offset)
        .collect();
    heap.free(blocks[1]).unwrap();
    heap.free(blocks[2]).unwrap();
    // Neighbours, but not buddies: two granules side by side serve no request for two.
    assert!(heap.allocate(2 * GRANULE, 8).is_err());
    heap.free(blocks[3]).unwrap();
    assert_eq!(heap.allocate(2 * GRANULE, 8).unwrap().offset, blocks[2]);
}

#[test]
fn half_of_a_buddy_heap_may_be_waste() {
    let mut table = vec![0; 4096];
    let granule = Align::new(GRANULE).unwrap();
    let space = Table::new(OutOfReach::new(256 * GRANULE), &mut table[..], granule);
    let mut heap = Heap::new(Buddy::with_granule(granule), space);
    let fill = heap.fill(|| 17 * GRANULE);
    assert_eq!((fill.blocks, fill.requested_bytes), (8, 8 * 17 * GRANULE));
    assert!((heap.metrics().internal() - 15.0 / 32.0).abs() < 1e-9);
}

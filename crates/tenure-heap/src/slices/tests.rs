//! The slice map against a model that keeps one flag a slice.
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const TOTAL: usize = 300;

#[derive(Clone, Debug)]
enum Op {
    Allocate {
        count: usize,
        align_log2: u32,
        phase: usize,
    },
    Extend {
        which: usize,
        more: usize,
    },
    Release {
        which: usize,
    },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let count = prop_oneof![4 => Just(1usize), 2 => Just(8), 1 => Just(64), 2 => 1usize..40];
    let op = prop_oneof![
        5 => (count, 0u32..4, 0usize..8)
            .prop_map(|(count, align_log2, phase)| Op::Allocate { count, align_log2, phase }),
        1 => (0usize..64, 1usize..9).prop_map(|(which, more)| Op::Extend { which, more }),
        4 => (0usize..64).prop_map(|which| Op::Release { which }),
    ];
    prop::collection::vec(op, 1..200)
}

proptest! {
    #[test]
    fn runs_never_overlap_and_first_fit_finds_what_is_there(script in ops()) {
        let mut words = std::vec![0; bits::words_for(TOTAL)];
        let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
        let mut map = SliceMap::new(&mut words, &touched, TOTAL);
        let mut used = std::vec![false; TOTAL];
        let mut held: Vec<Range<usize>> = Vec::new();
        for op in script {
            match op {
                Op::Allocate { count, align_log2, phase } => {
                    let align = 1 << align_log2;
                    let fits = |start: &usize| {
                        (start + phase).is_multiple_of(align)
                            && start + count <= TOTAL
                            && !used[*start..start + count].contains(&true)
                    };
                    match map.allocate(count, align, phase) {
                        Some(start) => {
                            prop_assert!(fits(&start));
                            used[start..start + count].fill(true);
                            held.push(start..start + count);
                        }
                        // The frontier never falls, so only a run that reaches it may be missed.
                        None => prop_assert!(
                            (0..TOTAL).filter(fits).all(|s| s + count > map.frontier())
                        ),
                    }
                }
                Op::Extend { which, more } if !held.is_empty() => {
                    let which = which % held.len();
                    let run = held[which].clone();
                    let end = run.end + more;
                    let free = end <= TOTAL && !used[run.end..end].contains(&true);
                    prop_assert_eq!(map.extend(run.start, run.len(), more), free);
                    if free {
                        used[run.end..end].fill(true);
                        held[which] = run.start..end;
                    }
                }
                Op::Release { which } if !held.is_empty() => {
                    let run = held.swap_remove(which % held.len());
                    used[run.clone()].fill(false);
                    map.release(run);
                }
                Op::Extend { .. } | Op::Release { .. } => {}
            }
            map.check();
            prop_assert_eq!(map.in_use(), used.iter().filter(|slice| **slice).count());
        }
    }
}

#[test]
fn the_lowest_address_wins() {
    let mut words = std::vec![0; bits::words_for(TOTAL)];
    let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
    let mut map = SliceMap::new(&mut words, &touched, TOTAL);
    assert_eq!(map.allocate(8, 1, 0), Some(0));
    assert_eq!(map.allocate(1, 1, 0), Some(8));
    map.release(0..8);
    assert_eq!(map.allocate(1, 1, 0), Some(0));
    assert_eq!(map.allocate(8, 1, 0), Some(9));
    assert_eq!(map.allocate(4, 4, 0), Some(4));
}

#[test]
fn dirty_runs_are_the_free_and_touched_ones() {
    let mut words = std::vec![0; bits::words_for(TOTAL)];
    let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
    let mut map = SliceMap::new(&mut words, &touched, TOTAL);
    map.allocate(10, 1, 0);
    for slice in [2, 3, 5, 9] {
        touched[slice].store(1, Ordering::Relaxed);
    }
    assert_eq!(map.next_dirty(0), None);
    map.release(0..8);
    assert_eq!(map.next_dirty(0), Some(2..4));
    assert_eq!(map.next_dirty(4), Some(5..6));
    assert_eq!(map.next_dirty(6), None);
}

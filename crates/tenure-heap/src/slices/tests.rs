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
    /// The scavenger's tick: what is aged and dirty is withdrawn and comes back clean.
    Tick,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let count = prop_oneof![4 => Just(1usize), 2 => Just(8), 1 => Just(64), 2 => 1usize..40];
    let op = prop_oneof![
        5 => (count, 0u32..4, 0usize..8)
            .prop_map(|(count, align_log2, phase)| Op::Allocate { count, align_log2, phase }),
        1 => (0usize..64, 1usize..9).prop_map(|(which, more)| Op::Extend { which, more }),
        4 => (0usize..64).prop_map(|which| Op::Release { which }),
        1 => Just(Op::Tick),
    ];
    prop::collection::vec(op, 1..200)
}

fn touch(touched: &[AtomicU8], slices: Range<usize>) {
    for slice in &touched[slices] {
        slice.store(1, Ordering::Relaxed);
    }
}

proptest! {
    #[test]
    fn runs_never_overlap_and_first_fit_finds_what_is_there(script in ops()) {
        let mut words = [[0; bits::words_for(TOTAL)]; 2];
    let [free, aged] = &mut words;
        let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
        let mut map = SliceMap::new(free, aged, &touched, TOTAL);
        let mut used = std::vec![false; TOTAL];
        // Ticks that a slice has been free for; none while it is in use.
        let mut ticks_free = std::vec![0; TOTAL];
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
                            touch(&touched, start..start + count);
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
                        touch(&touched, run.end..end);
                        held[which] = run.start..end;
                    }
                }
                Op::Release { which } if !held.is_empty() => {
                    let run = held.swap_remove(which % held.len());
                    used[run.clone()].fill(false);
                    map.release(run);
                }
                Op::Tick => {
                    let mut at = 0;
                    while let Some(run) = map.next_dirty(at..TOTAL, Age::Aged, 16) {
                        prop_assert!(run.len() <= 16 && run.start >= at);
                        prop_assert!(!used[run.clone()].contains(&true));
                        prop_assert!(ticks_free[run.clone()].iter().all(|ticks| *ticks > 0));
                        at = run.end;
                        map.withdraw(run.clone());
                        for slice in run.clone() {
                            touched[slice].store(0, Ordering::Relaxed);
                        }
                        map.release(run);
                    }
                    // Nothing that was free at the last tick holds anything any more.
                    let is_clean = |slice: usize| touched[slice].load(Ordering::Relaxed) == 0;
                    prop_assert!(
                        (0..map.frontier()).all(|slice| ticks_free[slice] == 0 || is_clean(slice))
                    );
                    map.age();
                    for slice in (0..map.frontier()).filter(|slice| !used[*slice]) {
                        ticks_free[slice] += 1;
                    }
                }
                Op::Extend { .. } | Op::Release { .. } => {}
            }
            for slice in (0..TOTAL).filter(|slice| used[*slice]) {
                ticks_free[slice] = 0;
            }
            map.check();
            prop_assert_eq!(map.in_use(), used.iter().filter(|slice| **slice).count());
        }
    }
}

#[test]
fn the_lowest_address_wins() {
    let mut words = [[0; bits::words_for(TOTAL)]; 2];
    let [free, aged] = &mut words;
    let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
    let mut map = SliceMap::new(free, aged, &touched, TOTAL);
    assert_eq!(map.allocate(8, 1, 0), Some(0));
    assert_eq!(map.allocate(1, 1, 0), Some(8));
    map.release(0..8);
    assert_eq!(map.allocate(1, 1, 0), Some(0));
    assert_eq!(map.allocate(8, 1, 0), Some(9));
    assert_eq!(map.allocate(4, 4, 0), Some(4));
}

#[test]
fn dirty_runs_are_the_free_and_touched_ones() {
    let mut words = [[0; bits::words_for(TOTAL)]; 2];
    let [free, aged] = &mut words;
    let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(0)).collect();
    let mut map = SliceMap::new(free, aged, &touched, TOTAL);
    map.allocate(10, 1, 0);
    for slice in [2, 3, 5, 9] {
        touched[slice].store(1, Ordering::Relaxed);
    }
    let any = |map: &SliceMap<'_>, from: usize| map.next_dirty(from..TOTAL, Age::Any, usize::MAX);
    assert_eq!(any(&map, 0), None);
    map.release(0..8);
    assert_eq!(any(&map, 0), Some(2..4));
    assert_eq!(any(&map, 4), Some(5..6));
    assert_eq!(any(&map, 6), None);
    assert_eq!(map.next_dirty(0..3, Age::Any, usize::MAX), Some(2..3));
    assert_eq!(map.next_dirty(0..TOTAL, Age::Any, 1), Some(2..3));
}

#[test]
fn what_is_taken_between_two_ticks_is_young_again() {
    let mut words = [[0; bits::words_for(TOTAL)]; 2];
    let [free, aged] = &mut words;
    let touched: Vec<AtomicU8> = (0..TOTAL).map(|_| AtomicU8::new(1)).collect();
    let mut map = SliceMap::new(free, aged, &touched, TOTAL);
    let old = |map: &SliceMap<'_>| map.next_dirty(0..TOTAL, Age::Aged, usize::MAX);
    map.allocate(10, 1, 0);
    map.release(0..4);
    assert_eq!(old(&map), None);
    map.age();
    assert_eq!(old(&map), Some(0..4));
    assert_eq!(map.allocate(1, 1, 0), Some(0));
    map.release(0..1);
    assert_eq!(old(&map), Some(1..4));
    map.age();
    assert_eq!(old(&map), Some(0..4));
}

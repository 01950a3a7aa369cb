//! Single steps of the collected heap: making an object, and writing to one.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

use tenure_gc::{Gc, Heap, Kind, Lock, Mutation, Root, Trace, field};

/// Objects that are written to; their words do not fit into a cache.
const TARGETS: usize = 1 << 20;
/// Objects made between two polls.
const BATCH: u64 = 1 << 10;

/// 16 bytes; 24 with the word before them.
#[derive(Clone, Copy, Trace)]
struct Small {
    left: u64,
    right: u64,
}

/// Nanoseconds for an object of 24 bytes, collections included.
pub(crate) fn make(count: u64) -> String {
    let mut heap = Heap::<Root![u64]>::new(|_| 0);
    let begin = Instant::now();
    for _ in 0..count.div_ceil(BATCH) {
        heap.mutate(|mc, _| {
            for number in 0..BATCH {
                black_box(probe_make(mc, number));
            }
        });
        heap.poll();
    }
    let ns = begin.elapsed().as_nanos() as f64 / count as f64;
    format!("ns {ns:.3}")
}

/// The step whose instructions are counted.
#[inline(never)]
fn probe_make<'gc>(mc: &'gc Mutation<'gc>, number: u64) -> Gc<'gc, Small> {
    mc.alloc(Small {
        left: number,
        right: number,
    })
}

#[derive(Trace)]
struct Target<'gc> {
    to: Lock<Option<Gc<'gc, Target<'gc>>>>,
}

type Targets = Root!['gc => Vec<Gc<'gc, Target<'gc>>>];

/// Nanoseconds for a store into old objects in random order: with the barrier, and the same stores
/// into cells of the same shape without one. The best of several turns, taken alternately.
pub(crate) fn store(count: u64) -> String {
    let mut heap = Heap::<Targets>::new(|_| Vec::new());
    heap.mutate_root(|mc, targets| {
        let make = |_| {
            mc.alloc(Target {
                to: Lock::new(None),
            })
        };
        *targets = (0..TARGETS).map(make).collect();
    });
    for _ in 0..2 {
        // What is there goes to the old generation.
        heap.collect(Kind::Full).expect("there is room");
    }
    let cells: Vec<Box<[Cell<usize>; 2]>> = (0..TARGETS)
        .map(|_| Box::new([Cell::new(0), Cell::new(0)]))
        .collect();
    let (mut with, mut without) = (f64::MAX, f64::MAX);
    for _ in 0..5 {
        with = with.min(heap.mutate(|mc, targets| {
            let begin = Instant::now();
            let mut at = 1;
            for _ in 0..count {
                at = next(at);
                let target = targets[at % TARGETS];
                field!(mc.write(target), Target, to).set(Some(target));
            }
            begin.elapsed().as_nanos() as f64
        }));
        let begin = Instant::now();
        let mut at = 1;
        for _ in 0..count {
            at = next(at);
            let target = &cells[at % TARGETS];
            target[1].set(black_box(std::ptr::from_ref(target).addr()));
        }
        without = without.min(begin.elapsed().as_nanos() as f64);
    }
    let [with, without] = [with, without].map(|ns| ns / count as f64);
    let extra = with - without;
    format!("barrier_ns {with:.3} plain_ns {without:.3} extra_ns {extra:.3}")
}

/// The next of a row of numbers without order (Knuth's MMIX).
fn next(at: usize) -> usize {
    at.wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
        .rotate_right(29)
}

//! What a store into an old object costs, beside a store into the same memory without the barrier.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

use tenure_gc::{Gc, Heap, Kind, Lock, Root, Trace, field};

/// Old objects that are stored into, as many as the second-level cache has room for.
const OBJECTS: usize = 4096;

#[derive(Trace)]
struct Holder<'gc> {
    slot: Lock<Option<Gc<'gc, u64>>>,
    #[trace(static)]
    plain: Cell<usize>,
}

/// Nanoseconds for a store: the best of five turns, each way in turn.
pub(crate) fn run(rounds: u64) -> String {
    let mut heap = Heap::<Root![Vec<Gc<'_, Holder<'_>>>]>::new(|mc| {
        let holder = |_| {
            mc.alloc(Holder {
                slot: Lock::new(None),
                plain: Cell::new(0),
            })
        };
        (0..OBJECTS).map(holder).collect()
    });
    heap.collect(Kind::Full).expect("there is room");
    let stores = (rounds * OBJECTS as u64) as f64;
    let (mut best_plain, mut best_barrier) = (f64::MAX, f64::MAX);
    for _ in 0..5 {
        let (plain, barrier) = heap.mutate(|mc, holders| {
            let value = Some(mc.alloc(7));
            let begin = Instant::now();
            for round in 0..rounds {
                for holder in holders {
                    holder.plain.set(black_box(round as usize));
                }
            }
            let plain = begin.elapsed();
            let begin = Instant::now();
            for _ in 0..rounds {
                for holder in holders {
                    field!(mc.write(*holder), Holder, slot).set(black_box(value));
                }
            }
            (plain, begin.elapsed())
        });
        best_plain = best_plain.min(plain.as_nanos() as f64 / stores);
        best_barrier = best_barrier.min(barrier.as_nanos() as f64 / stores);
    }
    let extra = best_barrier - best_plain;
    format!("barrier_ns {best_barrier:.3} plain_ns {best_plain:.3} extra_ns {extra:.3}")
}

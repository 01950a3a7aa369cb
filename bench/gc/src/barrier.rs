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

pub(crate) fn run(rounds: usize) {
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
    for _ in 0..5 {
        let (plain, barrier) = heap.mutate(|mc, holders| {
            let value = Some(mc.alloc(7));
            let begin = Instant::now();
            for round in 0..rounds {
                for holder in holders {
                    holder.plain.set(black_box(round));
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
        let stores = (rounds * OBJECTS) as f64;
        println!(
            "plain {:.3} ns, with the barrier {:.3} ns",
            plain.as_nanos() as f64 / stores,
            barrier.as_nanos() as f64 / stores
        );
    }
}

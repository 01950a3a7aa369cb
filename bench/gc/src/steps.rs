//! A single step of the collected heap: making an object.

use std::hint::black_box;
use std::time::Instant;

use tenure_gc::{Gc, Heap, Mutation, Root, Trace};

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

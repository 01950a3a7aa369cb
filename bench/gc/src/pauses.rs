//! Pauses under loads that are hard on a collector: much that lives, and much that is kept.

use tenure_gc::{Gc, GcArray, Heap, Kind, Lock, Mutation, Options, Root, Trace};

use crate::drawn::Drawn;
use crate::resident;

/// Minor collections of the array.
const COLLECTIONS: u64 = 400;

/// 64 bytes with its word.
#[derive(Trace)]
pub(crate) struct Item<'gc> {
    next: Lock<Option<Gc<'gc, Item<'gc>>>>,
    payload: [u64; 6],
}

/// What leads to items.
pub(crate) type Slots<'gc> = GcArray<'gc, Lock<Option<Gc<'gc, Item<'gc>>>>>;

/// A new one.
pub(crate) fn item<'gc>(mc: &'gc Mutation<'gc>, number: u64) -> Gc<'gc, Item<'gc>> {
    mc.alloc(Item {
        next: Lock::new(None),
        payload: [number; 6],
    })
}

/// What the pauses of a heap were, as figures in microseconds: of each kind its percentiles.
pub(crate) fn told<R: tenure_gc::Rootable>(heap: &Heap<R>) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let of = heap.pauses().of(kind);
        if of.count() > 0 {
            let name = kind.name().replace(' ', "_");
            let [p50, p99, max] = [of.percentile_ns(50.0), of.percentile_ns(99.0), of.max_ns()]
                .map(|ns| ns as f64 / 1e3);
            text +=
                &format!(" {name}_p50_us {p50:.1} {name}_p99_us {p99:.1} {name}_max_us {max:.1}");
        }
    }
    text
}

/// An array of `len` pointers to old objects; one minor collection after the other, before each of
/// which Eden is filled and nine tenths of it are stored into the array.
pub(crate) fn array(len: usize) -> String {
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(Options::default(), |mc| {
        mc.array(len, |_| Lock::new(None))
    })
    .expect("there is room");
    let mut drawn = Drawn::new();
    let mut number = 0;
    let mut kept = (0usize, 0usize);
    while heap.pauses().of(Kind::Minor).count() < COLLECTIONS {
        heap.mutate(|mc, slots| {
            let new = item(mc, number);
            if number % 10 != 0
                && let Some(slot) = mc.write_element(*slots, drawn.below(len))
            {
                slot.set(Some(new));
            }
        });
        number += 1;
        if let Some(cycle) = heap.poll()
            && cycle.kind == Kind::Minor
        {
            let survived = cycle.promoted_bytes + cycle.young_bytes.1;
            kept = (kept.0 + survived, kept.1 + cycle.allocated_bytes);
        }
    }
    format!(
        "kept_percent {}{}",
        100 * kept.0 / kept.1.max(1),
        told(&heap)
    )
}

/// Fills `live_mib` MiB with objects of mixed sizes, lets nine of ten go, drawn at random, and
/// compacts.
pub(crate) fn compact(live_mib: usize) -> String {
    let options = Options {
        survivor_bytes: 1 << 20,
        eden_bytes: 1 << 20,
        ..Options::default()
    };
    type Values<'gc> = Vec<(usize, GcArray<'gc, u64>)>;
    let mut heap = Heap::<Root!['gc => Values<'gc>]>::with_options(options, |_| Vec::new())
        .expect("there is room");
    let mut drawn = Drawn::new();
    let mut bytes = 0;
    while bytes < live_mib << 20 {
        let words = 2 + drawn.below(60);
        bytes += 16 + 8 * words;
        heap.mutate_root(|mc, root| root.push((words, mc.array(words, |at| at as u64))));
        heap.poll();
    }
    let begin = resident::bytes();
    heap.mutate_root(|_, root| {
        root.retain(|_| drawn.below(10) == 0);
        root.shrink_to_fit();
    });
    let live: usize = heap.mutate(|_, root| {
        root.iter().map(|(words, _)| 16 + 8 * words).sum::<usize>() + 24 * root.len()
    });
    heap.collect(Kind::Full).expect("there is room");
    let swept = resident::bytes();
    let cycle = heap.collect(Kind::Compact).expect("there is room");
    let pause_ms = cycle.pause_ns / 1_000_000;
    let end = resident::bytes();
    let [begin, swept, times] = [begin, swept, end].map(|bytes| bytes as f64 / live as f64);
    let resident = format!("before_times_live {begin:.2} swept_times_live {swept:.2}");
    format!("{resident} times_live {times:.3} pause_ms {pause_ms}")
}

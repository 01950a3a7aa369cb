//! Pauses under loads that are hard on a collector: much that lives, and much that is kept.

use std::time::{Duration, Instant};

use tenure_gc::{Gc, GcArray, Heap, Kind, Lock, Mutation, Options, Root, Trace};

/// How long objects are replaced.
const SECONDS: u64 = 10;
/// Minor collections of the array.
const COLLECTIONS: u64 = 400;

/// 64 bytes with its word.
#[derive(Trace)]
struct Item<'gc> {
    next: Lock<Option<Gc<'gc, Item<'gc>>>>,
    payload: [u64; 6],
}

type Slots<'gc> = GcArray<'gc, Lock<Option<Gc<'gc, Item<'gc>>>>>;

fn item<'gc>(mc: &'gc Mutation<'gc>, number: u64) -> Gc<'gc, Item<'gc>> {
    mc.alloc(Item {
        next: Lock::new(None),
        payload: [number; 6],
    })
}

/// Numbers that look drawn.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// What the pauses of a heap were, as figures in microseconds: of each kind its percentiles.
fn pauses<R: tenure_gc::Rootable>(heap: &Heap<R>) -> String {
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

/// Fills `live_mib` MiB, then replaces one old object after the other for a while, with three times
/// as much that dies at once.
pub(crate) fn churn(live_mib: usize) -> String {
    let len = (live_mib << 20) / (64 + 8);
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(Options::default(), |mc| {
        mc.array(len, |_| Lock::new(None))
    })
    .expect("there is room");
    for index in 0..len {
        heap.mutate(|mc, slots| {
            if let Some(slot) = mc.write_element(*slots, index) {
                slot.set(Some(item(mc, index as u64)));
            }
        });
        heap.poll();
    }
    let mut drawn = Drawn(88_172_645_463_325_252);
    let begin = Instant::now();
    let mut replaced = 0u64;
    while begin.elapsed() < Duration::from_secs(SECONDS) {
        heap.mutate(|mc, slots| {
            for _ in 0..64 {
                if let Some(slot) = mc.write_element(*slots, drawn.below(len)) {
                    slot.set(Some(item(mc, 1)));
                }
                for number in 0..3 {
                    std::hint::black_box(item(mc, number));
                }
            }
        });
        replaced += 64;
        heap.poll();
    }
    format!("replaced_per_s {}{}", replaced / SECONDS, pauses(&heap))
}

/// An array of `len` pointers to old objects; one minor collection after the other, before each of
/// which Eden is filled and nine tenths of it are stored into the array.
pub(crate) fn array(len: usize) -> String {
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(Options::default(), |mc| {
        mc.array(len, |_| Lock::new(None))
    })
    .expect("there is room");
    let mut drawn = Drawn(88_172_645_463_325_252);
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
        if let Some(cycle) = heap.poll() {
            if cycle.kind == Kind::Minor {
                let survived = cycle.promoted_bytes + cycle.young_bytes.1;
                kept = (kept.0 + survived, kept.1 + cycle.allocated_bytes);
            }
        }
    }
    format!(
        "kept_percent {}{}",
        100 * kept.0 / kept.1.max(1),
        pauses(&heap)
    )
}

/// Bytes of the process in memory.
fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0usize) * 4096
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
    let mut drawn = Drawn(88_172_645_463_325_252);
    let mut bytes = 0;
    while bytes < live_mib << 20 {
        let words = 2 + drawn.below(60);
        bytes += 16 + 8 * words;
        heap.mutate_root(|mc, root| root.push((words, mc.array(words, |at| at as u64))));
        heap.poll();
    }
    let begin = resident_bytes();
    heap.mutate_root(|_, root| {
        root.retain(|_| drawn.below(10) == 0);
        root.shrink_to_fit();
    });
    let live: usize = heap.mutate(|_, root| {
        root.iter().map(|(words, _)| 16 + 8 * words).sum::<usize>() + 24 * root.len()
    });
    heap.collect(Kind::Full).expect("there is room");
    let swept = resident_bytes();
    let cycle = heap.collect(Kind::Compact).expect("there is room");
    let pause_ms = cycle.pause_ns / 1_000_000;
    let end = resident_bytes();
    let [begin, swept, times] = [begin, swept, end].map(|bytes| bytes as f64 / live as f64);
    let resident = format!("before_times_live {begin:.2} swept_times_live {swept:.2}");
    format!("{resident} times_live {times:.3} pause_ms {pause_ms}")
}

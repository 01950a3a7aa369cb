//! Pauses under loads that are hard on a collector: much that lives, and much that is kept.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tenure_gc::{Gc, GcArray, Heap, Kind, Lock, Mutation, Options, Root, Trace};

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

/// Pauses by kind, in nanoseconds.
#[derive(Default)]
struct Pauses(BTreeMap<&'static str, Vec<u64>>);

impl Pauses {
    fn add(&mut self, kind: Kind, ns: u64) {
        let name = match kind {
            Kind::Minor => "minor",
            Kind::Full => "full",
            Kind::Compact => "compact",
            Kind::MarkStart => "mark start",
            Kind::Step => "step",
            Kind::MarkEnd => "mark end",
        };
        self.0.entry(name).or_default().push(ns);
    }

    fn report(&mut self) {
        for (kind, pauses) in &mut self.0 {
            pauses.sort_unstable();
            let at = |part: usize| pauses[(pauses.len() - 1) * part / 1000] / 1000;
            eprintln!(
                "{kind}: {} pauses, p50 {} us, p99 {} us, p99.9 {} us, max {} us",
                pauses.len(),
                at(500),
                at(990),
                at(999),
                at(1000)
            );
        }
    }
}

/// Fills `live_mib` MiB, then replaces one old object after the other for a while, with three times
/// as much that dies at once.
pub(crate) fn churn(live_mib: usize, seconds: usize) {
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
    let mut pauses = Pauses::default();
    let mut drawn = Drawn(88_172_645_463_325_252);
    let begin = Instant::now();
    let mut replaced = 0u64;
    while begin.elapsed() < Duration::from_secs(seconds as u64) {
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
        if let Some(cycle) = heap.poll() {
            pauses.add(cycle.kind, cycle.pause_ns);
        }
    }
    println!("{replaced} objects replaced in {seconds} s");
    pauses.report();
}

/// An array of `len` pointers to old objects; one minor collection after the other, before each of
/// which Eden is filled and nine tenths of it are stored into the array.
pub(crate) fn array(len: usize, collections: usize) {
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(Options::default(), |mc| {
        mc.array(len, |_| Lock::new(None))
    })
    .expect("there is room");
    let mut pauses = Pauses::default();
    let mut drawn = Drawn(88_172_645_463_325_252);
    let mut number = 0;
    let mut kept = (0usize, 0usize);
    while pauses.0.get("minor").map_or(0, Vec::len) < collections {
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
            pauses.add(cycle.kind, cycle.pause_ns);
            if cycle.kind == Kind::Minor {
                let survived = cycle.promoted_bytes + cycle.young_bytes.1;
                kept = (kept.0 + survived, kept.1 + cycle.allocated_bytes);
            }
        }
    }
    println!(
        "{} percent of what was allocated was promoted or kept",
        100 * kept.0 / kept.1.max(1)
    );
    pauses.report();
}

/// Bytes of the process in memory.
fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0usize) * 4096
}

/// Fills `live_mib` MiB with objects of mixed sizes, lets nine of ten go, drawn at random, and
/// compacts.
pub(crate) fn compact(live_mib: usize) {
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
    println!(
        "resident {begin} bytes, after a full collection {swept}, after compaction {end}; \
         {live} live, {:.2} times; the pause {pause_ms} ms",
        end as f64 / live as f64
    );
}

//! Chains of entries of a weak map, each of whose values is the key of the next.

use std::time::Instant;

use tenure_gc::{Gc, Heap, Kind, Options, Root, WeakMap};

/// Ratios of which the median is told.
const RATIOS: usize = 5;

type Map<'gc> = WeakMap<'gc, u64, Gc<'gc, u64>>;

/// How much longer the collection of a chain of twice `entries` takes.
pub(crate) fn run(entries: u64) -> String {
    let mut all: Vec<[f64; 3]> = (0..RATIOS)
        .map(|_| {
            let (once, twice) = (chain_ms(entries), chain_ms(2 * entries));
            [twice / once, once, twice]
        })
        .collect();
    let mut median = |column: usize| {
        all.sort_by(|left, right| left[column].total_cmp(&right[column]));
        all[RATIOS / 2][column]
    };
    let [doubling, once, twice] = [0, 1, 2].map(&mut median);
    format!("doubling {doubling:.2} once_ms {once:.1} twice_ms {twice:.1}")
}

/// Milliseconds of the full collection of a chain whose first key alone is held. The last entry
/// was made first, so that a pass over all entries would find one at a time.
fn chain_ms(entries: u64) -> f64 {
    let options = Options {
        eden_bytes: 1 << 20,
        survivor_bytes: 512 << 20,
        overdraft_bytes: 1 << 30,
        ..Options::default()
    };
    type Chain<'gc> = (Map<'gc>, Option<Gc<'gc, u64>>);
    let mut heap =
        Heap::<Root!['gc => Chain<'gc>]>::with_options(options, |mc| (WeakMap::new(mc), None))
            .expect("there is room");
    heap.mutate_root(|mc, (map, first)| {
        let mut value = mc.alloc(entries);
        for number in (0..entries).rev() {
            let key = mc.alloc(number);
            map.insert(mc, key, value);
            value = key;
        }
        *first = Some(value);
    });
    let begin = Instant::now();
    heap.collect(Kind::Full).expect("there is room");
    let took = begin.elapsed();
    let kept = heap.mutate(|_, (map, _)| map.len());
    assert_eq!(kept as u64, entries, "entries of the chain are lost");
    took.as_secs_f64() * 1e3
}

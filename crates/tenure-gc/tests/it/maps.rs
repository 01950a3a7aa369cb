//! Maps by identity against `HashMap`, while objects move.

use proptest::prelude::*;
use std::collections::HashMap;
use tenure_gc::{Gc, GcMap, Heap, HeapFull, Kind, Options, Root};

use crate::nodes::cases;

type World<'gc> = (GcMap<'gc, usize, u64>, Vec<Gc<'gc, usize>>);

fn stressed() -> Options {
    Options {
        stress: 1,
        verify: true,
        ..Options::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    #[test]
    fn a_map_is_what_hash_map_is(steps in prop::collection::vec((0u8..8, 0usize..40), 1..150)) {
        let mut heap = Heap::<Root!['gc => World<'gc>]>::with_options(stressed(), |mc| {
            (mc.map(), Vec::new())
        })
        .unwrap();
        heap.mutate_root(|mc, (_, keys)| keys.extend((0..40).map(|number| mc.alloc(number))));
        let mut model = HashMap::new();
        for (step, (what, key)) in steps.into_iter().enumerate() {
            let step = step as u64;
            heap.mutate(|mc, (map, keys)| match what {
                0..5 => assert_eq!(map.insert(mc, keys[key], step), model.insert(key, step)),
                5 | 6 => assert_eq!(map.remove(mc, keys[key]), model.remove(&key)),
                _ if key == 0 => {
                    map.clear(mc);
                    model.clear();
                }
                _ => assert_eq!(map.contains_key(mc, keys[key]), model.contains_key(&key)),
            });
            heap.poll();
            heap.mutate(|mc, (map, keys)| {
                assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
                for (number, key) in keys.iter().enumerate() {
                    assert_eq!(map.get(mc, *key), model.get(&number).copied());
                }
                let found: HashMap<_, _> = map.iter().map(|(key, value)| (*key, value)).collect();
                assert_eq!(found, model);
            });
        }
    }
}

#[test]
fn entries_are_found_when_their_keys_have_moved_together() {
    let mut heap = Heap::<Root!['gc => World<'gc>]>::new(|mc| (mc.map(), Vec::new()));
    heap.mutate_root(|mc, (map, keys)| {
        for number in 0..20_000 {
            let key = mc.alloc(number);
            map.insert(mc, key, number as u64);
            if number % 10 == 0 {
                keys.push(key);
            } else {
                map.remove(mc, key);
            }
        }
    });
    for kind in [Kind::Minor, Kind::Minor, Kind::Full, Kind::Compact] {
        heap.collect(kind).unwrap();
        heap.verify().unwrap();
        heap.mutate(|mc, (map, keys)| {
            assert_eq!(map.len(), 2_000);
            for key in keys {
                assert_eq!(map.get(mc, *key), Some(**key as u64), "after {kind:?}");
            }
        });
    }
}

#[test]
fn a_map_that_cannot_grow_is_as_it_was() {
    let options = Options {
        old_bytes_max: 1 << 20,
        overdraft_bytes: 1 << 20,
        ..stressed()
    };
    let mut heap =
        Heap::<Root!['gc => GcMap<'gc, u64, u64>]>::with_options(options, |mc| mc.map()).unwrap();
    let len = heap.mutate(|mc, map| {
        for number in 0.. {
            let grown = mc
                .try_alloc(number)
                .and_then(|key| map.try_insert(mc, key, number));
            if let Err(HeapFull { .. }) = grown {
                assert_eq!(map.iter().count(), map.len());
                return map.len();
            }
        }
        0
    });
    assert!(len > 1_000, "{len}");
}

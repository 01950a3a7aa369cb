//! Maps whose entries live as long as their keys.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tenure_gc::{
    Gc, Heap, Kind, Lock, Options, Relocator, Root, Trace, Visitor, Weak, WeakMap, field,
};

use crate::nodes::{Node, many};
use crate::references::small;

type Map<'gc> = WeakMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>;
type Maps<'gc> = (Map<'gc>, Vec<Gc<'gc, Node<'gc>>>);
type MapHeap = Root!['gc => Maps<'gc>];

fn map_heap(options: Options) -> Heap<MapHeap> {
    Heap::with_options(options, |mc| (WeakMap::new(mc), vec![])).unwrap()
}

/// Adds nodes with these numbers, each a key whose value has ten times its number.
fn fill(heap: &mut Heap<MapHeap>, numbers: impl Iterator<Item = u64>) {
    heap.mutate_root(|mc, (map, keys)| {
        for number in numbers {
            let key = mc.alloc(Node::leaf(number));
            assert!(
                map.insert(mc, key, mc.alloc(Node::leaf(10 * number)))
                    .is_none()
            );
            keys.push(key);
        }
    });
}

fn check(heap: &mut Heap<MapHeap>, numbers: &[u64]) {
    heap.verify().unwrap();
    heap.mutate(|mc, (map, keys)| {
        assert_eq!(keys.len(), numbers.len());
        assert_eq!(map.len(), numbers.len());
        for (key, &number) in keys.iter().zip(numbers) {
            assert_eq!(key.number, number);
            assert_eq!(
                map.get(mc, *key).map(|value| value.number),
                Some(10 * number)
            );
        }
    });
}

#[test]
fn an_entry_is_found_wherever_its_key_moves_and_ends_with_it() {
    let mut heap = map_heap(small());
    let mut numbers = Vec::new();
    for round in 0..20 {
        fill(&mut heap, round * 100..round * 100 + 100);
        numbers.extend(round * 100..round * 100 + 100);
        let kind = if round % 5 == 4 {
            Kind::Full
        } else {
            Kind::Minor
        };
        heap.collect(kind).unwrap();
        check(&mut heap, &numbers);
    }
    heap.mutate_root(|_, (_, keys)| keys.retain(|key| key.number % 3 == 0));
    numbers.retain(|number| number % 3 == 0);
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!(cycle.cleared.entries, 2000 - numbers.len());
    check(&mut heap, &numbers);
    heap.mutate_root(|_, (_, keys)| keys.truncate(5));
    heap.collect(Kind::Full).unwrap();
    check(&mut heap, &numbers[..5]);
    fill(&mut heap, 5000..5100);
    numbers.truncate(5);
    numbers.extend(5000..5100);
    check(&mut heap, &numbers);
}

#[test]
fn a_minor_collection_removes_entries_of_young_keys() {
    let mut heap = map_heap(small());
    for old in [false, true] {
        if old {
            heap.collect(Kind::Full).unwrap();
        }
        fill(&mut heap, 0..10);
        heap.mutate_root(|_, (_, keys)| keys.clear());
        assert_eq!(
            heap.collect(Kind::Minor).unwrap().cleared.entries,
            10,
            "{old}"
        );
        check(&mut heap, &[]);
    }
}

#[test]
fn a_value_keeps_neither_its_key_nor_the_map_itself() {
    for kind in [Kind::Minor, Kind::Full] {
        let mut heap = map_heap(small());
        let weak = heap.mutate(|mc, (map, _)| {
            let key = mc.alloc(Node::leaf(1));
            let value = mc.alloc(Node::pair(2, Some(key), None));
            map.insert(mc, key, value);
            // A map that is its own value's only holder.
            let lonely = WeakMap::<Node<'_>, WeakMap<'_, Node<'_>, u8>>::new(mc);
            let inner = WeakMap::new(mc);
            inner.insert(mc, key, 7u8);
            lonely.insert(mc, key, inner);
            mc.hold::<Root![Weak<'_, Node<'_>>]>(Weak::new(mc, value))
        });
        let cycle = heap.collect(kind).unwrap();
        assert!(cycle.cleared.entries >= 1, "{cycle:?}");
        heap.mutate(|mc, (map, _)| {
            assert!(mc.held(&weak).is_dead());
            assert!(map.is_empty());
        });
    }
}

#[test]
fn entries_are_written_replaced_and_removed() {
    let mut heap = map_heap(small());
    fill(&mut heap, 0..10);
    for kind in [Kind::Minor, Kind::Minor, Kind::Full, Kind::Minor] {
        heap.mutate(|mc, (map, keys)| {
            let before = map.insert(mc, keys[3], mc.alloc(Node::leaf(33)));
            assert!(matches!(before.unwrap().number, 30 | 33));
            assert_eq!(map.remove(mc, keys[4]).unwrap().number, 40);
            assert!(!map.contains_key(mc, keys[4]) && map.remove(mc, keys[4]).is_none());
            assert!(map.get(mc, mc.alloc(Node::leaf(3))).is_none());
            assert_eq!(map.len(), 9);
        });
        heap.collect(kind).unwrap();
        heap.mutate(|mc, (map, keys)| {
            assert_eq!(map.get(mc, keys[3]).unwrap().number, 33);
            map.insert(mc, keys[4], mc.alloc(Node::leaf(40)));
        });
    }
    // Many times in and out within one mutation, on one entry.
    heap.mutate(|mc, (map, keys)| {
        let value = map.get(mc, keys[0]).unwrap();
        for _ in 0..1000 {
            assert!(map.remove(mc, keys[0]).is_some());
            assert!(map.insert(mc, keys[0], value).is_none());
        }
    });
    heap.collect(Kind::Minor).unwrap();
    heap.mutate(|mc, (map, keys)| assert_eq!(map.get(mc, keys[0]).unwrap().number, 0));
}

#[test]
fn a_finaliser_still_finds_what_the_map_knows_of_its_object() {
    let mut heap = map_heap(small());
    let found = Rc::new(Cell::new(0));
    for kind in [Kind::Minor, Kind::Full] {
        found.set(0);
        let map = heap.mutate(|mc, (map, _)| mc.hold::<Root!['gc => Map<'gc>]>(*map));
        heap.mutate(|mc, (all, _)| {
            let key = mc.alloc(Node::leaf(1));
            all.insert(mc, key, mc.alloc(Node::leaf(10)));
            let found = found.clone();
            mc.finalize::<Root![Node<'_>]>(key, move |mc, key| {
                let map = mc.held(&map);
                found.set(map.get(mc, key).unwrap().number);
            });
        });
        assert_eq!(heap.collect(kind).unwrap().cleared.entries, 0);
        assert_eq!(found.get(), 10);
        assert_eq!(heap.collect(kind).unwrap().cleared.entries, 1);
    }
}

/// A value whose drop is counted, and panics at times.
struct Bomb(Rc<Cell<usize>>, bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1 || std::thread::panicking(), "planned");
    }
}

// SAFETY: it holds no pointer of any brand.
unsafe impl<'gc> Trace<'gc> for Bomb {
    const NEEDS_TRACE: bool = false;
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

#[test]
fn values_are_dropped_once_each_though_some_drops_panic() {
    for kind in [Kind::Minor, Kind::Full] {
        type Bombs<'gc> = (WeakMap<'gc, u64, Bomb>, Vec<Gc<'gc, u64>>);
        let dropped = Rc::new(Cell::new(0));
        let mut heap = Heap::<Root!['gc => Bombs<'gc>]>::with_options(small(), |mc| {
            (WeakMap::new(mc), vec![])
        })
        .unwrap();
        heap.mutate_root(|mc, (map, keys)| {
            for number in 0..100 {
                let key = mc.alloc(number);
                map.insert(
                    mc,
                    key,
                    Bomb(dropped.clone(), number % 25 == 0 && number >= 50),
                );
                keys.push(key);
            }
            keys.truncate(50);
        });
        let mut panics = 0;
        for _ in 0..5 {
            panics +=
                usize::from(catch_unwind(AssertUnwindSafe(|| heap.collect(kind).is_ok())).is_err());
            heap.verify().unwrap();
        }
        assert_eq!((panics, dropped.get()), (2, 50));
        drop(heap);
        assert_eq!(dropped.get(), 100);
    }
}

#[test]
fn identities_differ_though_young_objects_lie_where_others_have_lain() {
    type Keys = Root![Vec<Gc<'_, u64>>];
    let mut heap = Heap::<Keys>::with_options(small(), |_| vec![]).unwrap();
    for number in 0..100 {
        heap.mutate_root(|mc, root| {
            root.push(mc.alloc(number));
            let identity = mc.identity(*root.last().unwrap());
            assert_eq!(identity, mc.identity(*root.last().unwrap()));
        });
        heap.collect(Kind::Minor).unwrap();
    }
    let mut seen: Vec<u64> =
        heap.mutate(|mc, root| root.iter().map(|&key| mc.identity(key)).collect());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

/// A chain of so many entries, each of whose values is the key of the next: the first key alone is
/// held. Gives how many entries are left with the first key and without.
fn chain(count: u64, kind: Kind, forward: bool) -> (usize, usize) {
    let options = Options {
        eden_bytes: 1 << 20,
        survivor_bytes: many(512 << 20),
        overdraft_bytes: many(1 << 30),
        old_bytes_max: many(1 << 30),
        ..Options::default()
    };
    let mut heap = map_heap(options);
    heap.mutate_root(|mc, (map, keys)| {
        let nodes: Vec<_> = (0..=count)
            .map(|number| mc.alloc(Node::leaf(number)))
            .collect();
        // In the order in which a pass over all entries would find all at once, or one at a time.
        let mut pairs: Vec<_> = nodes.windows(2).collect();
        if !forward {
            pairs.reverse();
        }
        for pair in pairs {
            assert!(map.insert(mc, pair[0], pair[1]).is_none());
        }
        keys.push(nodes[0]);
    });
    heap.collect(kind).unwrap();
    let kept = heap.mutate(|_, (map, _)| map.len());
    heap.mutate_root(|_, (_, keys)| keys.clear());
    heap.collect(Kind::Full).unwrap();
    (kept, heap.mutate(|_, (map, _)| map.len()))
}

/// Entries of the chains: `CHAIN_ENTRIES` says how many, so that instructions can be counted.
fn entries() -> u64 {
    let asked = std::env::var("CHAIN_ENTRIES").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(many(10_000) as u64)
}

#[test]
fn chains_of_entries_are_reached_to_their_end() {
    for kind in [Kind::Minor, Kind::Full] {
        for forward in [true, false] {
            let (kept, left) = chain(entries(), kind, forward);
            assert_eq!((kept as u64, left), (entries(), 0), "{kind:?}");
        }
    }
}

#[test]
fn a_value_may_be_written_through_its_own_object() {
    type Cells<'gc> = (WeakMap<'gc, u64, Gc<'gc, Lock<u64>>>, Option<Gc<'gc, u64>>);
    let mut heap =
        Heap::<Root!['gc => Cells<'gc>]>::with_options(small(), |mc| (WeakMap::new(mc), None))
            .unwrap();
    heap.mutate_root(|mc, (map, key)| {
        let object = mc.alloc(1);
        *key = Some(object);
        map.insert(mc, object, mc.alloc(Lock::new(1)));
    });
    for round in 1..5 {
        heap.mutate(|mc, (map, key)| {
            let cell = map.get(mc, key.unwrap()).unwrap();
            assert_eq!(cell.get(), round);
            mc.write(cell).set(round + 1);
        });
        heap.collect(if round == 3 { Kind::Full } else { Kind::Minor })
            .unwrap();
    }
}

#[test]
fn a_young_value_of_an_old_map_lives_on_what_it_leads_to() {
    let mut heap = map_heap(small());
    fill(&mut heap, 0..3);
    heap.collect(Kind::Full).unwrap();
    heap.mutate(|mc, (map, keys)| {
        let value = mc.alloc(Node::leaf(1));
        map.insert(mc, keys[1], value);
    });
    heap.collect(Kind::Minor).unwrap();
    // The value is a survivor, known to an old map alone.
    heap.mutate(|mc, (map, keys)| {
        let value = map.get(mc, keys[1]).unwrap();
        field!(mc.write(value), Node, left).set(Some(mc.alloc(Node::leaf(5))));
    });
    for _ in 0..3 {
        heap.collect(Kind::Minor).unwrap();
        heap.mutate(|mc, (map, keys)| {
            let value = map.get(mc, keys[1]).unwrap();
            assert_eq!(value.left.get().unwrap().number, 5);
        });
    }
}

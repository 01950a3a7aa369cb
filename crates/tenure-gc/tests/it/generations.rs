//! Objects survive, move, are promoted and die.

use std::cell::Cell;
use std::rc::Rc;

use tenure_gc::{
    Cause, Gc, GcArray, Heap, Kind, Lock, Options, Pacing, Relocator, RememberedSet, Root, Trace,
    Visitor, field,
};

use crate::nodes::Node;

type List = Root![Option<Gc<'_, Node<'_>>>];

fn small() -> Options {
    Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 256 << 20,
        verify: true,
        ..Options::default()
    }
}

fn list(options: Options) -> Heap<List> {
    Heap::with_options(options, |_| None).unwrap()
}

/// The numbers of a list by its left slots.
fn numbers(heap: &mut Heap<List>) -> Vec<u64> {
    heap.mutate(|_, root| {
        let mut numbers = Vec::new();
        let mut at = *root;
        while let Some(node) = at {
            numbers.push(node.number);
            at = node.left.get();
        }
        numbers
    })
}

#[test]
fn what_the_root_leads_to_survives_every_kind_of_collection() {
    let mut heap = list(small());
    for number in 0..1000 {
        heap.mutate_root(|mc, root| *root = Some(mc.alloc(Node::pair(number, *root, None))));
        if number % 100 == 0 {
            heap.collect(Kind::Minor).unwrap();
        }
        if number % 300 == 0 {
            heap.collect(Kind::Full).unwrap();
        }
        heap.poll();
    }
    let expected: Vec<u64> = (0..1000).rev().collect();
    assert_eq!(numbers(&mut heap), expected);
    heap.verify().unwrap();
}

#[test]
fn what_nothing_leads_to_is_collected() {
    let mut heap = list(small());
    heap.mutate_root(|mc, root| {
        for number in 0..100_000 {
            *root = Some(mc.alloc(Node::pair(number, *root, None)));
        }
    });
    let cycle = heap.collect(Kind::Full).unwrap();
    assert!(cycle.promoted_bytes >= 100_000 * 24, "{cycle:?}");
    heap.mutate_root(|_, root| *root = None);
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!(
        (cycle.young_bytes.1, cycle.old_bytes.1),
        (0, 0),
        "{cycle:?}"
    );
}

#[test]
fn survivors_age_and_are_promoted() {
    let mut heap = list(Options {
        tenure_age: 2,
        ..small()
    });
    heap.mutate_root(|mc, root| *root = Some(mc.alloc(Node::leaf(7))));
    for age in 1..=2 {
        let cycle = heap.collect(Kind::Minor).unwrap();
        assert_eq!(cycle.promoted_bytes, 0);
        assert_eq!(cycle.survived_bytes_by_age[age], 32, "{cycle:?}");
    }
    let cycle = heap.collect(Kind::Minor).unwrap();
    assert_eq!(cycle.promoted_bytes, 32);
    assert_eq!(heap.collect(Kind::Minor).unwrap().promoted_bytes, 0);
    assert_eq!(numbers(&mut heap), [7]);
}

#[test]
fn an_old_object_keeps_the_young_one_that_is_written_into_it() {
    for remembered_set in [RememberedSet::Log, RememberedSet::Cards] {
        let mut heap = list(Options {
            remembered_set,
            ..small()
        });
        heap.mutate_root(|mc, root| *root = Some(mc.alloc(Node::leaf(1))));
        heap.collect(Kind::Full).unwrap();
        heap.mutate(|mc, root| {
            let young = mc.alloc(Node::leaf(2));
            field!(mc.write(root.unwrap()), Node, left).set(Some(young));
        });
        // The young one survives once among the young and once by promotion, with one write alone:
        // what is remembered must not be forgotten at the first look.
        for _ in 0..3 {
            let cycle = heap.collect(Kind::Minor).unwrap();
            assert!(cycle.remembered <= 2, "{cycle:?}");
            assert_eq!(numbers(&mut heap), [1, 2]);
        }
        assert_eq!(heap.collect(Kind::Minor).unwrap().remembered, 0);
    }
}

#[test]
fn of_two_objects_in_a_card_each_keeps_it_dirty() {
    let options = Options {
        remembered_set: RememberedSet::Cards,
        ..small()
    };
    let mut heap = list(options);
    heap.mutate_root(|mc, root| {
        let below = mc.alloc(Node::leaf(1));
        *root = Some(mc.alloc(Node::pair(2, None, Some(below))));
    });
    heap.collect(Kind::Full).unwrap();
    for turn in 0..4u64 {
        heap.mutate(|mc, root| {
            // In turns the first or the second of the neighbours gets a young child.
            let above = root.unwrap();
            let holder = if turn % 2 == 0 {
                above
            } else {
                above.right.get().unwrap()
            };
            field!(mc.write(holder), Node, left).set(Some(mc.alloc(Node::leaf(10 + turn))));
        });
        let cycle = heap.collect(Kind::Minor).unwrap();
        assert!(cycle.cards >= 1, "{cycle:?}");
    }
    heap.collect(Kind::Minor).unwrap();
    heap.mutate(|_, root| {
        let above = root.unwrap();
        assert_eq!(above.left.get().unwrap().number, 12);
        assert_eq!(above.right.get().unwrap().left.get().unwrap().number, 13);
    });
}

#[test]
fn a_slot_that_becomes_empty_and_writes_of_nothing_are_no_trouble() {
    let mut heap = list(small());
    heap.mutate_root(|mc, root| {
        for number in 0..100 {
            *root = Some(mc.alloc(Node::pair(number, *root, None)));
        }
    });
    heap.collect(Kind::Full).unwrap();
    // Turns the list around in place, its `left` rewritten while it is walked.
    for _ in 0..3 {
        heap.mutate_root(|mc, root| {
            let (mut done, mut at) = (None, *root);
            while let Some(node) = at {
                at = node.left.get();
                field!(mc.write(node), Node, left).set(done);
                field!(mc.write(node), Node, right).set(None);
                done = Some(node);
            }
            *root = done;
        });
        heap.collect(Kind::Minor).unwrap();
    }
    assert_eq!(numbers(&mut heap), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_promoted_object_that_points_to_survivors_is_remembered() {
    let mut heap = list(small());
    heap.mutate_root(|mc, root| *root = Some(mc.alloc(Node::leaf(1))));
    heap.collect(Kind::Minor).unwrap();
    heap.mutate(|mc, root| {
        let young = mc.alloc(Node::leaf(2));
        field!(mc.write(root.unwrap()), Node, left).set(Some(young));
    });
    // Promotes the first, keeps the second young.
    let cycle = heap.collect(Kind::Minor).unwrap();
    assert_eq!((cycle.promoted_bytes, cycle.young_bytes.1), (32, 32));
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(numbers(&mut heap), [1, 2]);
}

/// A value whose drop is counted.
struct Counted(Rc<Cell<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

// SAFETY: it holds no pointer of any brand.
unsafe impl<'gc> Trace<'gc> for Counted {
    const NEEDS_TRACE: bool = false;
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

#[test]
fn each_value_is_dropped_once_wherever_it_dies() {
    let dropped = Rc::new(Cell::new(0));
    type Values = Root![Vec<Gc<'_, Counted>>];
    let mut heap = Heap::<Values>::with_options(small(), |_| vec![]).unwrap();
    let fill = |heap: &mut Heap<Values>| {
        heap.mutate_root(|mc, root| {
            root.extend((0..100).map(|_| mc.alloc(Counted(dropped.clone()))));
        });
    };
    fill(&mut heap);
    heap.mutate_root(|_, root| root.truncate(90));
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(dropped.get(), 10, "in Eden");
    heap.mutate_root(|_, root| root.truncate(80));
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(dropped.get(), 20, "among the survivors");
    heap.mutate_root(|_, root| root.truncate(70));
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(
        dropped.get(),
        20,
        "old ones wait for a collection of the whole heap"
    );
    heap.collect(Kind::Full).unwrap();
    assert_eq!(dropped.get(), 30, "in the old generation");
    fill(&mut heap);
    drop(heap);
    assert_eq!(dropped.get(), 200, "with their heap");
}

#[test]
fn large_and_aligned_objects_live_by_themselves() {
    #[repr(align(64))]
    struct Aligned<'gc>(Option<Gc<'gc, Node<'gc>>>);
    // SAFETY: the one slot is presented.
    unsafe impl<'gc> Trace<'gc> for Aligned<'gc> {
        fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
            self.0.trace(visitor);
        }
        fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
            self.0.relocate(relocator);
        }
    }
    type Large<'gc> = [Option<Gc<'gc, Node<'gc>>>; 10_000];
    type Both<'gc> = (Option<Gc<'gc, Aligned<'gc>>>, Option<Gc<'gc, Large<'gc>>>);
    let mut heap =
        Heap::<Root!['gc => Both<'gc>]>::with_options(small(), |_| (None, None)).unwrap();
    heap.mutate_root(|mc, root| {
        root.0 = Some(mc.alloc(Aligned(Some(mc.alloc(Node::leaf(1))))));
        let mut slots = [None; 10_000];
        slots[9_999] = Some(mc.alloc(Node::leaf(2)));
        root.1 = Some(mc.alloc(slots));
    });
    for kind in [Kind::Minor, Kind::Minor, Kind::Full, Kind::Minor] {
        heap.collect(kind).unwrap();
        heap.mutate(|_, root| {
            let aligned = root.0.unwrap();
            assert_eq!(std::ptr::from_ref(&*aligned).addr() % 64, 0);
            assert_eq!(aligned.0.unwrap().number, 1);
            assert_eq!(root.1.unwrap()[9_999].unwrap().number, 2);
        });
    }
    heap.mutate_root(|_, root| *root = (None, None));
    assert_eq!(heap.collect(Kind::Full).unwrap().large_bytes.1, 0);
}

#[test]
fn a_long_mutation_overdraws_and_is_refused_at_the_limit() {
    let mut heap = list(Options {
        overdraft_bytes: 1 << 20,
        ..small()
    });
    let made = heap.mutate(|mc, _| {
        let mut made = 0u64;
        while mc.try_alloc(Node::leaf(made)).is_ok() {
            made += 1;
        }
        assert!(mc.should_yield());
        made
    });
    assert_eq!(made, ((64 << 10) + (1 << 20)) / 32);
    heap.poll().unwrap();
    heap.mutate(|mc, _| assert!(mc.try_alloc(Node::leaf(0)).is_ok() && !mc.should_yield()));
}

#[test]
fn handles_keep_their_values_and_forget_them() {
    let mut heap = list(small());
    let mut handles: Vec<_> = (0..100)
        .map(|number| heap.mutate(|mc, _| mc.hold::<List>(Some(mc.alloc(Node::leaf(number))))))
        .collect();
    let again = handles[50].clone();
    heap.collect(Kind::Full).unwrap();
    handles.retain(|_| false);
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!(cycle.old_bytes.1, 16 + 32, "{cycle:?}");
    heap.mutate(|mc, _| assert_eq!(mc.held(&again).unwrap().number, 50));
}

#[test]
#[should_panic(expected = "the handle is of another heap")]
fn a_handle_is_refused_by_another_heap() {
    let (mut one, mut other) = (list(small()), list(small()));
    let handle = one.mutate(|mc, _| mc.hold::<List>(None));
    other.mutate(|mc, _| assert!(mc.held(&handle).is_none()));
}

#[test]
fn under_stress_each_poll_collects() {
    let mut heap = list(Options {
        stress: 1,
        ..small()
    });
    for number in 0..100 {
        heap.mutate_root(|mc, root| *root = Some(mc.alloc(Node::pair(number, *root, None))));
        let cycle = heap.poll().unwrap();
        assert!(
            cycle.cause == Cause::Stress || cycle.kind == Kind::Step,
            "{cycle:?}"
        );
    }
    assert_eq!(numbers(&mut heap).len(), 100);
}

#[test]
fn the_room_of_the_dead_is_used_again() {
    let mut heap = list(small());
    let mut held = Vec::new();
    for _ in 0..20 {
        heap.mutate_root(|mc, root| {
            *root = None;
            for number in 0..50_000 {
                *root = Some(mc.alloc(Node::pair(number, *root, None)));
            }
        });
        held.push(heap.collect(Kind::Full).unwrap().held_bytes);
    }
    // Two lists of 1.6 MB at most, and what is left of regions begun.
    assert!(held.iter().all(|&bytes| bytes <= 5 << 20), "{held:?}");
}

#[test]
#[cfg_attr(miri, ignore = "it fills several regions of 1 MiB: hours")]
fn a_compaction_gives_sparse_regions_back_and_keeps_identities() {
    type Nodes = Root![Vec<Gc<'_, Node<'_>>>];
    // Looked through here below; after each of the collections on the way it would take minutes.
    let options = Options {
        verify: false,
        ..small()
    };
    let mut heap = Heap::<Nodes>::with_options(options, |_| Vec::new()).unwrap();
    for number in 0..400_000 {
        heap.mutate_root(|mc, root| root.push(mc.alloc(Node::leaf(number))));
        if number % 1000 == 0 {
            heap.poll();
        }
    }
    let full = heap.collect(Kind::Full).unwrap().held_bytes;
    heap.verify().unwrap();
    let identities = heap.mutate_root(|mc, root| {
        root.retain(|node| node.number % 10 == 3);
        root.iter()
            .map(|node| mc.identity(*node))
            .collect::<Vec<_>>()
    });
    let swept = heap.collect(Kind::Full).unwrap().held_bytes;
    heap.verify().unwrap();
    assert!(
        swept > full / 10 * 9,
        "holes alone give no region back: {swept} of {full}"
    );
    let cycle = heap.collect(Kind::Compact).unwrap();
    assert_eq!(cycle.kind, Kind::Compact);
    let (held, live) = (cycle.held_bytes, cycle.old_bytes.1);
    assert!(
        held * 10 <= live * 13 + (20 << 20),
        "{held} bytes held, {live} live"
    );
    assert!(cycle.given_back_bytes > full / 2);
    heap.verify().unwrap();
    heap.mutate(|mc, root| {
        for (node, identity) in root.iter().zip(&identities) {
            assert_eq!((node.number % 10, mc.identity(*node)), (3, *identity));
        }
    });
}

#[test]
fn of_a_large_array_that_is_new_a_collection_looks_at_what_is_young_alone() {
    const LEN: usize = 100_000;
    type Slots<'gc> = GcArray<'gc, Lock<Option<Gc<'gc, Node<'gc>>>>>;
    let mut heap = Heap::<Root![Option<Slots<'_>>]>::with_options(small(), |_| None).unwrap();
    heap.mutate_root(|mc, root| {
        let one = |at| (at % 1000 == 7).then(|| mc.alloc(Node::leaf(at as u64)));
        *root = Some(mc.array(LEN, |at| Lock::new(one(at))));
    });
    let cycle = heap.collect(Kind::Minor).unwrap();
    assert_eq!(cycle.cards, LEN / 1000, "a card for each young object");
    heap.verify().unwrap();
    heap.mutate(|_, root| {
        for (at, slot) in root.unwrap().iter().enumerate() {
            let number = slot.get().map(|node| node.number);
            assert_eq!(number, (at % 1000 == 7).then_some(at as u64));
        }
    });
}

#[test]
fn objects_of_all_sizes_fill_what_others_of_all_sizes_have_left() {
    const LEN: usize = 20_000;
    type Numbers<'gc> = GcArray<'gc, u64>;
    type Slots<'gc> = GcArray<'gc, Lock<Option<Numbers<'gc>>>>;
    let options = Options {
        old_bytes_max: 64 << 20,
        pacing: Pacing {
            initial_bytes: 1 << 20,
            ..Pacing::default()
        },
        ..small()
    };
    let mut heap =
        Heap::<Root![Slots<'_>]>::with_options(options, |mc| mc.array(LEN, |_| Lock::new(None)))
            .unwrap();
    let mut state = 1u64;
    let mut draw = |end: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % end) as usize
    };
    let (mut marks, mut used, mut held) = (0, 0, 0);
    for turn in 0..6 * LEN {
        // Words, and up to 62 of them: all classes of holes, and more than the largest.
        let (at, len) = (draw(LEN as u64), draw(63));
        // First all is kept: there are no holes but what larger objects leave at an end.
        let at = if turn < LEN { turn } else { at };
        heap.mutate(|mc, slots| {
            let numbers = mc.array(len, |word| (turn * 64 + word) as u64);
            mc.write_element(*slots, at).unwrap().set(Some(numbers));
        });
        let Some(cycle) = heap.poll() else { continue };
        used = used.max(cycle.old_bytes.1);
        held = held.max(cycle.held_bytes - cycle.large_bytes.1);
        if matches!(cycle.kind, Kind::MarkEnd | Kind::Full) {
            marks += 1;
        }
        if cycle.number % 1024 == 0 {
            heap.verify().unwrap();
        }
    }
    heap.mutate(|_, slots| {
        for slot in slots.iter().filter_map(Lock::get) {
            let first = slot.first().map_or(0, |&first| first / 64 * 64);
            assert!(
                (first..)
                    .zip(slot.iter())
                    .all(|(wanted, &word)| word == wanted)
            );
        }
    });
    assert!(marks >= 3, "{marks} marks");
    // With lines of 256 bytes, used again when nothing lies in them, it was three times as much.
    assert!(held * 2 < used * 3, "{held} bytes held for {used}");
}

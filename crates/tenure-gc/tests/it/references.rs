//! References that do not keep their objects: who is cleared when, and what follows.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tenure_gc::{
    Cleaner, Gc, Heap, Kind, LongWeak, Options, Phantom, RefQueue, Relocator, Root, Soft, Trace,
    Visitor, Weak, field,
};

use crate::nodes::Node;

pub(crate) fn small() -> Options {
    Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 64 << 20,
        verify: true,
        ..Options::default()
    }
}

type Held<'gc> = (Option<Gc<'gc, Node<'gc>>>, Vec<Weak<'gc, Node<'gc>>>);
type WeakHeap = Root!['gc => Held<'gc>];

fn alive(heap: &mut Heap<WeakHeap>) -> Vec<bool> {
    heap.mutate(|mc, (_, weak)| {
        let found: Vec<_> = weak.iter().map(|weak| weak.upgrade(mc).is_some()).collect();
        let alive: Vec<_> = weak.iter().map(|weak| !weak.is_dead()).collect();
        assert_eq!(found, alive);
        alive
    })
}

#[test]
fn a_weak_pointer_follows_its_object_and_ends_with_it() {
    for kinds in [
        vec![Kind::Minor],
        vec![Kind::Minor; 3],
        vec![Kind::Full],
        vec![Kind::Minor, Kind::Full, Kind::Minor],
    ] {
        let mut heap = Heap::<WeakHeap>::with_options(small(), |_| (None, vec![])).unwrap();
        heap.mutate_root(|mc, (strong, weak)| {
            let (kept, left) = (mc.alloc(Node::leaf(1)), mc.alloc(Node::leaf(2)));
            *strong = Some(kept);
            *weak = vec![Weak::new(mc, kept), Weak::new(mc, left)];
        });
        for &kind in &kinds {
            heap.collect(kind).unwrap();
            assert_eq!(alive(&mut heap), [true, false], "{kinds:?}");
            heap.mutate(|mc, (strong, weak)| {
                let node = weak[0].upgrade(mc).unwrap();
                assert!(node.ptr_eq(strong.unwrap()) && node.number == 1);
            });
        }
        heap.mutate_root(|_, (strong, _)| *strong = None);
        assert_eq!(heap.collect(Kind::Full).unwrap().cleared.weak, 1);
        assert_eq!(alive(&mut heap), [false, false]);
    }
}

#[test]
fn an_old_weak_pointer_to_a_young_object_is_cleared_by_a_minor_collection() {
    let mut heap = Heap::<WeakHeap>::with_options(small(), |_| (None, vec![])).unwrap();
    heap.mutate_root(|mc, (strong, weak)| {
        let node = mc.alloc(Node::leaf(1));
        *strong = Some(node);
        weak.push(Weak::new(mc, node));
    });
    // Object and cell are old; the next pair has a cell that is promoted before its object.
    heap.collect(Kind::Full).unwrap();
    heap.mutate_root(|mc, (strong, weak)| {
        let node = mc.alloc(Node::leaf(2));
        field!(mc.write(strong.unwrap()), Node, left).set(Some(node));
        weak.push(Weak::new(mc, node));
    });
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(alive(&mut heap), [true, true]);
    heap.mutate_root(|mc, (strong, weak)| {
        let node = weak[1].upgrade(mc).unwrap();
        assert_eq!(node.number, 2);
        field!(mc.write(strong.unwrap()), Node, left).set(None);
    });
    let cycle = heap.collect(Kind::Minor).unwrap();
    assert_eq!(cycle.cleared.weak, 1, "{cycle:?}");
    assert_eq!(alive(&mut heap), [true, false]);
}

#[test]
fn a_weak_pointer_to_a_large_object_is_cleared_with_it() {
    type Large = [u64; 10_000];
    type Root<'gc> = (Option<Gc<'gc, Large>>, Option<Weak<'gc, Large>>);
    let mut heap =
        Heap::<Root!['gc => Root<'gc>]>::with_options(small(), |_| (None, None)).unwrap();
    heap.mutate_root(|mc, root| {
        let large = mc.alloc([7; 10_000]);
        *root = (Some(large), Some(Weak::new(mc, large)));
    });
    for kind in [Kind::Minor, Kind::Full] {
        heap.collect(kind).unwrap();
        heap.mutate(|mc, root| assert_eq!(root.1.unwrap().upgrade(mc).unwrap()[9_999], 7));
    }
    heap.mutate_root(|_, root| root.0 = None);
    heap.collect(Kind::Full).unwrap();
    heap.mutate(|_, root| assert!(root.1.unwrap().is_dead()));
}

#[test]
fn weak_pointers_that_nobody_has_are_forgotten() {
    let mut heap = Heap::<WeakHeap>::with_options(small(), |_| (None, vec![])).unwrap();
    heap.mutate_root(|mc, root| root.0 = Some(mc.alloc(Node::leaf(1))));
    for _ in 0..100 {
        heap.mutate(|mc, (strong, _)| {
            for _ in 0..1000 {
                assert!(!Weak::new(mc, strong.unwrap()).is_dead());
            }
        });
        heap.collect(Kind::Minor).unwrap();
    }
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!((cycle.old_bytes.1, cycle.cleared.weak), (32, 0));
}

thread_local! {
    static NOW_MS: Cell<u64> = const { Cell::new(0) };
}

/// A clock that the test sets.
fn clock_ns() -> u64 {
    NOW_MS.get() * 1_000_000
}

type SoftHeap = Root![Vec<Soft<'_, u64>>];

/// A heap of two megabytes and a clock of its own.
fn soft_heap(soft_ms_per_free_mb: u64, old_bytes_max: usize) -> Heap<SoftHeap> {
    NOW_MS.set(1_000_000);
    let options = Options {
        soft_ms_per_free_mb,
        old_bytes_max,
        clock_ns,
        ..small()
    };
    let mut heap = Heap::<SoftHeap>::with_options(options, |_| vec![]).unwrap();
    heap.collect(Kind::Full).unwrap();
    heap.mutate_root(|mc, root| root.extend((0..3).map(|n| Soft::new(mc, mc.alloc(n)))));
    heap
}

fn kept(heap: &mut Heap<SoftHeap>) -> Vec<bool> {
    heap.mutate(|_, root| root.iter().map(|soft| !soft.is_dead()).collect())
}

#[test]
fn a_soft_pointer_keeps_its_object_as_long_as_free_megabytes_allow() {
    // 63 MiB are free, or 64, so 6.3 to 6.4 seconds.
    let mut heap = soft_heap(100, 64 << 20);
    NOW_MS.set(1_006_200);
    heap.collect(Kind::Full).unwrap();
    assert_eq!(kept(&mut heap), [true; 3]);
    heap.mutate(|mc, root| assert_eq!(*root[1].get(mc).unwrap(), 1));
    NOW_MS.set(1_006_500);
    heap.collect(Kind::Minor).unwrap();
    assert_eq!(kept(&mut heap), [true; 3], "a minor collection clears none");
    heap.mutate(|mc, root| assert_eq!(*root[2].get(mc).unwrap(), 2));
    assert_eq!(heap.collect(Kind::Full).unwrap().cleared.soft, 1);
    assert_eq!(kept(&mut heap), [false, true, true]);
    heap.mutate(|mc, root| assert!(root[0].get(mc).is_none()));
    NOW_MS.set(1_012_750);
    heap.collect(Kind::Full).unwrap();
    assert_eq!(kept(&mut heap), [false, false, true]);
}

#[test]
fn without_milliseconds_a_soft_pointer_keeps_what_was_used_since_the_last_pause() {
    let mut heap = soft_heap(0, 64 << 20);
    heap.collect(Kind::Full).unwrap();
    assert_eq!(kept(&mut heap), [true; 3]);
    NOW_MS.set(1_000_001);
    heap.collect(Kind::Minor).unwrap();
    heap.mutate(|mc, root| assert!(root[0].get(mc).is_some()));
    heap.collect(Kind::Full).unwrap();
    assert_eq!(kept(&mut heap), [true, false, false]);
}

#[test]
fn near_the_limit_soft_pointers_keep_nothing() {
    let mut heap = soft_heap(1000, 64 << 20);
    // Large objects are old bytes at once: they take 61 of 64 MiB.
    heap.mutate(|mc, _| {
        (0..625).for_each(|_| {
            mc.alloc([0u8; 100_000]);
        })
    });
    assert_eq!(heap.collect(Kind::Full).unwrap().cleared.soft, 3);
    assert_eq!(kept(&mut heap), [false; 3]);
}

#[test]
fn what_a_soft_pointer_keeps_is_kept_with_all_it_leads_to() {
    type Root<'gc> = (Option<Soft<'gc, Node<'gc>>>, Option<Weak<'gc, Node<'gc>>>);
    let mut heap =
        Heap::<Root!['gc => Root<'gc>]>::with_options(small(), |_| (None, None)).unwrap();
    heap.mutate_root(|mc, root| {
        let far = mc.alloc(Node::leaf(3));
        let near = mc.alloc(Node::pair(
            1,
            Some(mc.alloc(Node::pair(2, Some(far), None))),
            None,
        ));
        *root = (Some(Soft::new(mc, near)), Some(Weak::new(mc, far)));
    });
    for kind in [Kind::Minor, Kind::Full, Kind::Minor, Kind::Full] {
        heap.collect(kind).unwrap();
        heap.mutate(|mc, root| assert_eq!(root.1.unwrap().upgrade(mc).unwrap().number, 3));
    }
}

/// Says so when it is dropped.
struct Says(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Says {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

// SAFETY: it holds no pointer of any brand.
unsafe impl<'gc> Trace<'gc> for Says {
    const NEEDS_TRACE: bool = false;
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

type All<'gc> = (
    Option<Soft<'gc, Says>>,
    Option<Weak<'gc, Says>>,
    Option<LongWeak<'gc, Says>>,
);

#[test]
fn soft_then_weak_then_finalisers_then_what_follows() {
    for minors in [0, 3] {
        let said = Rc::new(RefCell::new(vec![]));
        let queue = RefQueue::new();
        let options = Options {
            soft_ms_per_free_mb: 0,
            clock_ns,
            ..small()
        };
        NOW_MS.set(0);
        let mut heap =
            Heap::<Root!['gc => All<'gc>]>::with_options(options, |_| (None, None, None)).unwrap();
        heap.mutate_root(|mc, root| {
            let object = mc.alloc(Says("dropped", said.clone()));
            *root = (
                Some(Soft::new(mc, object)),
                Some(Weak::new(mc, object)),
                Some(LongWeak::new(mc, object)),
            );
            let saying = said.clone();
            mc.finalize::<Root![Says]>(object, move |_, object| {
                assert_eq!(object.0, "dropped");
                saying.borrow_mut().push("finalised");
            });
            Phantom::new(mc, object, "gone", &queue);
            let saying = said.clone();
            Cleaner::new(mc, object, move || saying.borrow_mut().push("cleaned"));
        });
        let state = |heap: &mut Heap<Root!['gc => All<'gc>]>| {
            heap.mutate(|_, root| {
                let (soft, weak, long) = *root;
                let dead = [soft.unwrap().is_dead(), weak.unwrap().is_dead()];
                (dead, long.unwrap().is_dead())
            })
        };
        for _ in 0..minors {
            heap.collect(Kind::Minor).unwrap();
            assert_eq!(state(&mut heap), ([false; 2], false), "soft keeps it");
        }
        NOW_MS.set(10);
        heap.collect(Kind::Minor).unwrap();
        let cleared = heap.collect(Kind::Full).unwrap().cleared;
        assert_eq!((cleared.soft, cleared.weak, cleared.finalizers), (1, 1, 1));
        assert_eq!(cleared.phantoms, 0, "the finaliser may bring it back");
        assert_eq!(*said.borrow(), ["finalised"]);
        assert_eq!((state(&mut heap), queue.len()), (([true; 2], false), 0));
        let cleared = heap.collect(Kind::Full).unwrap().cleared;
        assert_eq!(
            (cleared.weak, cleared.finalizers, cleared.phantoms),
            (1, 0, 2)
        );
        assert_eq!(*said.borrow(), ["finalised", "dropped", "cleaned"]);
        assert_eq!(
            (state(&mut heap), queue.poll()),
            (([true; 2], true), Some("gone"))
        );
        heap.collect(Kind::Full).unwrap();
        assert_eq!((said.borrow().len(), queue.poll()), (3, None));
    }
}

#[test]
fn a_minor_collection_finalises_the_young_in_the_same_order() {
    let said = Rc::new(RefCell::new(vec![]));
    let mut heap =
        Heap::<Root!['gc => All<'gc>]>::with_options(small(), |_| (None, None, None)).unwrap();
    heap.mutate_root(|mc, root| {
        let object = mc.alloc(Says("dropped", said.clone()));
        (root.1, root.2) = (Some(Weak::new(mc, object)), Some(LongWeak::new(mc, object)));
        let saying = said.clone();
        mc.finalize::<Root![Says]>(object, move |_, _| saying.borrow_mut().push("finalised"));
        let saying = said.clone();
        Cleaner::new(mc, object, move || saying.borrow_mut().push("cleaned"));
    });
    let cleared = heap.collect(Kind::Minor).unwrap().cleared;
    assert_eq!(
        (cleared.weak, cleared.finalizers, cleared.phantoms),
        (1, 1, 0)
    );
    heap.mutate(|mc, root| {
        assert!(root.1.unwrap().is_dead());
        assert_eq!(root.2.unwrap().upgrade(mc).unwrap().0, "dropped");
    });
    let cleared = heap.collect(Kind::Minor).unwrap().cleared;
    assert_eq!(
        (cleared.weak, cleared.finalizers, cleared.phantoms),
        (1, 0, 1)
    );
    assert_eq!(*said.borrow(), ["finalised", "dropped", "cleaned"]);
}

#[test]
fn an_object_brought_back_lives_on_and_is_finalised_no_more() {
    type Slot = Root![Gc<'_, Node<'_>>];
    for kind in [Kind::Minor, Kind::Full] {
        let mut heap = Heap::<WeakHeap>::with_options(small(), |_| (None, vec![])).unwrap();
        let runs = Rc::new(Cell::new(0));
        let slot = heap.mutate(|mc, _| mc.hold::<Slot>(mc.alloc(Node::leaf(0))));
        heap.mutate(|mc, _| {
            let node = mc.alloc(Node::pair(1, Some(mc.alloc(Node::leaf(2))), None));
            let (runs, slot) = (runs.clone(), slot.clone());
            mc.finalize::<Root![Node<'_>]>(node, move |mc, node| {
                runs.set(runs.get() + 1);
                field!(mc.write(*mc.held(&slot)), Node, left).set(Some(node));
                // It may allocate, too.
                (0..10_000).for_each(|number| {
                    mc.alloc(Node::leaf(number));
                });
            });
        });
        let back = |heap: &mut Heap<WeakHeap>| {
            heap.mutate(|mc, _| {
                let node = mc.held(&slot).left.get()?;
                Some((node.number, node.left.get().unwrap().number))
            })
        };
        for _ in 0..3 {
            heap.collect(kind).unwrap();
            assert_eq!((back(&mut heap), runs.get()), (Some((1, 2)), 1));
        }
        heap.mutate(|mc, _| field!(mc.write(*mc.held(&slot)), Node, left).set(None));
        heap.collect(Kind::Full).unwrap();
        assert_eq!((back(&mut heap), runs.get()), (None, 1));
    }
}

#[test]
fn panics_of_finalisers_and_cleaners_lose_and_repeat_nothing() {
    for kind in [Kind::Minor, Kind::Full] {
        let runs = Rc::new(RefCell::new(vec![0; 20]));
        let mut heap = Heap::<Root![()]>::with_options(small(), |_| ()).unwrap();
        heap.mutate(|mc, _| {
            for number in 0..10 {
                let node = mc.alloc(number);
                let counts = runs.clone();
                mc.finalize::<Root![usize]>(node, move |_, number| {
                    counts.borrow_mut()[*number] += 1;
                    assert!(*number % 3 != 0, "planned");
                });
                let counts = runs.clone();
                Cleaner::new(mc, node, move || {
                    counts.borrow_mut()[10 + number] += 1;
                    assert!(number % 3 != 0, "planned");
                });
            }
        });
        let mut panics = 0;
        for round in 0..20 {
            // Those that waited for their finaliser have become old.
            let kind = if round < 10 { kind } else { Kind::Full };
            panics +=
                usize::from(catch_unwind(AssertUnwindSafe(|| heap.collect(kind).is_ok())).is_err());
            heap.verify().unwrap();
        }
        assert_eq!(panics, 8, "four of ten, twice");
        assert_eq!(*runs.borrow(), [1; 20]);
    }
}

#[test]
fn a_heap_that_ends_does_what_follows_its_objects_though_cleaners_panic() {
    let (runs, queue) = (Rc::new(Cell::new(0)), RefQueue::new());
    let mut heap = Heap::<Root![Vec<Gc<'_, u8>>]>::with_options(small(), |_| vec![]).unwrap();
    heap.mutate_root(|mc, root| {
        for number in 0..10u8 {
            root.push(mc.alloc(number));
            let runs = runs.clone();
            Cleaner::new(mc, root[0], move || {
                runs.set(runs.get() + 1);
                assert!(number != 4, "planned");
            });
            Phantom::new(mc, root[0], number, &queue);
        }
    });
    heap.collect(Kind::Full).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(heap))).is_err());
    assert_eq!((runs.get(), queue.len()), (10, 10));
}

#[test]
fn what_was_cancelled_or_done_by_hand_does_not_happen() {
    let (runs, queue) = (Rc::new(Cell::new(0)), RefQueue::new());
    let mut heap = Heap::<Root![()]>::with_options(small(), |_| ()).unwrap();
    let count = |runs: &Rc<Cell<i32>>| {
        let runs = runs.clone();
        move || runs.set(runs.get() + 1)
    };
    heap.mutate(|mc, _| {
        let object = mc.alloc(1);
        let cancelled = Cleaner::new(mc, object, count(&runs));
        assert!(cancelled.cancel() && !cancelled.cancel() && !cancelled.clean());
        let by_hand = Cleaner::new(mc, object, count(&runs));
        assert!(by_hand.clean() && !by_hand.clean());
        let phantom = Phantom::new(mc, object, "payload", &queue);
        assert_eq!(
            (phantom.cancel(), phantom.cancel()),
            (Some("payload"), None)
        );
    });
    heap.collect(Kind::Full).unwrap();
    assert_eq!((runs.get(), queue.len()), (1, 0));
}

type Watched<'gc> = (Option<Gc<'gc, Node<'gc>>>, Vec<LongWeak<'gc, Node<'gc>>>);

/// A heap with ten nodes, the first of which the root keeps; the second leads to the third.
fn ten(old: bool) -> Heap<Root!['gc => Watched<'gc>]> {
    let mut heap =
        Heap::<Root!['gc => Watched<'gc>]>::with_options(small(), |_| (None, vec![])).unwrap();
    heap.mutate_root(|mc, (first, all)| {
        let third = mc.alloc(Node::leaf(2));
        for number in 0..10 {
            let node = match number {
                1 => mc.alloc(Node::pair(1, Some(third), None)),
                2 => third,
                _ => mc.alloc(Node::leaf(number)),
            };
            first.get_or_insert(node);
            all.push(LongWeak::new(mc, node));
            if old {
                let chain = mc.alloc(Node::pair(99, *first, Some(node)));
                *first = Some(chain);
            }
        }
    });
    if old {
        heap.collect(Kind::Full).unwrap();
        heap.mutate_root(|mc, (first, all)| *first = all[0].upgrade(mc));
    }
    heap
}

fn living(heap: &mut Heap<Root!['gc => Watched<'gc>]>) -> Vec<u64> {
    heap.mutate(|mc, (_, all)| {
        let alive = all.iter().filter_map(|weak| weak.upgrade(mc));
        alive.map(|node| node.number).collect()
    })
}

#[test]
fn the_hook_of_a_mark_sees_the_dead_and_keeps_what_it_wants() {
    for old in [false, true] {
        let mut heap = ten(old);
        heap.finalize(|fc, (first, all)| {
            assert!(!fc.is_dead(first.unwrap()));
            let nodes: Vec<_> = all.iter().map(|&weak| fc.get(weak).unwrap()).collect();
            for (number, node) in nodes.iter().enumerate() {
                assert_eq!(
                    (node.number, fc.is_dead(*node)),
                    (number as u64, number > 0)
                );
            }
            fc.resurrect(nodes[1]);
            fc.resurrect(nodes[7]);
            assert!(!fc.is_dead(nodes[1]) && fc.is_dead(nodes[2]));
        })
        .unwrap();
        assert_eq!(
            living(&mut heap),
            [0, 1, 2, 7],
            "what is kept keeps what it leads to"
        );
        heap.collect(Kind::Full).unwrap();
        assert_eq!(living(&mut heap), [0]);
    }
}

#[test]
fn a_hook_that_panics_leaves_everything_as_it_was() {
    for old in [false, true] {
        let mut heap = ten(old);
        let hook = || heap.finalize(|_, _| panic!("planned")).map(drop);
        assert!(catch_unwind(AssertUnwindSafe(hook)).is_err());
        heap.verify().unwrap();
        assert_eq!(living(&mut heap).len(), 10);
        // Nor is the hook called by a later collection.
        heap.collect(Kind::Minor).unwrap();
        heap.collect(Kind::Full).unwrap();
        assert_eq!(living(&mut heap), [0]);
    }
}

#[test]
fn what_the_hook_keeps_is_not_finalised() {
    let runs = Rc::new(Cell::new(0));
    let mut heap = ten(false);
    heap.mutate(|mc, (_, all)| {
        for weak in all {
            let runs = runs.clone();
            let node = weak.upgrade(mc).unwrap();
            mc.finalize::<Root![Node<'_>]>(node, move |_, _| runs.set(runs.get() + 1));
        }
    });
    heap.finalize(|fc, (_, all)| fc.resurrect(fc.get(all[5]).unwrap()))
        .unwrap();
    assert_eq!(runs.get(), 8);
    heap.collect(Kind::Full).unwrap();
    assert_eq!((runs.get(), living(&mut heap)), (9, vec![0, 5]));
}

#[test]
fn what_cannot_be_reached_is_freed_with_its_cells_and_queues() {
    let payload = Rc::new(());
    let queue = RefQueue::new();
    let mut heap = Heap::<Root![()]>::with_options(small(), |_| ()).unwrap();
    for _ in 0..10 {
        heap.mutate(|mc, _| {
            for _ in 0..100 {
                let object = mc.alloc(1u64);
                Phantom::new(mc, object, payload.clone(), &queue);
                let (weak, soft) = (Weak::new(mc, object), Soft::new(mc, object));
                assert!(!weak.is_dead() && !soft.is_dead());
            }
        });
        heap.collect(Kind::Full).unwrap();
    }
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!((cycle.old_bytes.1, cycle.young_bytes.1), (0, 0));
    assert_eq!((queue.len(), Rc::strong_count(&payload)), (1000, 1001));
}

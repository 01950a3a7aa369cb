//! Incremental marks: in steps, with a barrier that is needed, on a stack that may be too small.

use tenure_gc::{
    Barrier, Budget, Gc, GcArray, Heap, Kind, Lock, Options, Pacing, Progress, Root, field,
};

use crate::nodes::{Node, many};

type Two = Root![[Option<Gc<'_, Node<'_>>>; 2]];

fn options(barrier: Barrier) -> Options {
    Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 64 << 20,
        barrier,
        ..Options::default()
    }
}

const LEN: u64 = 1000;

/// A heap with a chain of old nodes and an old node beside it, of which a mark has made the one
/// beside black, and of the chain the first few; then the last of the chain is hung to the one
/// beside, and taken from the chain.
fn hide_the_last(barrier: Barrier) -> Heap<Two> {
    let mut heap = Heap::<Two>::with_options(options(barrier), |_| [None; 2]).unwrap();
    heap.mutate_root(|mc, root| {
        for number in 0..LEN {
            root[0] = Some(mc.alloc(Node::pair(number, root[0], None)));
        }
        root[1] = Some(mc.alloc(Node::leaf(LEN)));
    });
    heap.collect(Kind::Full).unwrap();
    assert_eq!(heap.collect(Kind::MarkStart).unwrap().kind, Kind::MarkStart);
    assert_eq!(heap.step(Budget::Bytes(1)), Progress::Marking);
    heap.mutate(|mc, root| {
        let mut before = root[0].unwrap();
        let last = loop {
            let next = before.left.get().unwrap();
            if next.left.get().is_none() {
                break next;
            }
            before = next;
        };
        field!(mc.write(root[1].unwrap()), Node, left).set(Some(last));
        field!(mc.write(before), Node, left).set(None);
    });
    assert_eq!(heap.collect(Kind::MarkEnd).unwrap().kind, Kind::MarkEnd);
    heap
}

type Slots<'gc> = GcArray<'gc, Lock<Option<Gc<'gc, Node<'gc>>>>>;
type Beside = Root!['gc => Option<(Slots<'gc>, Gc<'gc, Node<'gc>>)>];

/// The same with an array: a mark has looked at its first elements, then the last is hung to a node
/// beside it that is black, and taken from the array.
fn hide_the_last_element(barrier: Barrier) -> Heap<Beside> {
    const LAST: usize = LEN as usize - 1;
    let mut heap = Heap::<Beside>::with_options(options(barrier), |_| None).unwrap();
    heap.mutate_root(|mc, root| {
        let node = |at| Lock::new(Some(mc.alloc(Node::leaf(at as u64))));
        *root = Some((mc.array(LAST + 1, node), mc.alloc(Node::leaf(LEN))));
    });
    heap.collect(Kind::Full).unwrap();
    assert_eq!(heap.collect(Kind::MarkStart).unwrap().kind, Kind::MarkStart);
    assert_eq!(heap.step(Budget::Bytes(1)), Progress::Marking);
    heap.mutate(|mc, root| {
        let (array, beside) = root.unwrap();
        // What was written before tells nobody of the last.
        mc.write_element(array, 0).unwrap().set(None);
        let last = array[LAST].get();
        field!(mc.write(beside), Node, left).set(last);
        mc.write_element(array, LAST).unwrap().set(None);
    });
    assert_eq!(heap.collect(Kind::MarkEnd).unwrap().kind, Kind::MarkEnd);
    heap
}

#[test]
fn every_barrier_keeps_what_is_hidden_from_an_array() {
    for barrier in [Barrier::Backward, Barrier::Forward, Barrier::Snapshot] {
        let mut heap = hide_the_last_element(barrier);
        heap.verify()
            .unwrap_or_else(|broken| panic!("{barrier:?}: {broken}"));
        let number = heap.mutate(|_, root| root.unwrap().1.left.get().map(|last| last.number));
        assert_eq!(number, Some(LEN - 1));
    }
    let broken = hide_the_last_element(Barrier::Off).verify().unwrap_err();
    assert_eq!(broken.what, "an object points to no object");
}

#[test]
fn every_barrier_keeps_what_is_hidden_behind_a_black_object() {
    for barrier in [Barrier::Backward, Barrier::Forward, Barrier::Snapshot] {
        let mut heap = hide_the_last(barrier);
        heap.verify()
            .unwrap_or_else(|broken| panic!("{barrier:?}: {broken}"));
        let number = heap.mutate(|_, root| root[1].unwrap().left.get().map(|last| last.number));
        assert_eq!(number, Some(0));
    }
}

#[test]
fn without_a_barrier_what_is_hidden_behind_a_black_object_is_lost() {
    let broken = hide_the_last(Barrier::Off).verify().unwrap_err();
    assert_eq!(broken.what, "an object points to no object");
    assert!(broken.type_name.contains("Node"), "{broken}");
}

#[test]
fn a_chain_of_many_objects_is_marked_without_recursion() {
    let len = many(if cfg!(debug_assertions) {
        300_000
    } else {
        10_000_000
    }) as u64;
    let options = Options {
        eden_bytes: 4 << 20,
        old_bytes_max: many(1 << 30),
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Two>::with_options(options, |_| [None; 2]).unwrap();
    for number in 0..len {
        heap.mutate_root(|mc, root| root[0] = Some(mc.alloc(Node::pair(number, root[0], None))));
        heap.poll();
    }
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!(cycle.old_bytes.1 as u64, len * 32);
    heap.mutate_root(|_, root| *root = [None; 2]);
    assert_eq!(heap.collect(Kind::Full).unwrap().old_bytes.1, 0);
}

/// A tree: a stack of eight grey objects cannot hold what is left of each level.
fn tree<'gc>(mc: &'gc tenure_gc::Mutation<'gc>, depth: u64) -> Gc<'gc, Node<'gc>> {
    let below = |_| tree(mc, depth - 1);
    let [left, right] = if depth == 0 {
        [None; 2]
    } else {
        [(); 2].map(below).map(Some)
    };
    mc.alloc(Node::pair(depth, left, right))
}

fn count(node: Gc<'_, Node<'_>>) -> u64 {
    let sides = [node.left.get(), node.right.get()];
    1 + sides.into_iter().flatten().map(count).sum::<u64>()
}

#[test]
fn a_mark_stack_that_is_too_small_loses_nothing() {
    let options = Options {
        mark_stack_len_max: 8,
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Two>::with_options(options, |_| [None; 2]).unwrap();
    heap.mutate_root(|mc, root| *root = [Some(tree(mc, 14)), Some(tree(mc, 10))]);
    let cycle = heap.collect(Kind::Full).unwrap();
    assert_eq!(
        cycle.old_bytes.1 as u64,
        32 * ((1 << 15) - 1 + (1 << 11) - 1)
    );
    heap.verify().unwrap();
    heap.mutate(|_, root| assert_eq!(count(root[0].unwrap()), (1 << 15) - 1));
}

#[test]
fn a_mark_stack_that_is_too_small_makes_no_step_longer() {
    let options = Options {
        mark_stack_len_max: 8,
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Two>::with_options(options, |_| [None; 2]).unwrap();
    heap.mutate_root(|mc, root| root[0] = Some(tree(mc, 14)));
    heap.collect(Kind::Full).unwrap();
    heap.collect(Kind::MarkStart).unwrap();
    let (mut steps, mut promoted) = (0, 0u64);
    while heap.step(Budget::Bytes(1024)) == Progress::Marking {
        steps += 1;
        if steps % 100 == 0 {
            // What is promoted meanwhile counts once as well.
            heap.mutate_root(|mc, root| {
                root[1] = Some(mc.alloc(Node::pair(promoted, root[1], None)));
            });
            heap.collect(Kind::Minor).unwrap();
            promoted += 1;
        }
        assert!(steps < 100_000, "the mark does not end");
    }
    // Every object is looked at once at least, 32 between two questions.
    assert!(steps >= (1 << 15) * 32 / (1024 + 32 * 32), "{steps} steps");
    let cycle = heap.collect(Kind::MarkEnd).unwrap();
    assert_eq!(cycle.kind, Kind::MarkEnd);
    let reached = ((1 << 15) - 1 + promoted) * 32;
    let ages = cycle.young_bytes.1 as u64;
    assert_eq!(cycle.old_bytes.1 as u64 + ages, reached);
    heap.verify().unwrap();
    heap.mutate(|_, root| assert_eq!(count(root[0].unwrap()), (1 << 15) - 1));
}

#[test]
fn five_thousand_children_of_one_object_are_all_marked() {
    type Many = Root!['gc => Option<Gc<'gc, [Lock<Option<Gc<'gc, Node<'gc>>>>; 5000]>>];
    let options = Options {
        mark_stack_len_max: 1000,
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Many>::with_options(options, |_| None).unwrap();
    heap.mutate_root(|mc, root| {
        let children = std::array::from_fn(|at| Lock::new(Some(mc.alloc(Node::leaf(at as u64)))));
        *root = Some(mc.alloc(children));
    });
    for kind in [Kind::Full, Kind::MarkStart, Kind::MarkEnd, Kind::Full] {
        heap.collect(kind).unwrap();
        heap.verify().unwrap();
    }
    heap.mutate(|_, root| {
        for (at, child) in root.unwrap().iter().enumerate() {
            assert_eq!(child.get().unwrap().number, at as u64);
        }
    });
}

#[test]
fn a_mark_goes_on_by_polls_alone_and_ends() {
    let options = Options {
        pacing: Pacing {
            initial_bytes: 256 << 10,
            ..Pacing::default()
        },
        verify: cfg!(debug_assertions),
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Two>::with_options(options, |_| [None; 2]).unwrap();
    let mut kinds = std::collections::HashMap::new();
    for round in 0..120_000u64 {
        heap.mutate_root(|mc, root| {
            root[0] = Some(mc.alloc(Node::pair(round, root[0], None)));
            if round % 20_000 == 0 {
                root[0] = None;
            }
        });
        if let Some(cycle) = heap.poll() {
            *kinds.entry(format!("{:?}", cycle.kind)).or_insert(0) += 1;
        }
    }
    for kind in ["Minor", "MarkStart", "MarkEnd"] {
        assert!(kinds.contains_key(kind), "{kinds:?}");
    }
    assert!(!kinds.contains_key("Full"), "{kinds:?}");
}

#[test]
fn a_dead_object_that_points_to_a_young_one_is_forgotten_with_it() {
    let options = Options {
        tenure_age: 8,
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Two>::with_options(options, |_| [None; 2]).unwrap();
    heap.mutate_root(|mc, root| root[0] = Some(mc.alloc(Node::leaf(1))));
    heap.collect(Kind::Full).unwrap();
    heap.mutate_root(|mc, root| {
        let young = mc.alloc(Node::leaf(2));
        field!(mc.write(root[0].unwrap()), Node, left).set(Some(young));
        root[0] = None;
    });
    // As far as the young go, the old one may live, and keeps its child.
    assert_eq!(heap.collect(Kind::MarkStart).unwrap().young_bytes.1, 32);
    assert_eq!(heap.collect(Kind::MarkEnd).unwrap().old_bytes.1, 0);
    heap.verify().unwrap();
    assert_eq!(heap.collect(Kind::Minor).unwrap().young_bytes.1, 0);
}

#[test]
fn the_memory_of_a_large_object_goes_back_in_steps() {
    const BYTES: usize = 64 << 20;
    type Bytes = Root!['gc => Option<GcArray<'gc, u8>>];
    let options = Options {
        old_bytes_max: 2 * BYTES,
        ..options(Barrier::Backward)
    };
    let mut heap = Heap::<Bytes>::with_options(options, |_| None).unwrap();
    heap.mutate_root(|mc, root| *root = Some(mc.array(BYTES, |_| 1)));
    heap.mutate_root(|_, root| *root = None);
    heap.collect(Kind::MarkStart).unwrap();
    assert_eq!(heap.step(Budget::Bytes(1)), Progress::Marked);
    let cycle = heap.collect(Kind::MarkEnd).unwrap();
    assert!(
        cycle.large_bytes.0 >= BYTES && cycle.large_bytes.1 == 0,
        "{cycle:?}"
    );
    let mut steps = 0;
    while heap.step(Budget::Bytes(1)) == Progress::Sweeping {
        steps += 1;
        assert!(steps < 1000, "the steps do not end");
    }
    assert!(steps >= 16, "{steps} steps");
}

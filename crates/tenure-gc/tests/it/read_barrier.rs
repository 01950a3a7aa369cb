//! What is read through a reference while a mark is under way, and stored where the mark has been,
//! is kept.

use std::cell::Cell;

use tenure_gc::{
    Barrier, Budget, Gc, Heap, Kind, LongWeak, Mutation, Options, Progress, Root, Soft, Trace,
    Weak, WeakMap, field,
};

use crate::nodes::Node;
use crate::references::small;

type Map<'gc> = WeakMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>;

#[derive(Trace, Default)]
struct Refs<'gc> {
    /// What the mark has been to.
    black: Option<Gc<'gc, Node<'gc>>>,
    strong: Option<Gc<'gc, Node<'gc>>>,
    weak: Option<Weak<'gc, Node<'gc>>>,
    long: Option<LongWeak<'gc, Node<'gc>>>,
    soft: Option<Soft<'gc, Node<'gc>>>,
    /// A map that is young when the mark begins, and gone when it ends.
    map: Option<Map<'gc>>,
}

type Found<'gc> = Option<Gc<'gc, Node<'gc>>>;
type Read = for<'gc> fn(&'gc Mutation<'gc>, &mut Refs<'gc>) -> Found<'gc>;

fn weak<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.weak.unwrap().upgrade(mc)
}

fn long<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.long.unwrap().upgrade(mc)
}

fn soft<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.soft.unwrap().get(mc)
}

fn got<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.map.unwrap().get(mc, refs.black.unwrap())
}

fn removed<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.map.unwrap().remove(mc, refs.black.unwrap())
}

fn replaced<'gc>(mc: &'gc Mutation<'gc>, refs: &mut Refs<'gc>) -> Found<'gc> {
    refs.map
        .unwrap()
        .insert(mc, refs.black.unwrap(), refs.black.unwrap())
}

thread_local! {
    static NOW_MS: Cell<u64> = const { Cell::new(0) };
}

fn clock_ns() -> u64 {
    NOW_MS.get() * 1_000_000
}

#[test]
fn what_is_read_through_a_reference_during_a_mark_is_kept() {
    let reads: [(&str, Read); 6] = [
        ("weak", weak),
        ("long weak", long),
        ("soft", soft),
        ("entry", got),
        ("entry removed", removed),
        ("entry replaced", replaced),
    ];
    for barrier in [Barrier::Backward, Barrier::Forward, Barrier::Snapshot] {
        for (name, read) in reads {
            NOW_MS.set(0);
            let options = Options {
                barrier,
                clock_ns,
                soft_ms_per_free_mb: 0,
                ..small()
            };
            let mut heap =
                Heap::<Root![Refs<'_>]>::with_options(options, |_| Refs::default()).unwrap();
            heap.mutate_root(|mc, refs| {
                let (black, white) = (mc.alloc(Node::leaf(1)), mc.alloc(Node::leaf(2)));
                (refs.black, refs.strong) = (Some(black), Some(white));
                refs.weak = Some(Weak::new(mc, white));
                refs.long = Some(LongWeak::new(mc, white));
                refs.soft = Some(Soft::new(mc, white));
            });
            heap.collect(Kind::Full).unwrap();
            heap.mutate_root(|mc, refs| {
                let map = WeakMap::new(mc);
                map.insert(mc, refs.black.unwrap(), refs.strong.take().unwrap());
                refs.map = Some(map);
            });
            NOW_MS.set(1);
            assert_eq!(heap.collect(Kind::MarkStart).unwrap().kind, Kind::MarkStart);
            assert_eq!(heap.step(Budget::Bytes(usize::MAX)), Progress::Marked);
            heap.mutate_root(|mc, refs| {
                let found = read(mc, refs);
                assert_eq!(found.unwrap().number, 2, "{name}");
                field!(mc.write(refs.black.unwrap()), Node, left).set(found);
                refs.map = None;
            });
            assert_eq!(heap.collect(Kind::MarkEnd).unwrap().kind, Kind::MarkEnd);
            while heap.step(Budget::Bytes(usize::MAX)) != Progress::Idle {}
            heap.verify().unwrap();
            heap.mutate(|_, refs| {
                let found = refs.black.unwrap().left.get().unwrap();
                assert_eq!(found.number, 2, "{name} under {barrier:?}");
            });
        }
    }
}

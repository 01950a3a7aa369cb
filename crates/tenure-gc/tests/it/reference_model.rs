//! Random graphs with references of every kind, beside a model that finds by hand what is reached.
//!
//! After a collection of the whole heap the model knows exactly who is dead, what was cleared and
//! what has run. Other pauses may leave the dead for later: there, what is dead must be unreached,
//! and the model takes over what it sees. `PROPTEST_CASES` says how many graphs there are.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;
use tenure_gc::{
    Barrier, Gc, Heap, Kind, Lock, LongWeak, Mutation, Options, Phantom, RefQueue, RememberedSet,
    Root, Soft, Trace, Weak, WeakMap, field,
};

use crate::nodes::cases;

const SLOTS: usize = 4;

/// An object with edges of every kind.
#[derive(Trace)]
struct Thing<'gc> {
    number: usize,
    edges: [Lock<Option<Gc<'gc, Thing<'gc>>>>; 2],
    weak: Lock<Option<Weak<'gc, Thing<'gc>>>>,
    soft: Lock<Option<Soft<'gc, Thing<'gc>>>>,
    map: WeakMap<'gc, Thing<'gc>, Gc<'gc, Thing<'gc>>>,
}

#[derive(Trace)]
struct World<'gc> {
    slots: [Option<Gc<'gc, Thing<'gc>>>; SLOTS],
    weak: Vec<Weak<'gc, Thing<'gc>>>,
    long: Vec<LongWeak<'gc, Thing<'gc>>>,
}

type Holder = Root!['gc => Gc<'gc, Thing<'gc>>];
type Worlds = Root!['gc => World<'gc>];

#[derive(Clone, Copy, Debug)]
enum Op {
    New {
        slot: usize,
        finalizer: Option<bool>,
        phantom: bool,
    },
    Drop {
        slot: usize,
    },
    Link {
        from: usize,
        edge: usize,
        to: Option<usize>,
    },
    Walk {
        slot: usize,
        edge: usize,
    },
    SetWeak {
        from: usize,
        to: usize,
    },
    SetSoft {
        from: usize,
        to: usize,
    },
    Upgrade {
        from: usize,
        slot: usize,
    },
    GetSoft {
        from: usize,
        slot: usize,
    },
    Observe {
        number: usize,
        slot: usize,
    },
    Insert {
        owner: usize,
        key: usize,
        value: usize,
    },
    Remove {
        owner: usize,
        key: usize,
    },
    Get {
        owner: usize,
        key: usize,
        slot: usize,
    },
    Tick,
    Collect {
        kind: Kind,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let slot = || 0..SLOTS;
    let finalizer = prop_oneof![Just(None), Just(Some(false)), Just(Some(true))];
    let kinds = [
        Kind::Minor,
        Kind::Minor,
        Kind::Full,
        Kind::MarkStart,
        Kind::Step,
        Kind::MarkEnd,
        Kind::Compact,
    ];
    prop_oneof![
        4 => (slot(), finalizer, any::<bool>())
            .prop_map(|(slot, finalizer, phantom)| Op::New { slot, finalizer, phantom }),
        3 => slot().prop_map(|slot| Op::Drop { slot }),
        4 => (slot(), 0..2usize, prop::option::weighted(0.8, slot()))
            .prop_map(|(from, edge, to)| Op::Link { from, edge, to }),
        2 => (slot(), 0..2usize).prop_map(|(slot, edge)| Op::Walk { slot, edge }),
        2 => (slot(), slot()).prop_map(|(from, to)| Op::SetWeak { from, to }),
        2 => (slot(), slot()).prop_map(|(from, to)| Op::SetSoft { from, to }),
        1 => (slot(), slot()).prop_map(|(from, slot)| Op::Upgrade { from, slot }),
        1 => (slot(), slot()).prop_map(|(from, slot)| Op::GetSoft { from, slot }),
        2 => (any::<usize>(), slot()).prop_map(|(number, slot)| Op::Observe { number, slot }),
        4 => (slot(), slot(), slot())
            .prop_map(|(owner, key, value)| Op::Insert { owner, key, value }),
        1 => (slot(), slot()).prop_map(|(owner, key)| Op::Remove { owner, key }),
        2 => (slot(), slot(), slot()).prop_map(|(owner, key, slot)| Op::Get { owner, key, slot }),
        1 => Just(Op::Tick),
        3 => prop::sample::select(kinds.to_vec()).prop_map(|kind| Op::Collect { kind }),
    ]
}

/// What the model knows of an object.
#[derive(Clone, Default, Debug)]
struct Known {
    edges: [Option<usize>; 2],
    weak: Option<usize>,
    /// The target, and when it was last used.
    soft: Option<(usize, u64)>,
    map: BTreeMap<usize, usize>,
    finalizer: Option<bool>,
    phantom: bool,
    /// Every weak pointer to it is cleared; or may be, since it was unreached in a pause that does
    /// not clear all.
    weak_cleared: bool,
    weak_doubtful: bool,
    soft_doubtful: bool,
    gone: bool,
}

thread_local! {
    static NOW_MS: Cell<u64> = const { Cell::new(0) };
}

fn clock_ns() -> u64 {
    NOW_MS.get() * 1_000_000
}

struct Model {
    things: Vec<Known>,
    slots: [Option<usize>; SLOTS],
    /// What finalisers bring back is kept here.
    kept: Option<usize>,
    /// When the last pause began.
    pause_ms: u64,
}

impl Model {
    /// What is reached from `from`. Soft pointers used since `soft_ms` are followed.
    fn reach(&self, from: impl IntoIterator<Item = usize>, soft_ms: u64) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut grey: Vec<usize> = from.into_iter().collect();
        loop {
            while let Some(number) = grey.pop() {
                if reached.insert(number) {
                    let thing = &self.things[number];
                    grey.extend(thing.edges.iter().flatten());
                    grey.extend(
                        thing
                            .soft
                            .iter()
                            .filter(|soft| soft.1 >= soft_ms)
                            .map(|soft| soft.0),
                    );
                }
            }
            // Again and again over all entries: slow, and plainly right.
            for &owner in &reached {
                let entries = self.things[owner].map.iter();
                grey.extend(
                    entries
                        .filter(|(key, _)| reached.contains(key))
                        .map(|(_, value)| *value),
                );
            }
            grey.retain(|number| !reached.contains(number));
            if grey.is_empty() {
                return reached;
            }
        }
    }

    fn roots(&self) -> impl Iterator<Item = usize> {
        self.slots.into_iter().flatten().chain(self.kept)
    }
}

struct Pair {
    heap: Heap<Worlds>,
    holder: Root<Holder>,
    queue: RefQueue<usize>,
    finalized: Rc<RefCell<Vec<usize>>>,
    model: Model,
    polls: bool,
}

fn thing<'gc>(mc: &'gc Mutation<'gc>, number: usize) -> Gc<'gc, Thing<'gc>> {
    mc.alloc(Thing {
        number,
        edges: [Lock::new(None), Lock::new(None)],
        weak: Lock::new(None),
        soft: Lock::new(None),
        map: WeakMap::new(mc),
    })
}

fn set<'gc>(
    mc: &'gc Mutation<'gc>,
    from: Gc<'gc, Thing<'gc>>,
    edge: usize,
    to: Option<Gc<'gc, Thing<'gc>>>,
) {
    let edges = field!(mc.write(from), Thing, edges);
    edges.element(edge).unwrap().set(to);
}

impl Pair {
    fn new(options: Options) -> Self {
        NOW_MS.set(5);
        let polls = options.stress > 0;
        let mut heap = Heap::<Worlds>::with_options(options, |_| World {
            slots: [None; SLOTS],
            weak: vec![],
            long: vec![],
        })
        .unwrap();
        let holder = heap.mutate(|mc, _| mc.hold(thing(mc, usize::MAX)));
        Self {
            heap,
            holder,
            queue: RefQueue::new(),
            finalized: Rc::default(),
            model: Model {
                things: vec![],
                slots: [None; SLOTS],
                kept: None,
                pause_ms: 5,
            },
            polls,
        }
    }

    fn run(mut self, ops: &[Op]) {
        for &op in ops {
            self.apply(op);
            if self.polls
                && let Some(cycle) = self.heap.poll()
            {
                let kind = cycle.kind;
                self.after(kind);
            }
        }
        for _ in 0..2 {
            self.apply(Op::Collect { kind: Kind::Full });
        }
        // All of it goes.
        (0..SLOTS).for_each(|slot| self.apply(Op::Drop { slot }));
        let holder = self.holder.clone();
        self.heap
            .mutate(|mc, _| set(mc, *mc.held(&holder), 0, None));
        self.model.kept = None;
        for _ in 0..2 {
            self.apply(Op::Collect { kind: Kind::Full });
        }
        // Finalisers of the last round may have brought one back.
        let left = self.model.reach(self.model.roots(), 0).len();
        let alive = self
            .heap
            .mutate(|_, world| world.long.iter().filter(|long| !long.is_dead()).count());
        assert_eq!(alive, left);
    }

    fn new_thing(&mut self, slot: usize, finalizer: Option<bool>, phantom: bool) {
        let number = self.model.things.len();
        let (queue, finalized, holder) = (&self.queue, self.finalized.clone(), self.holder.clone());
        self.heap.mutate_root(|mc, world| {
            let new = thing(mc, number);
            world.slots[slot] = Some(new);
            world.weak.push(Weak::new(mc, new));
            world.long.push(LongWeak::new(mc, new));
            if let Some(keep) = finalizer {
                mc.finalize::<Root!['a => Thing<'a>]>(new, move |mc, old| {
                    finalized.borrow_mut().push(old.number);
                    if keep {
                        set(mc, *mc.held(&holder), 0, Some(old));
                    }
                });
            }
            if phantom {
                Phantom::new(mc, new, number, queue);
            }
        });
        self.model.things.push(Known {
            finalizer,
            phantom,
            ..Known::default()
        });
        self.model.slots[slot] = Some(number);
    }

    /// A weak or soft pointer that is read: `expected` is what the model takes it for.
    fn agree(found: Option<usize>, expected: Option<usize>, doubtful: bool) {
        match (found, expected) {
            (None, Some(_)) => assert!(doubtful, "{expected:?} was cleared"),
            _ => assert_eq!(found, expected),
        }
    }

    fn apply(&mut self, op: Op) {
        let Model { things, slots, .. } = &mut self.model;
        match op {
            Op::New {
                slot,
                finalizer,
                phantom,
            } => self.new_thing(slot, finalizer, phantom),
            Op::Drop { slot } => {
                slots[slot] = None;
                self.heap.mutate_root(|_, world| world.slots[slot] = None);
            }
            Op::Link { from, edge, to } => {
                let Some(number) = slots[from] else { return };
                things[number].edges[edge] = to.and_then(|to| slots[to]);
                self.heap.mutate(|mc, world| {
                    let to = to.and_then(|to| world.slots[to]);
                    set(mc, world.slots[from].unwrap(), edge, to);
                });
            }
            Op::Walk { slot, edge } => {
                let Some(number) = slots[slot] else { return };
                slots[slot] = things[number].edges[edge];
                self.heap.mutate_root(|_, world| {
                    world.slots[slot] = world.slots[slot].unwrap().edges[edge].get();
                });
            }
            Op::Tick => NOW_MS.set(NOW_MS.get() + 1),
            Op::Collect { kind } => {
                let kind = self.heap.collect(kind).unwrap().kind;
                self.after(kind);
            }
            other => self.apply_to_references(other),
        }
    }

    fn apply_to_references(&mut self, op: Op) {
        let Model {
            things,
            slots,
            pause_ms,
            ..
        } = &mut self.model;
        match op {
            Op::SetWeak { from, to } => {
                let (Some(number), Some(target)) = (slots[from], slots[to]) else {
                    return;
                };
                things[number].weak = Some(target);
                self.heap.mutate(|mc, world| {
                    let weak = Weak::new(mc, world.slots[to].unwrap());
                    field!(mc.write(world.slots[from].unwrap()), Thing, weak).set(Some(weak));
                });
                // A new one to an object that was brought back is not cleared with the old ones.
                things[target].weak_doubtful |= things[target].weak_cleared;
            }
            Op::SetSoft { from, to } => {
                let (Some(number), Some(target)) = (slots[from], slots[to]) else {
                    return;
                };
                things[number].soft = Some((target, *pause_ms));
                self.heap.mutate(|mc, world| {
                    let soft = Soft::new(mc, world.slots[to].unwrap());
                    field!(mc.write(world.slots[from].unwrap()), Thing, soft).set(Some(soft));
                });
            }
            other => self.apply_to_reads(other),
        }
    }

    fn apply_to_reads(&mut self, op: Op) {
        let Model {
            things,
            slots,
            pause_ms,
            ..
        } = &mut self.model;
        match op {
            Op::Upgrade { from, slot } => {
                let Some(number) = slots[from] else { return };
                let found = self.heap.mutate_root(|mc, world| {
                    let weak = world.slots[from].unwrap().weak.get();
                    world.slots[slot] = weak.and_then(|weak| weak.upgrade(mc));
                    world.slots[slot].map(|thing| thing.number)
                });
                let expected = things[number].weak;
                Self::agree(
                    found,
                    expected,
                    expected.is_some_and(|to| things[to].weak_doubtful),
                );
                slots[slot] = found;
            }
            Op::GetSoft { from, slot } => {
                let Some(number) = slots[from] else { return };
                let found = self.heap.mutate_root(|mc, world| {
                    let soft = world.slots[from].unwrap().soft.get();
                    world.slots[slot] = soft.and_then(|soft| soft.get(mc));
                    world.slots[slot].map(|thing| thing.number)
                });
                let expected = things[number].soft.map(|soft| soft.0);
                Self::agree(
                    found,
                    expected,
                    expected.is_some_and(|to| things[to].soft_doubtful),
                );
                things[number].soft = found.map(|target| (target, *pause_ms));
                slots[slot] = found;
            }
            Op::Observe { number, slot } => {
                if things.is_empty() {
                    return;
                }
                let number = number % things.len();
                let found = self.heap.mutate_root(|mc, world| {
                    let found = world.weak[number].upgrade(mc);
                    world.slots[slot] = found;
                    found.map(|thing| thing.number)
                });
                let expected = (!things[number].weak_cleared).then_some(number);
                Self::agree(found, expected, things[number].weak_doubtful);
                slots[slot] = found;
            }
            other => self.apply_to_maps(other),
        }
    }

    fn apply_to_maps(&mut self, op: Op) {
        let Model { things, slots, .. } = &mut self.model;
        match op {
            Op::Insert { owner, key, value } => {
                let all = (slots[owner], slots[key], slots[value]);
                let (Some(number), Some(known), Some(put)) = all else {
                    return;
                };
                let before = things[number].map.insert(known, put);
                let found = self.heap.mutate(|mc, world| {
                    let [owner, key, value] =
                        [owner, key, value].map(|slot| world.slots[slot].unwrap());
                    owner.map.insert(mc, key, value).map(|thing| thing.number)
                });
                assert_eq!(found, before);
            }
            Op::Remove { owner, key } => {
                let (Some(number), Some(known)) = (slots[owner], slots[key]) else {
                    return;
                };
                let before = things[number].map.remove(&known);
                let found = self.heap.mutate(|mc, world| {
                    let [owner, key] = [owner, key].map(|slot| world.slots[slot].unwrap());
                    owner.map.remove(mc, key).map(|thing| thing.number)
                });
                assert_eq!(found, before);
            }
            Op::Get { owner, key, slot } => {
                let (Some(number), Some(known)) = (slots[owner], slots[key]) else {
                    return;
                };
                slots[slot] = things[number].map.get(&known).copied();
                let found = self.heap.mutate_root(|mc, world| {
                    let [owner, key] = [owner, key].map(|slot| world.slots[slot].unwrap());
                    world.slots[slot] = owner.map.get(mc, key);
                    world.slots[slot].map(|thing| thing.number)
                });
                assert_eq!(found, slots[slot]);
            }
            other => unreachable!("{other:?} is done elsewhere"),
        }
    }

    /// Compares after a pause.
    fn after(&mut self, kind: Kind) {
        if kind != Kind::Step {
            self.model.pause_ms = NOW_MS.get();
        }
        let finalized = self.finalized.take();
        let queued: Vec<usize> = std::iter::from_fn(|| self.queue.poll()).collect();
        let dead: Vec<(bool, bool)> = self.heap.mutate(|_, world| {
            let both = world.weak.iter().zip(&world.long);
            both.map(|(weak, long)| (weak.is_dead(), long.is_dead()))
                .collect()
        });
        if matches!(kind, Kind::Full | Kind::Compact) {
            self.after_full(&finalized, &queued, &dead);
        } else {
            self.after_others(&finalized, &queued, &dead);
        }
        let things = &mut self.model.things;
        for &number in &finalized {
            if things[number].finalizer.take().expect("once") {
                self.model.kept = Some(number);
            }
        }
        for &number in &queued {
            assert!(std::mem::take(&mut things[number].phantom), "once");
        }
        self.walk();
    }

    fn after_full(&mut self, finalized: &[usize], queued: &[usize], dead: &[(bool, bool)]) {
        let model = &mut self.model;
        let first = model.reach(model.roots(), model.pause_ms);
        let to_run: Vec<usize> = (0..model.things.len())
            .filter(|number| model.things[*number].finalizer.is_some() && !first.contains(number))
            .collect();
        for thing in &mut model.things {
            thing.soft = thing.soft.filter(|soft| first.contains(&soft.0));
            thing.weak = thing.weak.filter(|weak| first.contains(weak));
        }
        let again = model.reach(model.roots().chain(to_run.iter().copied()), model.pause_ms);
        let mut ran = finalized.to_vec();
        ran.sort_unstable();
        assert_eq!(ran, to_run);
        for (number, thing) in model.things.iter_mut().enumerate() {
            let (weak_dead, long_dead) = dead[number];
            thing.weak_cleared |= !first.contains(&number);
            if thing.weak_cleared || !thing.weak_doubtful {
                assert_eq!(weak_dead, thing.weak_cleared, "{number}");
            }
            thing.gone = !again.contains(&number);
            assert_eq!(long_dead, thing.gone, "{number}");
            // A phantom was queued now, if it was not before.
            assert_eq!(
                queued.contains(&number),
                thing.gone && thing.phantom,
                "{number}"
            );
            thing.map.retain(|key, _| again.contains(key));
        }
    }

    fn after_others(&mut self, finalized: &[usize], queued: &[usize], dead: &[(bool, bool)]) {
        let model = &mut self.model;
        let strong = model.reach(model.roots(), u64::MAX);
        for (number, thing) in model.things.iter_mut().enumerate() {
            thing.soft_doubtful |= !strong.contains(&number);
            thing.weak_doubtful |= !strong.contains(&number);
            let (weak_dead, long_dead) = dead[number];
            if strong.contains(&number) {
                assert!(
                    !weak_dead || thing.weak_cleared || thing.weak_doubtful,
                    "{number}"
                );
                assert!(!long_dead, "{number} is reached");
                assert!(
                    !finalized.contains(&number) && !queued.contains(&number),
                    "{number}"
                );
            }
            thing.weak_cleared |= weak_dead;
            thing.gone |= long_dead;
        }
    }

    /// Walks both graphs from the root side by side.
    fn walk(&mut self) {
        let (model, holder) = (&mut self.model, &self.holder);
        self.heap.mutate(|mc, world| {
            let number = |thing: Option<Gc<'_, Thing<'_>>>| thing.map(|thing| thing.number);
            assert_eq!(world.slots.map(number), model.slots);
            let kept = mc.held(holder).edges[0].get();
            assert_eq!(number(kept), model.kept);
            let mut todo: Vec<_> = world.slots.into_iter().flatten().chain(kept).collect();
            let mut seen = BTreeSet::new();
            while let Some(thing) = todo.pop() {
                if !seen.insert(thing.number) {
                    continue;
                }
                let edges = thing.edges.each_ref().map(Lock::get);
                assert_eq!(edges.map(number), model.things[thing.number].edges);
                todo.extend(edges.into_iter().flatten());
                let known = &model.things[thing.number];
                if thing.weak.get().is_none_or(Weak::is_dead) {
                    Self::agree(
                        None,
                        known.weak,
                        known.weak.is_some_and(|to| model.things[to].weak_doubtful),
                    );
                    model.things[thing.number].weak = None;
                } else {
                    assert!(known.weak.is_some(), "{} leads to the dead", thing.number);
                }
                let known = &model.things[thing.number];
                if thing.soft.get().is_none_or(Soft::is_dead) {
                    let soft = known.soft.map(|soft| soft.0);
                    Self::agree(
                        None,
                        soft,
                        soft.is_some_and(|to| model.things[to].soft_doubtful),
                    );
                    model.things[thing.number].soft = None;
                } else {
                    assert!(known.soft.is_some(), "{} leads to the dead", thing.number);
                }
            }
        });
    }
}

fn options(barrier: Barrier, cards: bool, stress: u32, age: u8) -> Options {
    Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 4 << 10,
        old_bytes_max: 64 << 20,
        overdraft_bytes: 16 << 20,
        soft_ms_per_free_mb: 0,
        tenure_age: age,
        clock_ns,
        barrier,
        remembered_set: if cards {
            RememberedSet::Cards
        } else {
            RememberedSet::Log
        },
        stress,
        verify: true,
        ..Options::default()
    }
}

const BARRIERS: [Barrier; 3] = [Barrier::Backward, Barrier::Forward, Barrier::Snapshot];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    #[test]
    fn references_do_what_their_model_does(
        ops in prop::collection::vec(op(), 1..200),
        barrier in prop::sample::select(&BARRIERS[..]),
        cards in any::<bool>(),
        stress in 0..2u32,
        age in 0..4u8,
    ) {
        Pair::new(options(barrier, cards, stress, age)).run(&ops);
    }
}

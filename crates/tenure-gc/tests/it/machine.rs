//! A machine that does to a heap what it does to a model of one, and compares.
//!
//! The model knows each node by its number: its two slots and its elements. After every few
//! operations the graphs are walked side by side; at the end the values dropped are those that the
//! model does not reach. A heap may refuse: then all is as it was, and the model does nothing.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use tenure_gc::{
    Budget, Gc, GcArray, Heap, HeapFull, Kind, Lock, Mutation, Options, Progress, Root, Trace,
    field,
};

const ROOTS: usize = 8;

/// A value whose drop is counted.
pub(crate) struct Tracked(pub(crate) Rc<Cell<usize>>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

type Slot<'gc> = Lock<Option<Gc<'gc, Thing<'gc>>>>;

/// A node with two slots, elements, and a value that is dropped.
#[derive(Trace)]
pub(crate) struct Thing<'gc> {
    number: u64,
    left: Slot<'gc>,
    right: Slot<'gc>,
    many: Option<GcArray<'gc, Slot<'gc>>>,
    #[trace(static)]
    tracked: Option<Tracked>,
}

type Roots<'gc> = [Option<Gc<'gc, Thing<'gc>>>; ROOTS];
type Machines = Root!['gc => Roots<'gc>];

/// What is done, and to what: drawn from a number.
#[derive(Clone, Copy, Debug)]
enum Op {
    New {
        slot: usize,
        left: usize,
        right: usize,
        len: usize,
        tracked: bool,
    },
    Link {
        from: usize,
        side: bool,
        to: usize,
    },
    Unlink {
        from: usize,
        side: bool,
    },
    Element {
        from: usize,
        index: usize,
        to: usize,
    },
    Descend {
        from: usize,
        side: bool,
        to: usize,
    },
    Take {
        from: usize,
        index: usize,
        to: usize,
    },
    Clear {
        slot: usize,
    },
    Garbage {
        count: usize,
    },
    Collect(Kind),
    Step {
        bytes: usize,
    },
    Poll,
}

impl Op {
    fn of(word: u64) -> Self {
        let field = |shift: u32| (word >> shift) as usize % ROOTS;
        let (a, b, c) = (field(8), field(16), field(24));
        let side = word >> 32 & 1 == 0;
        let index = (word >> 33) as usize % 7000;
        match word % 32 {
            0..8 => {
                let len = match word >> 50 & 31 {
                    0 => 6000,
                    1..6 => index % 300,
                    _ => 0,
                };
                Self::New {
                    slot: a,
                    left: b,
                    right: c,
                    len,
                    tracked: word >> 60 & 3 == 0,
                }
            }
            8..14 => Self::Link {
                from: a,
                side,
                to: b,
            },
            14 => Self::Unlink { from: a, side },
            15..18 => Self::Element {
                from: a,
                index,
                to: b,
            },
            18..22 => Self::Descend {
                from: a,
                side,
                to: b,
            },
            22..24 => Self::Take {
                from: a,
                index,
                to: b,
            },
            24 => Self::Clear { slot: a },
            25 => Self::Garbage { count: index % 500 },
            26 => Self::Collect(
                [Kind::Minor, Kind::MarkStart, Kind::MarkEnd, Kind::Minor]
                    [(word >> 40) as usize & 3],
            ),
            27 if word >> 40 & 7 == 0 => Self::Collect(Kind::Full),
            27 if word >> 40 & 7 == 1 => Self::Collect(Kind::Compact),
            27 | 28 => Self::Step { bytes: index },
            _ => Self::Poll,
        }
    }
}

#[derive(Default)]
struct Model {
    things: HashMap<u64, Modelled>,
    roots: [Option<u64>; ROOTS],
}

#[derive(Default)]
struct Modelled {
    sides: [Option<u64>; 2],
    many: Vec<Option<u64>>,
    tracked: bool,
}

/// A heap and its model.
pub(crate) struct Machine {
    heap: Heap<Machines>,
    model: Model,
    next: u64,
    made: usize,
    dropped: Rc<Cell<usize>>,
    /// Allocations and collections for which there was no room.
    refused: usize,
}

fn make<'gc>(
    mc: &'gc Mutation<'gc>,
    number: u64,
    sides: [Option<Gc<'gc, Thing<'gc>>>; 2],
    len: usize,
    tracked: Option<Tracked>,
) -> Result<Gc<'gc, Thing<'gc>>, HeapFull> {
    let many = (len > 0).then(|| mc.try_array(len, |_| Lock::new(None)));
    mc.try_alloc(Thing {
        number,
        left: Lock::new(sides[0]),
        right: Lock::new(sides[1]),
        many: many.transpose()?,
        tracked,
    })
}

impl Machine {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            heap: Heap::with_options(options, |_| [None; ROOTS]).unwrap(),
            model: Model::default(),
            next: 0,
            made: 0,
            dropped: Rc::new(Cell::new(0)),
            refused: 0,
        }
    }

    /// How often the heap has refused.
    pub(crate) fn refused(&self) -> usize {
        self.refused
    }

    /// Does what the words say; compares after every `every` of them.
    pub(crate) fn run(&mut self, words: impl IntoIterator<Item = u64>, every: usize) {
        for (at, word) in words.into_iter().enumerate() {
            self.act(Op::of(word));
            if at % every == every - 1 {
                self.compare();
            }
        }
        self.finish();
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Collect(kind) => drop(self.collect(kind)),
            Op::Step { bytes } => drop::<Progress>(self.heap.step(Budget::Bytes(bytes))),
            Op::Poll => drop(self.heap.poll()),
            Op::Garbage { count } => {
                let done = self.heap.mutate(|mc, _| {
                    (0..count as u64)
                        .try_for_each(|number| make(mc, number, [None; 2], 0, None).map(drop))
                });
                self.refused += usize::from(done.is_err());
            }
            Op::New {
                slot,
                left,
                right,
                len,
                tracked,
            } => {
                let number = self.next;
                self.next += 1;
                self.made += usize::from(tracked);
                let value = tracked.then(|| Tracked(self.dropped.clone()));
                let made = self.heap.mutate_root(|mc, roots| {
                    let sides = [roots[left], roots[right]];
                    roots[slot] = Some(make(mc, number, sides, len, value)?);
                    Ok::<_, HeapFull>(())
                });
                if made.is_err() {
                    self.refused += 1;
                    return;
                }
                let thing = Modelled {
                    sides: [self.model.roots[left], self.model.roots[right]],
                    many: vec![None; len],
                    tracked,
                };
                self.model.things.insert(number, thing);
                self.model.roots[slot] = Some(number);
            }
            Op::Clear { slot } => {
                self.heap.mutate_root(|_, roots| roots[slot] = None);
                self.model.roots[slot] = None;
            }
            Op::Link { from, side, to } => self.link(from, side, Some(to)),
            Op::Unlink { from, side } => self.link(from, side, None),
            Op::Element { from, index, to } => self.set_element(from, index, to),
            Op::Descend { from, side, to } => self.descend(from, side, to),
            Op::Take { from, index, to } => self.take(from, index, to),
        }
    }

    /// Whether there was room for it.
    fn collect(&mut self, kind: Kind) -> bool {
        let done = self.heap.collect(kind).is_ok();
        self.refused += usize::from(!done);
        done
    }

    fn link(&mut self, from: usize, side: bool, to: Option<usize>) {
        self.heap.mutate(|mc, roots| {
            if let Some(holder) = roots[from] {
                let target = to.and_then(|to| roots[to]);
                if side {
                    field!(mc.write(holder), Thing, left).set(target);
                } else {
                    field!(mc.write(holder), Thing, right).set(target);
                }
            }
        });
        if let Some(holder) = self.model.roots[from] {
            let target = to.and_then(|to| self.model.roots[to]);
            self.model.things.get_mut(&holder).unwrap().sides[usize::from(!side)] = target;
        }
    }

    fn set_element(&mut self, from: usize, index: usize, to: usize) {
        self.heap.mutate(|mc, roots| {
            if let Some(array) = roots[from].and_then(|holder| holder.many) {
                let element = mc.write_element(array, index % array.len()).unwrap();
                element.set(roots[to]);
            }
        });
        if let Some(holder) = self.model.roots[from] {
            let target = self.model.roots[to];
            let many = &mut self.model.things.get_mut(&holder).unwrap().many;
            if !many.is_empty() {
                let index = index % many.len();
                many[index] = target;
            }
        }
    }

    fn descend(&mut self, from: usize, side: bool, to: usize) {
        self.heap.mutate_root(|_, roots| {
            if let Some(holder) = roots[from] {
                roots[to] = if side {
                    holder.left.get()
                } else {
                    holder.right.get()
                };
            }
        });
        if let Some(holder) = self.model.roots[from] {
            self.model.roots[to] = self.model.things[&holder].sides[usize::from(!side)];
        }
    }

    fn take(&mut self, from: usize, index: usize, to: usize) {
        self.heap.mutate_root(|_, roots| {
            if let Some(array) = roots[from].and_then(|holder| holder.many) {
                roots[to] = array[index % array.len()].get();
            }
        });
        if let Some(holder) = self.model.roots[from] {
            let many = &self.model.things[&holder].many;
            if !many.is_empty() {
                self.model.roots[to] = many[index % many.len()];
            }
        }
    }

    /// Walks both graphs side by side; forgets what the model does not reach.
    pub(crate) fn compare(&mut self) {
        let model = &mut self.model;
        let seen = self.heap.mutate(|_, roots| {
            let mut seen: HashSet<u64> = HashSet::new();
            let mut todo: Vec<(Option<Gc<'_, Thing<'_>>>, Option<u64>)> =
                roots.iter().copied().zip(model.roots).collect();
            while let Some((thing, number)) = todo.pop() {
                assert_eq!(thing.map(|thing| thing.number), number);
                let (Some(thing), Some(number)) = (thing, number) else {
                    continue;
                };
                if !seen.insert(number) {
                    continue;
                }
                let modelled = &model.things[&number];
                assert_eq!(thing.tracked.is_some(), modelled.tracked);
                todo.push((thing.left.get(), modelled.sides[0]));
                todo.push((thing.right.get(), modelled.sides[1]));
                let elements = thing.many.map_or(&[][..], |array| array.as_slice());
                assert_eq!(elements.len(), modelled.many.len());
                let pairs = elements.iter().zip(&modelled.many);
                todo.extend(pairs.map(|(slot, &number)| (slot.get(), number)));
            }
            seen
        });
        model.things.retain(|number, _| seen.contains(number));
    }

    /// Compares; and what is dropped is what is not reached. Where there is no room to collect in,
    /// roots are let go until there is.
    fn finish(&mut self) {
        self.compare();
        self.heap.verify().unwrap();
        for slot in 0..ROOTS {
            if self.collect(Kind::Full) {
                break;
            }
            self.act(Op::Clear { slot });
            self.compare();
        }
        self.heap.collect(Kind::Full).unwrap();
        self.heap.verify().unwrap();
        let living = self
            .model
            .things
            .values()
            .filter(|thing| thing.tracked)
            .count();
        assert_eq!(self.dropped.get(), self.made - living);
        self.compare();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let dropped = self.dropped.clone();
        let made = self.made;
        self.heap = Heap::with_options(self.heap_options(), |_| [None; ROOTS]).unwrap();
        assert_eq!(
            dropped.get(),
            made,
            "all values are dropped with their heap"
        );
    }
}

impl Machine {
    fn heap_options(&self) -> Options {
        Options {
            eden_bytes: 4096,
            survivor_bytes: 4096,
            ..Options::default()
        }
    }
}

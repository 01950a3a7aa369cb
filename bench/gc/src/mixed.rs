//! A heap of objects of mixed sizes whose live bytes are known, under steady churn.
//!
//! The root is an array of slots; each leads to an object of 16 to 128 bytes, which is itself an
//! array of slots, empty ones, so that a mark looks through all of it. A turn replaces 64 objects
//! drawn at random, and makes three beside each that die at once. The program counts for itself
//! what lives, and a full collection has to find the same. Where the processor's share is measured
//! the program works as well: it looks at objects drawn at random between two turns.

use std::time::{Duration, Instant};

use tenure_gc::{Cycle, GcArray, Heap, Kind, Lock, Mutation, Options, Pacing, Root, Trace, field};

use crate::drawn::Drawn;
use crate::resident;

/// Objects have as many slots at the most.
const SLOTS_MAX: usize = 13;
/// Objects that a turn replaces.
const TURN: u64 = 64;
/// No phase takes longer.
const SPAN_MAX: Duration = Duration::from_secs(60);

/// What may lead to an object.
#[derive(Trace)]
struct Slot<'gc>(Lock<Option<Slots<'gc>>>);

type Slots<'gc> = GcArray<'gc, Slot<'gc>>;

/// Such a heap.
pub(crate) struct Mixed {
    heap: Heap<Root![Slots<'_>]>,
    drawn: Drawn,
    /// Objects, and their bytes with the array that leads to them.
    len: usize,
    live_bytes: usize,
    /// Objects that the program looks at between two turns.
    looks: usize,
    /// What the process had in memory before there was a heap.
    resident_before_bytes: usize,
}

/// What a steady phase was.
pub(crate) struct Steady {
    /// Bytes that lived, at its end.
    pub(crate) live_bytes: usize,
    /// The most bytes of objects in the heap, dead ones and young ones included.
    pub(crate) peak_bytes: usize,
    /// The most bytes in memory, without those that the process had before.
    pub(crate) resident_bytes: usize,
    /// Collections of the old generation that ended in it.
    pub(crate) marks: u64,
    /// Of the time, what pauses took.
    pub(crate) cpu_percent: f64,
    /// Objects replaced in a second.
    pub(crate) replaced_per_s: f64,
}

impl Mixed {
    /// A heap in which about `live_mib` MiB live, just collected.
    pub(crate) fn new(live_mib: usize, pacing: Pacing) -> Self {
        let resident_before_bytes = resident::bytes();
        let mean = (0..=SLOTS_MAX).map(bytes_of).sum::<usize>() / (SLOTS_MAX + 1);
        let len = ((live_mib << 20) / (mean + 8)).max(1);
        let options = Options {
            pacing,
            ..Options::default()
        };
        let heap = Heap::with_options(options, |mc| slots(mc, len)).expect("there is room");
        let mut mixed = Self {
            heap,
            drawn: Drawn::new(),
            len,
            live_bytes: bytes_of(len),
            looks: 0,
            resident_before_bytes,
        };
        for begin in (0..len).step_by(TURN as usize) {
            mixed.replace(begin..len.min(begin + TURN as usize));
            mixed.heap.poll();
        }
        mixed.check();
        mixed
    }

    /// A program that looks at so many objects between two turns.
    pub(crate) fn looking(mut self, looks: usize) -> Self {
        self.looks = looks;
        self
    }

    /// A full collection finds what the program has counted, but for the rest of a page.
    fn check(&mut self) {
        let cycle = self.heap.collect(Kind::Full).expect("there is room");
        let found = after(cycle);
        let counted = self.live_bytes..=self.live_bytes + (4 << 10);
        assert!(
            counted.contains(&found),
            "{found} bytes live, {counted:?} were counted"
        );
    }

    /// Collections of the old generation that have ended, those of the fill included.
    pub(crate) fn marks(&self) -> u64 {
        self.heap.stats().fulls
    }

    /// Puts new objects where the indices say.
    fn replace(&mut self, indices: impl Iterator<Item = usize>) {
        let Self { heap, drawn, .. } = self;
        let (gone, made) = heap.mutate(|mc, root| {
            let (mut gone, mut made) = (0, 0);
            for index in indices {
                let slot = mc.write_element(*root, index).expect("an index of a slot");
                let new = slots(mc, drawn.below(SLOTS_MAX + 1));
                made += bytes_of(new.len());
                gone += slot.0.get().map_or(0, |old| bytes_of(old.len()));
                field!(slot, Slot, 0).set(Some(new));
            }
            (gone, made)
        });
        self.live_bytes = self.live_bytes + made - gone;
    }

    /// Replaces objects, with three times as many that die at once, until `is_over`, which is
    /// asked with the marks that have ended and the time since the beginning.
    ///
    /// # Panics
    /// After a minute.
    pub(crate) fn steady(&mut self, is_over: impl Fn(u64, Duration) -> bool) -> Steady {
        resident::reset_peak();
        let begin = Instant::now();
        let (marks_before, pause_ns) = (self.marks(), self.heap.stats().pause_ns);
        let (mut replaced, mut peak_bytes) = (0, 0);
        loop {
            self.turn();
            replaced += TURN;
            // Eden only grows until the pause that empties it, and nothing else shrinks but at
            // the end of a mark, which is such a pause: it has seen the most, before or behind it.
            if let Some(cycle) = self.heap.poll() {
                peak_bytes = peak_bytes.max(before(cycle)).max(after(cycle));
            }
            let marks = self.marks() - marks_before;
            let span = begin.elapsed();
            assert!(span < SPAN_MAX, "{marks} marks have ended in a minute");
            if is_over(marks, span) {
                let seconds = span.as_secs_f64();
                let pauses = self.heap.stats().pause_ns - pause_ns;
                let steady = Steady {
                    live_bytes: self.live_bytes,
                    peak_bytes,
                    resident_bytes: resident::peak_bytes() - self.resident_before_bytes,
                    marks,
                    cpu_percent: 100.0 * pauses as f64 / 1e9 / seconds,
                    replaced_per_s: replaced as f64 / seconds,
                };
                self.check();
                return steady;
            }
        }
    }

    fn turn(&mut self) {
        let len = self.len;
        let mut at = [0; TURN as usize];
        at.fill_with(|| self.drawn.below(len));
        self.replace(at.into_iter());
        let drawn = &mut self.drawn;
        self.heap.mutate(|mc, _| {
            for _ in 0..3 * TURN {
                std::hint::black_box(slots(mc, drawn.below(SLOTS_MAX + 1)));
            }
        });
        let looks = self.looks;
        self.heap.mutate(|_, root| {
            for _ in 0..looks {
                std::hint::black_box(root[drawn.below(len)].0.get().map(|slots| slots.len()));
            }
        });
    }
}

/// An object of so many empty slots.
fn slots<'gc>(mc: &'gc Mutation<'gc>, len: usize) -> Slots<'gc> {
    mc.array(len, |_| Slot(Lock::new(None)))
}

/// Its bytes: the word, the length, the slots, and a byte for each 64 of these.
const fn bytes_of(len: usize) -> usize {
    (8 + 8 + 8 * len + (8 * len).div_ceil(64)).next_multiple_of(8)
}

/// Bytes of objects before a pause that empties Eden.
const fn before(cycle: &Cycle) -> usize {
    cycle.young_bytes.0 + cycle.old_bytes.0 + cycle.large_bytes.0
}

/// Bytes of objects behind it.
const fn after(cycle: &Cycle) -> usize {
    cycle.young_bytes.1 + cycle.old_bytes.1 + cycle.large_bytes.1
}

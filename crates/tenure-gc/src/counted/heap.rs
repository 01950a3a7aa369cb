//! [`CountedHeap`]: where counted objects come from, and where their cycles end.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::ptr::{self, NonNull};

use tenure_os::clock;

use super::cc::{Cc, Countable};
use super::header::{ACYCLIC, DYING, Descriptor, Header, Kind};
use super::list::{GENERATIONS, List};
use super::reap;
use super::trial::{Reach, Trial};
use super::weak::{self, WeakCc, WeakCell};

/// Candidates before the first collection that comes by itself.
const CANDIDATES_MIN: usize = 1000;
/// A collection comes when there is one candidate for so many objects; and the old generation is
/// collected when what is younger is a part of it of this size.
const LIVE_SHARE: usize = 4;

/// How cycles are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycles {
    /// Trial deletion after Bacon and Rajan: an object is a candidate when it loses a handle that
    /// was not its last. What the candidates reach is looked at when they are more than a thousand
    /// and more than a quarter of all objects. Costs nothing until then.
    Trial,
    /// CPython's way: all objects that may hold handles are listed, in three generations. A
    /// generation is collected with the younger ones.
    Subtraction {
        /// The young one is collected when it has more objects than this, 700 in CPython; the
        /// middle one after so many collections of the young one, 10; the old one after so many of
        /// the middle one, 10, and when what came to it is more than a quarter of it.
        thresholds: [usize; GENERATIONS],
    },
}

impl Cycles {
    /// CPython's way with its thresholds: 700, 10, 10.
    pub const CPYTHON: Self = Self::Subtraction {
        thresholds: [700, 10, 10],
    };
}

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Objects that were looked at.
    pub examined: usize,
    /// Objects in cycles that nobody reached: they are gone.
    pub objects: usize,
}

/// What a heap holds, and what its collections did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedStats {
    /// Objects that are there.
    pub objects: usize,
    /// Bytes of their blocks, as asked of the global allocator.
    pub bytes: usize,
    /// Objects in the list: candidates, or all that may hold handles.
    pub listed: usize,
    /// Collections.
    pub collections: u64,
    /// Collections that found something.
    pub fruitful: u64,
    /// Objects that collections looked at.
    pub examined: u64,
    /// Objects that were freed in cycles.
    pub freed_in_cycles: u64,
    /// Time that collections took, drops included, in nanoseconds.
    pub pause_ns_total: u64,
    /// The longest, in nanoseconds.
    pub pause_ns_max: u64,
}

/// What the objects of a heap lead to.
pub(super) struct Inner {
    /// Drops inside each other.
    pub(super) depth: Cell<u32>,
    /// Objects in the list, and how many there may be before a collection comes by itself.
    listed: Cell<usize>,
    limit: Cell<usize>,
    /// The type that was asked for last.
    recent: Cell<Option<NonNull<Kind>>>,
    pub(super) open: Cell<bool>,
    pub(super) collecting: Cell<bool>,
    automatic: Cell<bool>,
    cycles: Cycles,
    list: RefCell<List>,
    /// Values that wait to be dropped.
    pub(super) queue: RefCell<Vec<NonNull<Header>>>,
    /// Cells of weak handles, by the address of the header.
    pub(super) weak: RefCell<BTreeMap<usize, NonNull<WeakCell>>>,
    /// Types, by the address of their descriptor.
    kinds: RefCell<BTreeMap<usize, NonNull<Kind>>>,
    /// Collections of each generation since the next older one was collected.
    rounds: Cell<[usize; GENERATIONS]>,
    stats: Cell<CountedStats>,
}

/// A heap of counted objects, for one thread.
///
/// A value of its own: a program may have several, with several ways to find cycles, and what one
/// does does not delay the others. When it is dropped, cycles that nobody reaches are freed; what
/// handles still lead to lives on, but its cycles are not looked for any more.
///
/// Collections come by themselves only in [`CountedHeap::cc`] and [`CountedHeap::cyclic`]; the
/// `Drop`s of what they free run there. [`CountedHeap::set_automatic`] says otherwise.
pub struct CountedHeap {
    inner: NonNull<Inner>,
}

impl Default for CountedHeap {
    fn default() -> Self {
        Self::new()
    }
}

impl CountedHeap {
    /// A heap that finds cycles by trial deletion.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Cycles::Trial)
    }

    /// A heap that finds cycles in a way of choice.
    #[must_use]
    pub fn with(cycles: Cycles) -> Self {
        let inner = Box::new(Inner {
            depth: Cell::new(0),
            listed: Cell::new(0),
            limit: Cell::new(0),
            recent: Cell::new(None),
            open: Cell::new(true),
            collecting: Cell::new(false),
            automatic: Cell::new(true),
            cycles,
            list: RefCell::default(),
            queue: RefCell::default(),
            weak: RefCell::default(),
            kinds: RefCell::default(),
            rounds: Cell::default(),
            stats: Cell::default(),
        });
        inner.set_limit();
        Self {
            inner: NonNull::from(Box::leak(inner)),
        }
    }

    /// The heap itself.
    fn inner(&self) -> &Inner {
        // SAFETY: it is open, so nobody ends it.
        unsafe { self.inner.as_ref() }
    }

    /// A handle to a new object with this value. Costs one block of the global allocator.
    ///
    /// May collect first: then `Drop`s of other objects run.
    #[inline]
    pub fn cc<T: Countable>(&self, value: T) -> Cc<T> {
        let inner = self.inner();
        if inner.listed.get() >= inner.limit.get() {
            inner.collect_by_itself(self.inner);
        }
        Inner::make(self.inner, value)
    }

    /// A handle to a new object whose value holds weak handles to the object itself.
    ///
    /// Until `make` returns, the weak handle that it gets leads to nothing.
    pub fn cyclic<T: Countable>(&self, make: impl FnOnce(&WeakCc<T>) -> T) -> Cc<T> {
        let inner = self.inner();
        if inner.listed.get() >= inner.limit.get() {
            inner.collect_by_itself(self.inner);
        }
        let unborn = Unborn {
            at: Inner::allocate::<T>(self.inner, 0, DYING),
        };
        let place = Header::value_of(unborn.at).cast::<T>();
        let own = WeakCc::of(weak::cell(unborn.at), place);
        let value = make(&own);
        let at = unborn.at;
        core::mem::forget(unborn);
        // SAFETY: the block is ours until there is a handle.
        let header = unsafe { at.as_ref() };
        header.strong.set(1);
        header.clear(DYING);
        Inner::bear(self.inner, at, value)
    }

    /// Finds all cycles that nobody reaches, and frees them.
    ///
    /// Within a collection, as from a `Drop`, it does nothing.
    pub fn collect(&self) -> Collected {
        self.collect_generation(GENERATIONS - 1)
    }

    /// Collects a generation and the younger ones: 0, 1, or 2, which is all. With [`Cycles::Trial`]
    /// there is one.
    pub fn collect_generation(&self, generation: usize) -> Collected {
        let generation = generation.min(GENERATIONS - 1);
        self.inner().collect(self.inner, usize::MAX, generation)
    }

    /// Looks at what at most `roots` of the candidates reach: a part of [`CountedHeap::collect`],
    /// with a pause that is the shorter the less they reach. With [`Cycles::Subtraction`] it
    /// collects the young generation.
    pub fn step(&self, roots: usize) -> Collected {
        self.inner().collect(self.inner, roots, 0)
    }

    /// Whether collections come by themselves. They do at first.
    pub fn set_automatic(&self, automatic: bool) {
        self.inner().automatic.set(automatic);
        self.inner().set_limit();
    }

    /// What the heap holds and did.
    #[must_use]
    pub fn stats(&self) -> CountedStats {
        let inner = self.inner();
        CountedStats {
            objects: inner.objects(),
            bytes: inner.bytes(),
            listed: inner.listed.get(),
            ..inner.stats.get()
        }
    }

    /// Panics if an invariant of the list does not hold; for tests.
    #[doc(hidden)]
    pub fn check(&self) {
        let inner = self.inner();
        let list = inner.list.borrow();
        list.check();
        assert_eq!(list.len(), inner.listed.get(), "listed");
        assert!(list.len() <= inner.objects(), "more listed than there are");
    }
}

impl fmt::Debug for CountedHeap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("CountedHeap");
        told.field("cycles", &self.inner().cycles);
        told.field("stats", &self.stats()).finish()
    }
}

impl Drop for CountedHeap {
    fn drop(&mut self) {
        let closing = Closing(self.inner);
        self.collect();
        drop(closing);
    }
}

/// Closes a heap at the end of the scope, come what may.
struct Closing(NonNull<Inner>);

impl Drop for Closing {
    fn drop(&mut self) {
        // SAFETY: it is still open.
        unsafe { self.0.as_ref() }.open.set(false);
        // SAFETY: its one owner is gone, and nobody here looks at it any more.
        unsafe { Inner::end(self.0) };
    }
}

/// An object whose value is being made: freed at the end of the scope, if that fails.
struct Unborn {
    at: NonNull<Header>,
}

impl Drop for Unborn {
    fn drop(&mut self) {
        weak::forsake(self.at);
        // SAFETY: there is no value yet, and there are no handles.
        unsafe { Header::free(self.at) };
    }
}

/// A collection under way.
struct Collecting(NonNull<Inner>);

impl Drop for Collecting {
    fn drop(&mut self) {
        // SAFETY: collections run while the heap is open.
        let inner = unsafe { self.0.as_ref() };
        inner.collecting.set(false);
        inner.sync();
    }
}

/// A handle to a new object of the heap of `like`.
pub(super) fn again<T: Countable>(like: &Cc<T>, value: T) -> Cc<T> {
    Inner::make(like.header().kind().heap, value)
}

/// An object has lost a handle that was not its last: it may be in a cycle that nobody reaches.
#[cold]
#[inline(never)]
pub(super) fn suspect(at: NonNull<Header>) {
    // SAFETY: the handles that are left keep it.
    let header = unsafe { at.as_ref() };
    // SAFETY: a heap lives as long as its objects.
    let inner = unsafe { header.kind().heap.as_ref() };
    if inner.cycles == Cycles::Trial {
        inner.enlist(at);
    }
}

impl Inner {
    /// A handle to a new object.
    #[inline]
    fn make<T: Countable>(heap: NonNull<Self>, value: T) -> Cc<T> {
        Self::bear(heap, Self::allocate::<T>(heap, 1, 0), value)
    }

    /// A block for a value of a type.
    #[inline(always)]
    fn allocate<T: Countable>(heap: NonNull<Self>, strong: u32, flags: u32) -> NonNull<Header> {
        // SAFETY: the caller's heap is there.
        let inner = unsafe { heap.as_ref() };
        let descriptor = Kind::descriptor::<T>();
        let kind = match inner.recent.get() {
            // SAFETY: kinds live as long as the heap.
            Some(kind) if ptr::eq(unsafe { kind.as_ref() }.descriptor, descriptor) => kind,
            _ => inner.kind::<T>(heap, descriptor),
        };
        // SAFETY: kinds live as long as the heap, and it as long as its objects.
        unsafe { Header::allocate(kind, descriptor, strong, flags) }
    }

    /// Objects that are there, added up over the types.
    pub(super) fn objects(&self) -> usize {
        self.sum(|_| 1)
    }

    /// Bytes of their blocks.
    fn bytes(&self) -> usize {
        self.sum(|kind| kind.descriptor.block.layout.size())
    }

    /// Adds up over the objects what one of a type counts.
    fn sum(&self, each: impl Fn(&Kind) -> usize) -> usize {
        let kinds = self.kinds.borrow();
        let counted = kinds.values().map(|kind| {
            // SAFETY: kinds live as long as the heap.
            let kind = unsafe { kind.as_ref() };
            kind.objects.get() * each(kind)
        });
        counted.sum()
    }

    /// The kind of a type, made if it is new.
    #[cold]
    #[inline(never)]
    fn kind<T: Countable>(
        &self,
        heap: NonNull<Self>,
        descriptor: &'static Descriptor,
    ) -> NonNull<Kind> {
        let mut kinds = self.kinds.borrow_mut();
        let kind = *kinds
            .entry(ptr::from_ref(descriptor).addr())
            .or_insert_with(|| NonNull::from(Box::leak(Box::new(Kind::new::<T>(heap)))));
        self.recent.set(Some(kind));
        kind
    }

    /// Puts the value into its block; the handle is its first.
    #[inline(always)]
    fn bear<T: Countable>(heap: NonNull<Self>, at: NonNull<Header>, value: T) -> Cc<T> {
        let place = Header::value_of(at).cast::<T>();
        // SAFETY: the block was made for a `T`, and holds none yet.
        unsafe { place.write(value) };
        // SAFETY: the block has just been made.
        let header = unsafe { at.as_ref() };
        // SAFETY: the caller's heap is there.
        let inner = unsafe { heap.as_ref() };
        if inner.cycles != Cycles::Trial && !header.has(ACYCLIC) {
            inner.enlist(at);
        }
        Cc::adopt(place)
    }

    /// Puts an object into the list.
    #[inline(never)]
    fn enlist(&self, at: NonNull<Header>) {
        let mut list = self.list.borrow_mut();
        list.push(at);
        self.listed.set(list.len());
    }

    /// Takes an object out of the list.
    pub(super) fn unlist(&self, header: &Header) {
        let mut list = self.list.borrow_mut();
        list.remove(header);
        self.listed.set(list.len());
    }

    /// Says anew how long the list is, and how long it may be.
    fn sync(&self) {
        self.listed.set(self.list.borrow().len());
        self.set_limit();
    }

    /// How long the list may be before a collection comes by itself.
    fn set_limit(&self) {
        let limit = match self.cycles {
            _ if !self.automatic.get() => usize::MAX,
            Cycles::Trial => CANDIDATES_MIN.max(self.objects() / LIVE_SHARE),
            Cycles::Subtraction { thresholds } => {
                let young = thresholds[0].saturating_add(1);
                self.list.borrow().start(0).saturating_add(young)
            }
        };
        self.limit.set(limit);
    }

    /// The list has become long.
    #[cold]
    #[inline(never)]
    fn collect_by_itself(&self, heap: NonNull<Self>) {
        // The limit follows the number of objects only from time to time: here.
        self.sync();
        if self.listed.get() < self.limit.get() || self.collecting.get() {
            return;
        }
        let mut generation = 0;
        if let Cycles::Subtraction { thresholds } = self.cycles {
            let rounds = self.rounds.get();
            if rounds[0] >= thresholds[1] {
                generation = 1;
                let list = self.list.borrow();
                let old = list.start(1);
                if rounds[1] >= thresholds[2] && list.len() - old > old / LIVE_SHARE {
                    generation = 2;
                }
            }
        }
        self.collect(heap, usize::MAX, generation);
    }

    /// Collects: `roots` candidates, or a generation.
    fn collect(&self, heap: NonNull<Self>, roots: usize, generation: usize) -> Collected {
        if self.collecting.replace(true) {
            return Collected::default();
        }
        let collecting = Collecting(heap);
        let begun = clock::monotonic_ns();
        let mut list = self.list.borrow_mut();
        let (start, reach) = match self.cycles {
            Cycles::Trial => (list.len().saturating_sub(roots), Reach::Grow),
            Cycles::Subtraction { .. } => (list.start(generation), Reach::Stay),
        };
        let mut objects = list.take(start);
        drop(list);
        objects.iter().for_each(|at| {
            // SAFETY: listed objects are there.
            unsafe { at.as_ref() }.clear(super::header::LISTED);
        });
        let trial = Trial::of(heap, &objects, reach);
        objects.clear();
        let verdict = trial.judge(|header| self.list.borrow_mut().remove(header));
        if reach == Reach::Stay {
            let mut list = self.list.borrow_mut();
            verdict.live.iter().for_each(|at| list.push(*at));
            list.age((generation + 1).min(GENERATIONS - 1));
            self.count_round(generation);
        }
        self.sync();
        let collected = Collected {
            examined: verdict.live.len() + verdict.lost.len(),
            objects: verdict.lost.len(),
        };
        let pause = Pause {
            inner: self,
            begun,
            collected,
        };
        if !verdict.lost.is_empty() {
            // SAFETY: the trial found all handles to them in them, and has taken its flags back.
            unsafe { reap::cycle(heap, verdict.lost) };
        }
        drop(pause);
        drop(collecting);
        collected
    }

    /// A generation has been collected.
    fn count_round(&self, generation: usize) {
        let mut rounds = self.rounds.get();
        rounds[..generation].fill(0);
        rounds[generation] += 1;
        self.rounds.set(rounds);
    }
}

/// A collection whose books are made at the end of the scope, come what may.
struct Pause<'a> {
    inner: &'a Inner,
    begun: u64,
    collected: Collected,
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let pause_ns = clock::monotonic_ns().saturating_sub(self.begun);
        let mut stats = self.inner.stats.get();
        stats.collections += 1;
        stats.fruitful += u64::from(self.collected.objects > 0);
        stats.examined += self.collected.examined as u64;
        stats.freed_in_cycles += self.collected.objects as u64;
        stats.pause_ns_total += pause_ns;
        stats.pause_ns_max = stats.pause_ns_max.max(pause_ns);
        self.inner.stats.set(stats);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for kind in self.kinds.get_mut().values() {
            // SAFETY: it came from a box, and no object is left that leads to it.
            drop(unsafe { Box::from_raw(kind.as_ptr()) });
        }
    }
}

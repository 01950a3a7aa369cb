//! Counting what a heap does, in memory that somebody else owns.
//!
//! Off by default, and then nothing of it is executed. A recorder turns it on before the first
//! block exists ([`count_into`]): every heap then gets a [`HeapCounters`] from it and adds to that
//! alone, with plain stores (single writer), so that a reader in another process sees whole words.

use crate::size_class::{self, CLASSES as EXACT_CLASSES, HUGE_CLASSES};
use crate::watch::{Notebook, Tag, Watched, Watcher, watcher};
use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Classes that are counted: the exact ones and, from [`FIRST_HUGE`] on, powers of two.
pub const CLASSES: usize = EXACT_CLASSES + HUGE_CLASSES;

/// The first class that is a power of two rather than a block size.
pub const FIRST_HUGE: usize = EXACT_CLASSES;

/// A thread tells the recorder when its live bytes have moved this far since it last did.
pub const PUBLISH_BYTES: i64 = 64 << 10;

/// Usable bytes of a block of `class`; for a class from [`FIRST_HUGE`] on, the most it can have.
#[must_use]
pub const fn class_usable_bytes(class: usize) -> u64 {
    size_class::usable_bytes_max(class)
}

/// The class that blocks of `usable_bytes` are counted in.
///
/// ```
/// use tenure_heap::counters::{FIRST_HUGE, class_of, class_usable_bytes};
/// assert_eq!(class_usable_bytes(class_of(64)), 64);
/// assert_eq!(class_of(600 << 10), FIRST_HUGE);
/// ```
#[must_use]
pub const fn class_of(usable_bytes: usize) -> usize {
    if usable_bytes <= size_class::LARGEST_BYTES {
        size_class::of(usable_bytes)
    } else {
        size_class::huge_class(usable_bytes)
    }
}

/// What happened in one class, since the start.
#[repr(C)]
pub struct ClassCounters {
    /// Blocks handed out. A `realloc` that stays in place is none.
    pub allocations: AtomicU64,
    /// Blocks given back.
    pub frees: AtomicU64,
    /// Bytes asked for, growth in place included.
    pub requested_bytes: AtomicU64,
    /// Bytes asked for of blocks given back, and shrinkage in place.
    pub requested_freed_bytes: AtomicU64,
}

/// What one heap has done. The heap's thread alone writes.
#[repr(C, align(64))]
pub struct HeapCounters {
    /// 0 never used, 1 a thread works with the heap, 2 its thread has ended.
    pub state: AtomicU64,
    /// Live requested bytes that the recorder has not been told of.
    pub live_delta_bytes: AtomicI64,
    /// The highest `live_delta_bytes` since it was last told.
    pub live_delta_max_bytes: AtomicI64,
    /// Usable bytes of blocks of the power-of-two classes handed out.
    pub huge_usable_bytes: AtomicU64,
    /// The same, given back.
    pub huge_usable_freed_bytes: AtomicU64,
    /// `realloc` calls that kept the block.
    pub reallocs_in_place: AtomicU64,
    /// `realloc` calls that moved it (also counted as an allocation and a free).
    pub reallocs_moved: AtomicU64,
    /// Frees of blocks that another thread's heap owned.
    pub frees_remote: AtomicU64,
    /// By class.
    pub classes: [ClassCounters; CLASSES],
}

/// What a recorder gives the heap. Called on slow paths without heap locks, `held` excepted.
pub struct CounterSource {
    /// What a heap counts into, for good. `None`: this heap is not counted. The heap had the given
    /// notebook in the process that this one was forked from; null if in none.
    pub acquire: fn(Notebook) -> Option<Shard>,
    /// A thread's live bytes have moved by `delta` and were at most `delta_max` above where they
    /// stood: `(delta_bytes, delta_max_bytes)`.
    pub publish: fn(i64, i64),
    /// A thread has begun to use a heap.
    pub thread_started: fn(),
    /// A thread has ended.
    pub thread_finished: fn(),
    /// The bytes held now. Called under the arena lock: only atomics inside.
    pub held: fn(u64),
}

/// What one heap has from the recorder.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Zeroed counters that no other heap has.
    pub counters: NonNull<HeapCounters>,
    /// Passed to the [`crate::watch::Watcher`]; null where nothing is watched.
    pub notebook: Notebook,
}

/// What is kept of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// Nothing.
    Off = 0,
    /// How many there are.
    Counted = 1,
    /// That, and a tag of each.
    Every = 2,
    /// A tag of some.
    Sampled = 3,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Off as u8);
static SOURCE: AtomicPtr<CounterSource> = AtomicPtr::new(core::ptr::null_mut());
/// Rises with each fork child: counters taken before belong to the parent's record.
static EPOCH: AtomicU32 = AtomicU32::new(0);

/// Turns counting on for this process. Call before the first block is allocated; later it has an
/// effect only on heaps that are made later.
pub fn count_into(source: &'static CounterSource) {
    turn_on(source, Mode::Counted);
}

pub(crate) fn turn_on(source: &'static CounterSource, mode: Mode) {
    SOURCE.store(core::ptr::from_ref(source).cast_mut(), Ordering::Release);
    MODE.store(mode as u8, Ordering::Release);
}

fn mode_is(mode: Mode) -> bool {
    MODE.load(Ordering::Relaxed) == mode as u8
}

/// Whether each block is counted.
pub(crate) fn is_on() -> bool {
    mode_is(Mode::Counted) || mode_is(Mode::Every)
}

/// Whether some blocks are watched and the others neither counted nor watched.
pub(crate) fn is_sampling() -> bool {
    mode_is(Mode::Sampled)
}

/// Whether blocks have tags.
pub(crate) fn is_watching() -> bool {
    mode_is(Mode::Every) || mode_is(Mode::Sampled)
}

/// Whether anything is told to a recorder.
pub(crate) fn is_recording() -> bool {
    !mode_is(Mode::Off)
}

fn source() -> Option<&'static CounterSource> {
    // SAFETY: null, or the `'static` reference that `count_into` was given.
    unsafe { SOURCE.load(Ordering::Acquire).as_ref() }
}

pub(crate) fn tell_held(bytes: usize) {
    if let Some(source) = source() {
        (source.held)(bytes as u64);
    }
}

/// In a fork child: what heaps count into now is the parent's.
pub(crate) fn forget_all() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
}

/// A heap's hold on its counters.
pub(crate) struct Counting {
    counters: Cell<Option<&'static HeapCounters>>,
    notebook: Cell<Notebook>,
    epoch: Cell<u32>,
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.store(
        counter.load(Ordering::Relaxed).wrapping_add(amount),
        Ordering::Relaxed,
    );
}

impl Counting {
    pub(crate) const fn none() -> Self {
        Self {
            counters: Cell::new(None),
            notebook: Cell::new(core::ptr::null_mut()),
            epoch: Cell::new(0),
        }
    }

    /// Takes counters for a heap that has none in this process.
    pub(crate) fn renew(&self) {
        let epoch = EPOCH.load(Ordering::Relaxed);
        if self.counters.get().is_some() && self.epoch.get() == epoch {
            return;
        }
        self.epoch.set(epoch);
        let fresh = source().and_then(|s| (s.acquire)(self.notebook.get()));
        if let Some(shard) = fresh {
            self.notebook.set(shard.notebook);
        }
        // SAFETY: the source gives counters that live as long as the process and that no other heap
        // is given.
        let counters = fresh.map(|shard| unsafe { &*shard.counters.as_ptr() });
        self.counters.set(counters);
    }

    /// This heap's notebook; null where it has none.
    pub(crate) fn notebook(&self) -> Notebook {
        self.notebook.get()
    }

    /// Calls the watcher with this heap's notebook; `None` where there is none.
    #[inline]
    fn tell<R>(&self, call: impl FnOnce(&Watcher, Notebook) -> R) -> Option<R> {
        // A heap that got no counters in a forked child has the parent's notebook at best.
        let notebook = self.counters.get().map(|_| self.notebook.get())?;
        (!notebook.is_null()).then_some(())?;
        watcher().map(|watcher| call(watcher, notebook))
    }

    /// A block is handed out: its tag.
    pub(crate) fn tag(&self, block: Watched) -> Tag {
        // SAFETY: the notebook is this heap's, and this thread works with the heap.
        self.tell(|watcher, notebook| unsafe { (watcher.allocated)(notebook, block) })
            .unwrap_or(Tag::NONE)
    }

    /// A tagged block comes back.
    pub(crate) fn untag(&self, block: Watched, tag: Tag, remote: bool) {
        if tag != Tag::NONE {
            // SAFETY: as in `tag`.
            self.tell(|watcher, notebook| unsafe { (watcher.freed)(notebook, block, tag, remote) });
        }
    }

    /// A tagged block has another size in its old place.
    pub(crate) fn retag(&self, before: Watched, after: Watched, tag: Tag) {
        if tag != Tag::NONE {
            // SAFETY: as in `tag`.
            self.tell(|watcher, notebook| unsafe {
                (watcher.resized)(notebook, before, after, tag);
            });
        }
    }

    /// How far it is to the next sample; the last gap was passed by `beyond` bytes.
    pub(crate) fn gap(&self, beyond: u64) -> u64 {
        // SAFETY: as in `tag`.
        self.tell(|watcher, notebook| unsafe { (watcher.gap)(notebook, beyond) })
            .unwrap_or(u64::MAX)
    }

    /// A thread takes the heap for as long as it lives.
    pub(crate) fn thread_started(&self) {
        if let (Some(counters), Some(source)) = (self.counters.get(), source()) {
            counters.state.store(1, Ordering::Relaxed);
            (source.thread_started)();
        }
    }

    /// That thread has ended.
    pub(crate) fn thread_finished(&self) {
        if let (Some(counters), Some(source)) = (self.counters.get(), source()) {
            counters.state.store(2, Ordering::Relaxed);
            (source.thread_finished)();
        }
    }

    pub(crate) fn allocated(&self, class: usize, requested: usize) {
        if let Some(counters) = self.counters.get() {
            let class = &counters.classes[class];
            add(&class.allocations, 1);
            add(&class.requested_bytes, requested as u64);
            self.move_live(counters, requested as i64);
        }
    }

    pub(crate) fn freed(&self, class: usize, requested: usize, remote: bool) {
        if let Some(counters) = self.counters.get() {
            let class = &counters.classes[class];
            add(&class.frees, 1);
            add(&class.requested_freed_bytes, requested as u64);
            if remote {
                add(&counters.frees_remote, 1);
            }
            self.move_live(counters, -(requested as i64));
        }
    }

    pub(crate) fn huge_allocated(&self, usable: usize) {
        if let Some(counters) = self.counters.get() {
            add(&counters.huge_usable_bytes, usable as u64);
        }
    }

    pub(crate) fn huge_freed(&self, usable: usize) {
        if let Some(counters) = self.counters.get() {
            add(&counters.huge_usable_freed_bytes, usable as u64);
        }
    }

    /// A block kept its place and is now asked to hold `after` bytes instead of `before`.
    pub(crate) fn resized(&self, class: usize, before: usize, after: usize) {
        if let Some(counters) = self.counters.get() {
            let class = &counters.classes[class];
            add(&class.requested_bytes, after.saturating_sub(before) as u64);
            add(
                &class.requested_freed_bytes,
                before.saturating_sub(after) as u64,
            );
            add(&counters.reallocs_in_place, 1);
            self.move_live(counters, after as i64 - before as i64);
        }
    }

    /// The heap goes to another thread: what it has not told is told now.
    pub(crate) fn settle(&self) {
        if let Some(counters) = self.counters.get() {
            self.publish(counters);
        }
    }

    pub(crate) fn moved(&self, from: Tag, to: Tag) {
        if let Some(counters) = self.counters.get().filter(|_| is_on()) {
            add(&counters.reallocs_moved, 1);
        }
        if to != Tag::NONE {
            // SAFETY: as in `tag`.
            self.tell(|watcher, notebook| unsafe { (watcher.moved)(notebook, from, to) });
        }
    }

    fn move_live(&self, counters: &HeapCounters, by: i64) {
        let delta = counters.live_delta_bytes.load(Ordering::Relaxed) + by;
        counters.live_delta_bytes.store(delta, Ordering::Relaxed);
        if delta > counters.live_delta_max_bytes.load(Ordering::Relaxed) {
            counters
                .live_delta_max_bytes
                .store(delta, Ordering::Relaxed);
        }
        if delta.abs() >= PUBLISH_BYTES {
            self.publish(counters);
        }
    }

    #[cold]
    fn publish(&self, counters: &HeapCounters) {
        let Some(source) = source() else { return };
        let delta = counters.live_delta_bytes.load(Ordering::Relaxed);
        let delta_max = counters.live_delta_max_bytes.load(Ordering::Relaxed);
        // Told first: a kill in between counts a little twice rather than losing it.
        (source.publish)(delta, delta_max);
        counters.live_delta_bytes.store(0, Ordering::Relaxed);
        counters.live_delta_max_bytes.store(0, Ordering::Relaxed);
    }
}

//! [`Memory`]: everything a heap consists of but its root, as the collector sees it; and [`State`],
//! which puts beside it the two words that the fast paths of a mutation read.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;

use tenure_vm::OutOfMemory;

use crate::corpses::Corpses;
use crate::handles::Handles;
use crate::large::Large;
use crate::mark::Marking;
use crate::object::{LARGE, LOGGED, Object};
use crate::old::Old;
use crate::options::{Options, RememberedSet};
use crate::pacing::Pacer;
use crate::references::References;
use crate::references::ephemerons::Ephemerons;
use crate::remembered::Remembered;
use crate::young::Young;

/// Where a heap's old generation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is under way, but that regions may wait to be swept.
    Idle,
    /// An incremental mark: new old objects are marked, writes are followed.
    Marking,
}

/// Everything a heap consists of but its root.
pub(crate) struct Memory {
    pub(crate) options: Options,
    pub(crate) young: Young,
    pub(crate) old: Old,
    pub(crate) large: Large,
    pub(crate) remembered: Remembered,
    pub(crate) marking: Marking,
    pub(crate) phase: Phase,
    pub(crate) pacer: Pacer,
    pub(crate) corpses: Corpses,
    pub(crate) references: References,
    pub(crate) ephemerons: Ephemerons,
    /// Collections survived after which objects are promoted, as of late.
    pub(crate) tenure_age: u8,
    /// Grey young objects of a collection, kept for its room.
    pub(crate) evacuating: Vec<Object>,
    /// Times that the barrier took its slow path since the last pause.
    pub(crate) barrier_slow: u64,
    /// A collection began and did not end: a `Trace` has panicked in it.
    pub(crate) broken: bool,
}

impl Memory {
    pub(crate) fn new(options: Options, handles: Rc<Handles>) -> Result<Self, OutOfMemory> {
        Ok(Self {
            young: Young::reserve(
                options.eden_bytes,
                options.overdraft_bytes,
                options.survivor_bytes,
            )?,
            old: Old::reserve(
                options.old_bytes_max,
                options.remembered_set == RememberedSet::Cards,
            )?,
            large: Large::new(),
            remembered: Remembered::new(),
            marking: Marking::new(options.mark_stack_len_max.max(1)),
            phase: Phase::Idle,
            pacer: Pacer::new(&options.pacing),
            corpses: Corpses::new(),
            references: References::of(handles, &options),
            ephemerons: Ephemerons::default(),
            tenure_age: options.tenure_age,
            evacuating: Vec::new(),
            barrier_slow: 0,
            broken: false,
            options,
        })
    }

    /// Notes that a live old object is about to be written to.
    pub(crate) fn note_write(&mut self, object: Object) {
        // SAFETY: the caller's object is live.
        let large = unsafe { object.word() }.has(LARGE);
        if !large && self.old.dirty_card(object) {
            // SAFETY: as above.
            unsafe { object.set_word(object.word().with(LOGGED)) };
        } else {
            self.remembered.note_write(object);
        }
    }

    /// Notes that a live old object may point to young ones.
    pub(crate) fn remember(&mut self, object: Object) {
        // SAFETY: the caller's object is live.
        let large = unsafe { object.word() }.has(LARGE);
        if large || !self.old.dirty_card(object) {
            self.remembered.remember(object);
        }
    }

    /// Bytes of old and large objects.
    pub(crate) fn old_bytes(&self) -> usize {
        self.old.used_bytes + self.large.held_bytes
    }
}

/// A heap without its root. A mutation is a reference to one.
#[repr(C)]
pub(crate) struct State {
    /// Where the next object in Eden goes.
    pub(crate) cursor: Cell<*mut u8>,
    /// End of what Eden may be written of.
    pub(crate) limit: Cell<*mut u8>,
    /// Where a mutation should end: Eden is nearly full.
    pub(crate) yield_at: Cell<*mut u8>,
    /// Where a poll looks closer: there, or before it when steps are due.
    pub(crate) poll_at: Cell<*mut u8>,
    /// First address of the young generation, and its bytes: for the barrier.
    pub(crate) young_start: usize,
    pub(crate) young_bytes: usize,
    /// The slots of handles.
    pub(crate) handles: Rc<Handles>,
    memory: UnsafeCell<Memory>,
}

impl State {
    pub(crate) fn new(options: Options) -> Result<Self, OutOfMemory> {
        let handles = Rc::new(Handles::default());
        let memory = Memory::new(options, Rc::clone(&handles))?;
        let state = Self {
            cursor: Cell::new(memory.young.eden_start()),
            limit: Cell::new(memory.young.eden_limit()),
            yield_at: Cell::new(core::ptr::null_mut()),
            poll_at: Cell::new(core::ptr::null_mut()),
            young_start: memory.young.start(),
            young_bytes: memory.young.len(),
            handles,
            memory: UnsafeCell::new(memory),
        };
        state.renew_limits();
        Ok(state)
    }

    /// What lies behind the fast paths.
    ///
    /// # Safety
    /// * The reference ends before anybody else asks for one: between the two calls no code of a
    ///   user runs but `Trace`, which by its contract touches no heap.
    #[expect(
        clippy::mut_from_ref,
        reason = "the one door from a mutation to its heap"
    )]
    pub(crate) unsafe fn memory(&self) -> &mut Memory {
        // SAFETY: by contract; the type is not `Sync`.
        unsafe { &mut *self.memory.get() }
    }

    /// What lies behind the fast paths, for who holds the heap alone.
    pub(crate) fn memory_mut(&mut self) -> &mut Memory {
        self.memory.get_mut()
    }

    /// Bytes that lie in Eden.
    pub(crate) fn eden_used(&mut self) -> usize {
        self.cursor.get().addr() - self.memory_mut().young.eden_start().addr()
    }

    /// Takes limits over from Eden's size.
    pub(crate) fn renew_limits(&self) {
        // SAFETY: the reference ends with this function, which calls nobody.
        let young = unsafe { &self.memory().young };
        self.limit.set(young.eden_limit());
        // A sixty-fourth is left, so that a mutation of the usual length needs no overdraft.
        let slack = young.eden_bytes() / 64;
        self.yield_at.set(young.eden_goal().wrapping_sub(slack));
        self.poll_at.set(self.yield_at.get());
    }

    /// Room in Eden for `bytes` beyond its limit.
    #[cold]
    #[inline(never)]
    pub(crate) fn overdraw(&self, bytes: usize) -> Result<(), OutOfMemory> {
        // SAFETY: the reference ends with this function, which calls nobody.
        let young = unsafe { &mut self.memory().young };
        young.overdraw(self.cursor.get(), bytes)?;
        self.limit.set(young.eden_limit());
        Ok(())
    }

    /// Lists a young object that needs a drop.
    pub(crate) fn note_drop(&self, value: NonNull<u8>) {
        // SAFETY: the reference ends with this function, which calls nobody.
        unsafe { self.memory() }
            .young
            .drops
            .push(Object::of_value(value));
    }
}

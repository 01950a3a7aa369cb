//! References that do not keep their objects: who of them is cleared, and what follows, in a pause.
//!
//! What is looked at, and in which order, is the same after an evacuation, which knows of young
//! objects, and after a mark, which knows of old ones:
//!
//! ```text
//! soft        the rule of `soft` has decided while objects were reached; the others are cleared
//! ephemerons  values of `WeakMap` whose keys are reached are reached, and so on
//! weak        cleared where the object is not reached
//! finalisers  the hook of `Heap::finalize`; then what has a finaliser and is not reached is kept
//! again       what these kept is gone through, ephemerons included
//! long weak   cleared
//! entries     of `WeakMap` whose keys are still not reached are removed
//! phantoms    and cleaners of objects that are gone are put by
//! lists       what lies elsewhere now is listed there, what is gone is not
//! ```
//!
//! Nothing of that runs a user's code but the hook. Values of removed entries are dropped with the
//! dead, [`Memory::drop_values`]; then finalisers run, then phantoms are queued and cleaners run,
//! by [`crate::Heap`]. Each is taken off its list before it runs, so a panic loses none and repeats
//! none: the others run after the next pause.
//!
//! A collection of the whole heap moves everything young that a reference leads to, so that it is
//! decided in one place, by the mark, and [`Heap::finalize`](crate::Heap::finalize) sees all.
//!
//! **Invariants:** (a) every cell, watch and table whose object is not known to be dead is listed;
//! (b) `settled` lists those that have nothing to do with young objects; (c) between pauses, no
//! target of a cell or watch is dead.
//!
//! **Not here:** what references are (`weak`, `soft`, `phantom`, `finalizers`, `weak_map`).

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::mem::take;
use core::ptr::NonNull;

use crate::compact::Fixer;
use crate::cycle::Cleared;
use crate::evacuate::Evacuator;
use crate::handles::Handles;
use crate::mark::Marker;
use crate::memory::Memory;
use crate::object::Object;
use crate::options::Options;
use crate::trace::{Edge, Relocator};

mod cell;
pub(crate) mod ephemerons;
pub(crate) mod finalizers;
mod guards;
mod index;
pub(crate) mod phantom;
pub(crate) mod soft;
pub(crate) mod weak;
pub(crate) mod weak_map;

use cell::target;
use finalizers::{Finalizer, Hook};
use phantom::Gone;
use soft::SoftRule;

/// A list in two parts, so that minor collections go over one of them.
pub(crate) struct Watched<T> {
    /// Some that have to do with young objects.
    recent: Vec<T>,
    /// Those that do not.
    settled: Vec<T>,
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            settled: Vec::new(),
        }
    }
}

impl<T> Watched<T> {
    /// Lists one that has to do with a young object, or may.
    pub(crate) fn add(&mut self, entry: T) {
        self.recent.push(entry);
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.recent.iter().chain(&self.settled)
    }

    /// Takes what `takes` says off the list, in order.
    fn extract(&mut self, mut takes: impl FnMut(&T) -> bool) -> Vec<T> {
        let mut taken = Vec::new();
        for part in [&mut self.recent, &mut self.settled] {
            taken.extend(part.extract_if(.., |entry| takes(entry)));
        }
        taken
    }
}

/// Where the value of a cell lies.
type CellAt = NonNull<u8>;

/// What is to be done about an object.
pub(crate) struct Watch<A> {
    pub(crate) target: NonNull<u8>,
    pub(crate) action: A,
}

/// A finaliser that is to run, on the object that a handle's slot keeps.
struct Pending {
    slot: usize,
    run: Finalizer,
}

/// All references of a heap.
#[derive(Default)]
pub(crate) struct References {
    pub(crate) weak: Watched<CellAt>,
    pub(crate) long_weak: Watched<CellAt>,
    pub(crate) soft: Watched<CellAt>,
    pub(crate) finalizers: Watched<Watch<Finalizer>>,
    pub(crate) gone: Watched<Watch<Rc<dyn Gone>>>,
    /// Tables of `WeakMap`, by where their values lie.
    pub(crate) tables: Watched<CellAt>,
    pub(crate) soft_rule: SoftRule,
    /// When the last pause began, by the clock of the options.
    pub(crate) now_ms: u64,
    /// What is counted in this pause.
    pub(crate) cleared: Cleared,
    /// Called at the end of the mark of this pause.
    pub(crate) hook: Option<Hook>,
    /// The pause collects the whole heap.
    whole: bool,
    handles: Rc<Handles>,
    pending: VecDeque<Pending>,
    to_do: VecDeque<Rc<dyn Gone>>,
    /// The same of old objects, as soon as all old ones that are dead are dropped.
    to_do_old: VecDeque<Rc<dyn Gone>>,
}

impl References {
    /// None, in a heap with these handles that begins now.
    pub(crate) fn of(handles: Rc<Handles>, options: &Options) -> Self {
        Self {
            handles,
            now_ms: (options.clock_ns)() / 1_000_000,
            ..Self::default()
        }
    }

    /// A finaliser is to run: its object is kept until it does.
    fn finalize_later(&mut self, value: NonNull<u8>, run: Finalizer) {
        let slot = self.handles.hold(value);
        self.pending.push_back(Pending { slot, run });
        self.cleared.finalizers += 1;
    }

    /// Takes the next finaliser that is to run, and its object, which nothing keeps from now on.
    pub(crate) fn next_finalizer(&mut self) -> Option<(NonNull<u8>, Finalizer)> {
        let Pending { slot, run } = self.pending.pop_front()?;
        let value = self.handles.value(slot);
        self.handles.release(slot);
        value.map(|value| (value, run))
    }

    /// All objects are gone, since their heap ends.
    pub(crate) fn end(&mut self) {
        let gone = self.gone.extract(|_| true);
        self.to_do.append(&mut self.to_do_old);
        self.to_do
            .extend(gone.into_iter().map(|watch| watch.action));
    }
}

/// Whether an object is reached, as far as a mark that has ended knows: young ones count as such.
pub(crate) fn lives(memory: &Memory, value: NonNull<u8>) -> bool {
    memory.young.contains(value.addr().get()) || memory.is_marked(Object::of_value(value))
}

impl Memory {
    /// Takes the next payload that is to be queued, or cleaner that is to run.
    pub(crate) fn next_gone(&mut self) -> Option<Rc<dyn Gone>> {
        if self.corpses.none_old() {
            let references = &mut self.references;
            references.to_do.append(&mut references.to_do_old);
        }
        self.references.to_do.pop_front()
    }

    /// A pause begins that may collect the whole heap.
    pub(crate) fn begin_references(&mut self, whole: bool) {
        let references = &mut self.references;
        references.now_ms = (self.options.clock_ns)() / 1_000_000;
        references.whole = whole;
    }

    /// A mark begins: the rule for soft references stands until it ends.
    pub(crate) fn begin_soft_rule(&mut self) {
        let old_bytes = self.old_bytes();
        let references = &mut self.references;
        let rule = &mut references.soft_rule;
        rule.begin(&self.options, old_bytes, references.now_ms);
    }
}

/// After an evacuation: clears what leads to young objects that were not reached.
pub(crate) fn after_evacuation(evacuator: &mut Evacuator<'_>) {
    if evacuator.memory().references.whole {
        keep_all(evacuator);
    } else {
        ephemerons::close_young(evacuator);
        let mut references = take_lists(evacuator.memory());
        references.cleared.weak += follow_targets(&references.weak, evacuator);
        let dead = dead_watches(&mut references.finalizers, evacuator);
        for Watch { target, action } in dead {
            let mut edge = Edge::new(target);
            evacuator.strong(&mut edge);
            references.finalize_later(edge.value(), action);
        }
        ephemerons::close_young(evacuator);
        references.cleared.weak += follow_targets(&references.long_weak, evacuator);
        let dead = dead_watches(&mut references.gone, evacuator);
        references.put_by(dead, false);
        evacuator.memory().references = references;
    }
    ephemerons::finish_young(evacuator);
    let mut references = take_lists(evacuator.memory());
    settle_watches(&mut references.finalizers, evacuator);
    settle_watches(&mut references.gone, evacuator);
    let References {
        weak,
        long_weak,
        soft,
        tables,
        ..
    } = &mut references;
    for cells in [weak, long_weak, soft] {
        settle(cells, evacuator, |cell, evacuator| {
            // SAFETY: a cell lies there, and this pause uses it alone.
            let target = unsafe { target(cell) }.get()?;
            Some(evacuator.is_young(target.addr().get()))
        });
    }
    settle(tables, evacuator, |_, _| Some(false));
    evacuator.memory().references = references;
}

/// Takes the references out of a heap for as long as they and the heap are used side by side.
fn take_lists(memory: &mut Memory) -> References {
    take(&mut memory.references)
}

impl References {
    /// These objects are gone; what is to be done is done when they are dropped.
    fn put_by(&mut self, dead: Vec<Watch<Rc<dyn Gone>>>, old: bool) {
        self.cleared.phantoms += dead.len();
        let to_do = if old {
            &mut self.to_do_old
        } else {
            &mut self.to_do
        };
        to_do.extend(dead.into_iter().map(|watch| watch.action));
    }
}

/// Keeps every young object that a reference leads to, and every cell.
fn keep_all(evacuator: &mut Evacuator<'_>) {
    let mut references = take_lists(evacuator.memory());
    let keep = |value: &mut NonNull<u8>, evacuator: &mut Evacuator<'_>| {
        let mut edge = Edge::new(*value);
        evacuator.strong(&mut edge);
        *value = edge.value();
    };
    for list in [
        &mut references.weak,
        &mut references.long_weak,
        &mut references.soft,
    ] {
        for cell in &list.recent {
            let mut moved = *cell;
            keep(&mut moved, evacuator);
            // SAFETY: a cell lies there, and this pause uses it alone.
            let target = unsafe { target(moved) };
            if let Some(mut value) = target.get() {
                keep(&mut value, evacuator);
                target.set(Some(value));
            }
        }
    }
    for watch in &mut references.finalizers.recent {
        keep(&mut watch.target, evacuator);
    }
    for watch in &mut references.gone.recent {
        keep(&mut watch.target, evacuator);
    }
    evacuator.memory().references = references;
    ephemerons::keep_young(evacuator);
}

/// Leads the cells of a list to where their targets are now, and clears those that are dead. How
/// many these are.
fn follow_targets(cells: &Watched<CellAt>, evacuator: &Evacuator<'_>) -> usize {
    let mut cleared = 0;
    for &cell in &cells.recent {
        let cell = evacuator.moved(cell).unwrap_or(cell);
        // SAFETY: a cell lies there, or lay there until now; this pause uses it alone.
        let target = unsafe { target(cell) };
        if let Some(value) = target.get() {
            let moved = evacuator.moved(value);
            cleared += usize::from(moved.is_none());
            target.set(moved);
        }
    }
    cleared
}

/// Takes the watches of dead young objects off a list.
fn dead_watches<A>(list: &mut Watched<Watch<A>>, evacuator: &Evacuator<'_>) -> Vec<Watch<A>> {
    let is_dead = |watch: &mut Watch<A>| evacuator.moved(watch.target).is_none();
    list.recent.extract_if(.., is_dead).collect()
}

/// Leads watches to where their objects are now.
fn settle_watches<A>(list: &mut Watched<Watch<A>>, evacuator: &Evacuator<'_>) {
    for watch in &mut list.recent {
        // Of the dead, none is on the list any more.
        watch.target = evacuator.moved(watch.target).unwrap_or(watch.target);
    }
    let old = |watch: &mut Watch<A>| !evacuator.is_young(watch.target.addr().get());
    let old = list.recent.extract_if(.., old);
    list.settled.extend(old);
}

/// Lists cells where they are now, and forgets the dead, and those of which `young` gives `None`.
/// One that is old settles, if `young` says no.
fn settle(
    list: &mut Watched<CellAt>,
    evacuator: &Evacuator<'_>,
    young: impl Fn(CellAt, &Evacuator<'_>) -> Option<bool>,
) {
    let Watched { recent, settled } = list;
    recent.retain_mut(|cell| {
        let Some(moved) = evacuator.moved(*cell) else {
            return false;
        };
        *cell = moved;
        match young(moved, evacuator) {
            None => false,
            Some(false) if !evacuator.is_young(moved.addr().get()) => {
                settled.push(moved);
                false
            }
            Some(_) => true,
        }
    });
}

/// After a mark: clears what leads to objects that were not reached. All is marked through when
/// this returns.
pub(crate) fn after_mark(marker: &mut Marker<'_>) {
    ephemerons::close_old(marker);
    let memory = marker.memory();
    let mut references = take_lists(memory);
    references.cleared.soft += clear_unmarked(&references.soft, memory);
    references.cleared.weak += clear_unmarked(&references.weak, memory);
    let hook = if references.whole {
        references.hook.take()
    } else {
        None
    };
    memory.references = references;
    if let Some(hook) = hook {
        call(hook, memory);
    }
    finalize_unmarked(marker);
    ephemerons::close_old(marker);
    let memory = marker.memory();
    let mut references = take_lists(memory);
    references.cleared.weak += clear_unmarked(&references.long_weak, memory);
    let gone = references
        .gone
        .extract(|watch| watch.action.is_done() || !lives(memory, watch.target));
    references.put_by(gone, true);
    for cells in [
        &mut references.weak,
        &mut references.long_weak,
        &mut references.soft,
    ] {
        let stays = |cell: &mut CellAt| {
            // SAFETY: a listed cell is there until it is swept, and this pause uses it alone.
            lives(memory, *cell) && unsafe { target(*cell) }.get().is_some()
        };
        cells.recent.retain_mut(stays);
        cells.settled.retain_mut(stays);
    }
    memory.references = references;
    ephemerons::finish_old(memory);
    let (live_bytes, references) = (memory.marking.marked_bytes, &mut memory.references);
    let tables = take(&mut references.tables);
    let stays = |table: &CellAt| lives(memory, *table);
    let tables = Watched {
        recent: tables.recent.into_iter().filter(stays).collect(),
        settled: tables.settled.into_iter().filter(stays).collect(),
    };
    memory.references.tables = tables;
    memory.references.soft_rule.live_bytes = live_bytes;
    memory.references.whole = false;
}

/// Clears the cells of a list whose targets are not marked. How many these are.
fn clear_unmarked(cells: &Watched<CellAt>, memory: &Memory) -> usize {
    let mut cleared = 0;
    for &cell in cells.iter() {
        // SAFETY: a listed cell is there until it is swept, and this pause uses it alone.
        let target = unsafe { target(cell) };
        if target.get().is_some_and(|value| !lives(memory, value)) {
            target.set(None);
            cleared += 1;
        }
    }
    cleared
}

/// Calls the hook. If it panics, the mark is given up: nothing is freed, and nothing was run.
fn call(hook: Hook, memory: &mut Memory) {
    struct GiveUp<'a>(&'a mut Memory);
    impl Drop for GiveUp<'_> {
        fn drop(&mut self) {
            ephemerons::give_up(self.0);
            self.0.references.whole = false;
            self.0.abandon_mark();
            self.0.broken = false;
        }
    }
    let give_up = GiveUp(memory);
    hook(give_up.0);
    core::mem::forget(give_up);
}

/// Keeps what is not marked and has a finaliser, which is to run.
fn finalize_unmarked(marker: &mut Marker<'_>) {
    let memory = marker.memory();
    let mut references = take_lists(memory);
    let dead = references
        .finalizers
        .extract(|watch| !lives(memory, watch.target));
    for Watch { target, action } in dead {
        references.finalize_later(target, action);
        marker.shade(Object::of_value(target));
    }
    marker.memory().references = references;
}

/// After a compaction, all of whose objects live: what is listed is led to where it lies now. What
/// cells and tables lead to is fixed with other objects.
pub(crate) fn after_compaction(references: &mut References, fixer: &mut Fixer<'_>) {
    let References {
        weak,
        long_weak,
        soft,
        tables,
        finalizers,
        gone,
        ..
    } = references;
    let mut fix = |value: &mut NonNull<u8>| {
        let mut edge = Edge::new(*value);
        fixer.strong(&mut edge);
        *value = edge.value();
    };
    for list in [weak, long_weak, soft, tables] {
        list.recent.iter_mut().for_each(&mut fix);
        list.settled.iter_mut().for_each(&mut fix);
    }
    for part in [&mut finalizers.recent, &mut finalizers.settled] {
        part.iter_mut().for_each(|watch| fix(&mut watch.target));
    }
    for part in [&mut gone.recent, &mut gone.settled] {
        part.iter_mut().for_each(|watch| fix(&mut watch.target));
    }
}

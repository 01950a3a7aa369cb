//! A pause: the phases of every collection, in their order.
//!
//! ```text
//! leftovers   what a drop that panicked left behind is dropped
//! roots       what the root, handles and remembered objects point to moves out of Eden
//! evacuate    what that points to moves
//! references  (young)  `references::after_evacuation`, and what it kept moves
//! mark        old objects are marked, if the whole heap is collected
//! references  (old)    `references::after_mark`, and what it kept is marked
//! sweep       what is not marked is no object any more
//! counters    the `Cycle` is filled in
//! drops       values of the dead are dropped: the last phase, since it may panic
//! after       (in `heap`) finalisers run, phantoms are queued, cleaners run
//! ```
//!
//! Each phase is a function here and takes the heap as the one before left it.

use crate::cycle::{Cause, Cycle, Kind, Stopwatch};
use crate::evacuate::Evacuator;
use crate::handles::Handles;
use crate::mark::Marker;
use crate::memory::{Memory, State};
use crate::object::Object;
use crate::options::HeapFull;
use crate::references;
use crate::root::RootValue;

/// Where a collection begins: the root, and what handles hold.
pub(crate) struct Roots<'a> {
    pub(crate) root: RootValue,
    pub(crate) handles: &'a Handles,
}

/// Regions kept when the rest of the free ones goes back to the kernel.
const FREE_REGIONS_KEPT: usize = 4;
/// The least goal for the old generation.
pub(crate) const GOAL_BYTES_MIN: usize = 32 << 20;

/// Collects.
///
/// # Errors
/// [`HeapFull`] if there is no room for what may survive; nothing has changed then.
pub(crate) fn pause(
    state: &mut State,
    roots: &Roots<'_>,
    number: u64,
    kind: Kind,
    cause: Cause,
) -> Result<Cycle, HeapFull> {
    assert!(
        !state.memory_mut().broken,
        "a `Trace` has panicked within a collection"
    );
    let mut cycle = Cycle::begin(number, kind, cause);
    let mut watch = Stopwatch::start();
    let eden_used = state.eden_used();
    let memory = state.memory_mut();
    cycle.dropped += memory.drop_corpses();
    let young = eden_used + memory.young.survivor_bytes();
    // A hash that is kept makes the smallest object half as large again.
    let room = young + young / 2;
    memory
        .old
        .prepare(room)
        .map_err(|_| HeapFull { bytes: room })?;
    cycle.young_bytes.0 = young;
    cycle.old_bytes.0 = memory.old.used_bytes;
    cycle.large_bytes.0 = memory.large.held_bytes;
    cycle.allocated_bytes = eden_used;
    cycle.barrier_slow = core::mem::take(&mut memory.barrier_slow);

    memory.broken = true;
    let whole = kind == Kind::Full;
    memory.begin_references(whole);
    let tenure_age = if whole {
        0
    } else {
        usize::from(memory.options.tenure_age)
    };
    evacuate(memory, roots, tenure_age, &mut cycle, &mut watch);
    forget_eden(memory, eden_used);
    if whole {
        mark_all(memory, roots, &mut cycle, &mut watch);
        sweep_all(memory, &mut cycle, &mut watch);
    }
    memory.broken = false;
    cycle.cleared = core::mem::take(&mut memory.references.cleared);

    cycle.young_bytes.1 = memory.young.survivor_bytes();
    cycle.old_bytes.1 = memory.old.used_bytes;
    cycle.large_bytes.1 = memory.large.held_bytes;
    cycle.held_bytes = memory.old.held_bytes() + memory.large.held_bytes;

    watch.lap();
    cycle.dropped += memory.drop_corpses();
    cycle.phases.drops = watch.lap();
    reset_eden(state, eden_used);
    cycle.pause_ns = tenure_os::clock::monotonic_ns() - cycle.start_ns;
    Ok(cycle)
}

/// Empties Eden and the survivors' half.
fn evacuate(
    memory: &mut Memory,
    roots: &Roots<'_>,
    tenure_age: usize,
    cycle: &mut Cycle,
    watch: &mut Stopwatch,
) {
    let mut evacuator = Evacuator::new(memory, tenure_age);
    roots.root.evacuate(&mut evacuator);
    roots.handles.relocate(&mut evacuator);
    evacuator.look_through_remembered();
    cycle.phases.roots += watch.lap();
    evacuator.drain();
    cycle.phases.evacuate += watch.lap();
    references::after_evacuation(&mut evacuator);
    evacuator.finish(cycle);
    cycle.phases.references += watch.lap();
}

/// Marks all that is reached, with nothing young.
fn mark_all(memory: &mut Memory, roots: &Roots<'_>, cycle: &mut Cycle, watch: &mut Stopwatch) {
    memory.begin_mark();
    mark_roots(memory, roots);
    Marker::new(memory).drain(|_| false);
    cycle.phases.mark += watch.lap();
    let mut marker = Marker::new(memory);
    references::after_mark(&mut marker);
    cycle.phases.references += watch.lap();
}

/// Shades what the root, handles and survivors point to.
fn mark_roots(memory: &mut Memory, roots: &Roots<'_>) {
    let mut marker = Marker::new(memory);
    roots.root.mark(&mut marker);
    roots.handles.trace(&mut marker);
    marker.shade_from_survivors();
}

/// What is not marked is no object any more: its lines are free.
fn sweep_all(memory: &mut Memory, cycle: &mut Cycle, watch: &mut Stopwatch) {
    cycle.marked_bytes += memory.marking.marked_bytes;
    memory.end_mark();
    while let Some(region) = memory.old.unswept.pop() {
        memory.old.sweep(region);
    }
    cycle.given_back_bytes += memory.old.give_back(FREE_REGIONS_KEPT);
    memory.goal_bytes = (2 * memory.old_bytes()).max(GOAL_BYTES_MIN);
    cycle.phases.sweep += watch.lap();
}

/// Makes emptied Eden one gap, until it is used again.
fn forget_eden(memory: &mut Memory, used: usize) {
    if used > 0 {
        let eden = core::ptr::NonNull::new(memory.young.eden_start());
        let eden = eden.expect("a mapping does not begin at 0");
        // SAFETY: Eden is empty but for values that wait to be dropped, whose words nobody needs.
        unsafe { Object::at(eden).make_gap(used) };
    }
}

/// Eden is empty and everything in it dropped: the cursor goes back to its start.
fn reset_eden(state: &mut State, used: usize) {
    let young = &mut state.memory_mut().young;
    young.shrink_eden(used);
    let start = young.eden_start();
    state.cursor.set(start);
    state.renew_limits();
}

impl Memory {
    /// Nothing is marked, and new old objects are from now on.
    fn begin_mark(&mut self) {
        debug_assert!(self.corpses.none_old());
        self.old.begin_mark();
        self.begin_soft_rule();
        self.marking.marked_bytes = 0;
        self.marking.overflowed = false;
        debug_assert!(self.marking.stack.is_empty());
    }

    /// Gives a mark up that has not ended.
    pub(crate) fn abandon_mark(&mut self) {
        self.old.abandon_mark();
        self.large.unmark();
        self.marking.stack.clear();
        self.marking.overflowed = false;
    }

    /// All that is reached is marked: the rest is left to be dropped and swept.
    fn end_mark(&mut self) {
        self.forget_unmarked();
        let with_drops = self.old.end_mark(self.marking.marked_bytes);
        self.corpses.add_regions(with_drops);
        let large = self.large.sweep();
        self.corpses.add_large(large);
    }
}

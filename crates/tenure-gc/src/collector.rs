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
//! Each phase is a function here and takes the heap as the one before left it. An incremental mark
//! is spread over many pauses: its steps stand in `steps`.

use alloc::vec;
use core::ptr::NonNull;

use tenure_base::bits;
use tenure_vm::OutOfMemory;

use crate::cycle::{Cause, Cycle, Kind, Stopwatch};
use crate::evacuate::Evacuator;
use crate::handles::Handles;
use crate::mark::Marker;
use crate::memory::{Memory, Phase, State};
use crate::object::{Object, WORD_BYTES};
use crate::options::HeapFull;
use crate::references;
use crate::root::RootValue;

/// Where a collection begins: the root, and what handles hold.
pub(crate) struct Roots<'a> {
    pub(crate) root: RootValue,
    pub(crate) handles: &'a Handles,
}

/// Regions kept when the rest of the free ones goes back to the kernel.
pub(crate) const FREE_REGIONS_KEPT: usize = 4;

/// How a pause is to go.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) cause: Cause,
    /// All that survives is promoted.
    pub(crate) promote_all: bool,
    /// A mark that ends may leave off, and go on, when the pause has taken so long.
    pub(crate) mark_ns_max: u64,
}

/// Collects. The kind that is written down is another if a mark was not under way, or did not end.
///
/// # Errors
/// [`HeapFull`] if there is no room for what may survive; nothing has changed then.
pub(crate) fn pause(state: &mut State, roots: &Roots<'_>, plan: Plan) -> Result<Cycle, HeapFull> {
    assert!(
        !state.memory_mut().broken,
        "a `Trace` has panicked within a collection"
    );
    let mut cycle = Cycle::begin(plan.number, plan.kind, plan.cause);
    let mut watch = Stopwatch::start();
    let (cursor, eden_used) = (state.cursor.get(), state.eden_used());
    let memory = state.memory_mut();
    let no_half = |_| HeapFull { bytes: 0 };
    memory.young.allow_half().map_err(no_half)?;
    // What the soft limit calls for comes behind a mark that has just ended: no other is needed.
    let whole = plan.kind == Kind::Full || plan.kind == Kind::Compact && plan.cause != Cause::Goal;
    cycle.dropped += memory.drop_young_corpses();
    // A mark needs the marks of the last one swept.
    if whole || plan.kind == Kind::MarkStart {
        cycle.dropped += memory.drop_old_corpses(|| false);
    }
    let young = eden_used + memory.young.survivor_bytes();
    // A hash that is kept makes the smallest object half as large again.
    let room = young + young / 2;
    if prepare(memory, room).is_err() {
        let reached = rescue(memory, cursor, roots, &mut cycle);
        let room = reached + reached / 2;
        prepare(memory, room).map_err(|_| HeapFull { bytes: room })?;
    }
    cycle.young_bytes.0 = young;
    cycle.old_bytes.0 = memory.old.used_bytes;
    cycle.large_bytes.0 = memory.large.held_bytes;
    cycle.allocated_bytes = eden_used;
    cycle.barrier_slow = core::mem::take(&mut memory.barrier_slow);

    memory.broken = true;
    memory.begin_references(whole);
    if whole && memory.phase == Phase::Marking {
        memory.abandon_mark();
    }
    let age = if whole || plan.promote_all {
        0
    } else {
        memory.tenure_age
    };
    evacuate(memory, roots, usize::from(age), &mut cycle, &mut watch);
    forget_eden(memory, eden_used);
    match plan.kind {
        Kind::Full | Kind::Compact if whole => {
            begin_mark(memory, roots);
            end_mark(memory, &mut cycle, &mut watch);
            sweep_all(memory, &mut cycle, &mut watch);
        }
        Kind::MarkStart if memory.phase == Phase::Idle => {
            begin_mark(memory, roots);
            cycle.phases.mark += watch.lap();
        }
        Kind::MarkEnd if memory.phase == Phase::Marking => {
            let until_ns = cycle.start_ns.saturating_add(plan.mark_ns_max);
            if try_end_mark(memory, roots, until_ns) {
                end_mark(memory, &mut cycle, &mut watch);
            } else {
                cycle.kind = Kind::Minor;
                cycle.phases.mark += watch.lap();
            }
        }
        _ => cycle.kind = Kind::Minor,
    }
    memory.broken = false;
    count(memory, &mut cycle);
    finish(state, &mut cycle, whole, eden_used);
    Ok(cycle)
}

/// Drops what is dead, and lets Eden be filled anew.
fn finish(state: &mut State, cycle: &mut Cycle, whole: bool, eden_used: usize) {
    let mut watch = Stopwatch::start();
    let memory = state.memory_mut();
    cycle.dropped += memory.drop_young_corpses();
    if whole {
        cycle.dropped += memory.drop_old_corpses(|| false);
    } else {
        memory.adapt_young(cycle);
    }
    cycle.phases.drops = watch.lap();
    if memory.options.stress > 0 {
        memory.young.forbid_emptied(eden_used);
    }
    reset_eden(state, eden_used);
    cycle.pause_ns = tenure_os::clock::monotonic_ns() - cycle.start_ns;
}

/// Makes room in the old generation for all that is young.
fn prepare(memory: &mut Memory, room: usize) -> Result<(), OutOfMemory> {
    memory.old.bytes_elsewhere = memory.large.held_bytes;
    let below_limit = memory.room_below_limit();
    memory.old.prepare(room, below_limit)
}

/// Frees old objects when there is no room to move the young: a mark of the whole heap, through
/// young objects as well, that moves nothing. Gives the bytes of young objects that are reached.
fn rescue(memory: &mut Memory, cursor: *mut u8, roots: &Roots<'_>, cycle: &mut Cycle) -> usize {
    let mut watch = Stopwatch::start();
    cycle.dropped += memory.drop_old_corpses(|| false);
    memory.broken = true;
    if memory.phase == Phase::Marking {
        memory.abandon_mark();
    }
    memory.remembered.drain_log();
    memory.old.begin_mark();
    memory.marking.clear();
    memory.phase = Phase::Marking;
    memory.marking.young_marks = Some(vec![0; bits::words_for(memory.young.len() / WORD_BYTES)]);
    memory.marking.young_bytes = 0;
    // Grey young objects that were left out of the stack could not be found again.
    let most = core::mem::replace(&mut memory.marking.stack_len_max, usize::MAX);
    let mut marker = Marker::new(memory);
    roots.root.mark(&mut marker);
    roots.handles.trace(&mut marker);
    end_mark(memory, cycle, &mut watch);
    memory.marking.stack_len_max = most;
    memory.bury_young(cursor);
    memory.broken = false;
    cycle.dropped += memory.drop_young_corpses();
    cycle.dropped += memory.drop_old_corpses(|| false);
    sweep_all(memory, cycle, &mut watch);
    memory.marking.young_bytes
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

/// Begins a mark: nothing is marked, new old objects are from now on, roots are grey.
fn begin_mark(memory: &mut Memory, roots: &Roots<'_>) {
    debug_assert!(memory.corpses.none_old());
    memory.measure_holes();
    memory.old.begin_mark();
    memory.marking.clear();
    memory.phase = Phase::Marking;
    memory.begin_soft_rule();
    mark_roots(memory, roots);
}

/// Shades what the root, handles and survivors point to.
fn mark_roots(memory: &mut Memory, roots: &Roots<'_>) {
    let mut marker = Marker::new(memory);
    roots.root.mark(&mut marker);
    roots.handles.trace(&mut marker);
    marker.shade_from_survivors();
}

/// Marks what roots lead to now, but no longer than until `until_ns`. Whether nothing is grey.
fn try_end_mark(memory: &mut Memory, roots: &Roots<'_>, until_ns: u64) -> bool {
    mark_roots(memory, roots);
    Marker::new(memory).drain(|_| tenure_os::clock::monotonic_ns() >= until_ns)
}

/// Ends a mark: all that is reached is marked, the rest is left to be dropped and swept.
fn end_mark(memory: &mut Memory, cycle: &mut Cycle, watch: &mut Stopwatch) {
    Marker::new(memory).drain(|_| false);
    cycle.phases.mark += watch.lap();
    let mut marker = Marker::new(memory);
    references::after_mark(&mut marker);
    cycle.phases.references += watch.lap();
    cycle.marked_bytes += memory.marking.marked_bytes;
    memory.forget_unmarked();
    let with_drops = memory.old.end_mark(memory.marking.marked_bytes);
    memory.corpses.add_regions(with_drops);
    let large = memory.large.sweep();
    memory.corpses.add_large(large);
    memory.phase = Phase::Idle;
    memory.renew_goal();
    cycle.phases.sweep += watch.lap();
}

/// Sweeps all regions but those that wait for drops.
fn sweep_all(memory: &mut Memory, cycle: &mut Cycle, watch: &mut Stopwatch) {
    while let Some(region) = memory.old.unswept.pop() {
        memory.old.sweep(region);
    }
    while let Some(bytes) = memory.old.give_back_one(FREE_REGIONS_KEPT) {
        cycle.given_back_bytes += bytes;
    }
    cycle.phases.sweep += watch.lap();
}

/// Makes emptied Eden one gap, until it is used again.
fn forget_eden(memory: &mut Memory, used: usize) {
    if used > 0
        && let Some(eden) = NonNull::new(memory.young.eden_start())
    {
        // SAFETY: Eden is empty but for values that wait to be dropped, whose words nobody needs.
        unsafe { Object::at(eden).make_gap(used) };
    }
}

/// Fills in what is known of a heap after a collection.
pub(crate) fn count(memory: &mut Memory, cycle: &mut Cycle) {
    cycle.cleared = core::mem::take(&mut memory.references.cleared);
    cycle.young_bytes.1 = memory.young.survivor_bytes();
    cycle.old_bytes.1 = memory.old.used_bytes;
    cycle.large_bytes.1 = memory.large.held_bytes;
    cycle.held_bytes = memory.old.held_bytes() + memory.large.held_bytes;
    cycle.goal_bytes = memory.pacer.goal_bytes;
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
    /// Young objects that a mark through them has not reached become gaps, and are dropped.
    fn bury_young(&mut self, cursor: *mut u8) {
        let Some(marks) = self.marking.young_marks.take() else {
            return;
        };
        let start = self.young.start();
        let lives = |object: Object| bits::get(&marks, (object.addr() - start) / WORD_BYTES);
        let mut dead = vec![];
        self.young.for_each_survivor(|object| dead.push(object));
        // SAFETY: before a collection Eden is objects and gaps up to the cursor.
        unsafe {
            self.young
                .for_each_in_eden(cursor, |object| dead.push(object))
        };
        dead.retain(|&object| !lives(object));
        let corpses = &mut self.corpses;
        self.young.drops.retain(|&object| {
            if !lives(object) {
                // SAFETY: what is on the list is an object.
                corpses.add(object.value(), unsafe { object.word().descriptor().drop });
            }
            lives(object)
        });
        for object in dead {
            // SAFETY: nobody reaches it; its value, if it needs a drop, waits for that behind the
            // word.
            unsafe { object.make_gap(object.bytes()) };
        }
    }

    /// Gives a mark up that has not ended.
    pub(crate) fn abandon_mark(&mut self) {
        self.old.abandon_mark();
        self.large.unmark();
        self.marking.clear();
        self.phase = Phase::Idle;
    }
}

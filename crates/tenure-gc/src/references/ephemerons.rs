//! Ephemerons: pairs whose value is reached when the key is, and the tables that hold them.
//!
//! An entry whose key is not reached yet waits: its key is guarded. When somebody reaches a guarded
//! object (its word says that its identity is known, as that of every key is, so others are not
//! asked), the entries that wait for it are ready, and their values are gone through next. So each
//! entry is looked at a fixed number of times, and a pause is linear in objects and entries,
//! however values and keys are chained.
//!
//! **Invariants:** (a) no guarded key was reached; (b) a table that was reached, and holds what the
//! collection may have to do with, is in `seen`, or is found later; (c) between pauses nothing is
//! guarded, found, ready or seen.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::take;
use core::ptr::NonNull;

use crate::evacuate::Evacuator;
use crate::mark::Marker;
use crate::memory::Memory;
use crate::object::Object;
use crate::references::guards::Guards;
use crate::references::lives;

/// What a pause does with a table, made for its type of values.
pub(crate) struct TableOps {
    /// Goes through the entries that have to do with young objects: keys that have moved are led
    /// to where they are, and their values moved; the others are guarded, or moved too.
    pub(crate) visit_young: unsafe fn(NonNull<u8>, &mut Evacuator<'_>, Keys),
    /// Moves what the value of an entry leads to, whose key has moved.
    pub(crate) move_value: unsafe fn(NonNull<u8>, u32, &mut Evacuator<'_>),
    /// Removes the entries whose keys did not move. Whether the table leads to young objects.
    pub(crate) finish_young: unsafe fn(NonNull<u8>, &mut Evacuator<'_>) -> bool,
    /// Marks from the values of marked keys, and guards the other keys. Whether it had not yet.
    pub(crate) visit_old: unsafe fn(NonNull<u8>, &mut Marker<'_>) -> bool,
    /// Marks from the value of an entry.
    pub(crate) mark_value: unsafe fn(NonNull<u8>, u32, &mut Marker<'_>),
    /// Removes the entries whose keys are not marked.
    pub(crate) finish_old: unsafe fn(NonNull<u8>, &mut Memory),
    /// The mark was given up.
    pub(crate) give_up: unsafe fn(NonNull<u8>),
}

/// What becomes of young keys that were not reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They are guarded.
    Guarded,
    /// They are kept.
    Kept,
}

/// An entry of a table.
#[derive(Clone, Copy)]
pub(crate) struct EntryAt {
    pub(crate) table: NonNull<u8>,
    pub(crate) entry: u32,
}

/// Values that are to be dropped, of whatever type.
pub(crate) trait DropOne {
    /// Drops one, which may panic. Whether there was one.
    fn drop_one(&mut self) -> bool;
}

impl<T> DropOne for Vec<T> {
    fn drop_one(&mut self) -> bool {
        self.pop().is_some()
    }
}

/// What a pause knows of tables and their entries.
#[derive(Default)]
pub(crate) struct Ephemerons {
    /// Tables that were reached and not looked at yet.
    pub(crate) found: Vec<NonNull<u8>>,
    guards: Guards,
    /// Entries that waited for an object that was reached since.
    ready: Vec<EntryAt>,
    /// Tables that were looked at.
    seen: Vec<NonNull<u8>>,
    /// Tables that a mark reaches are to be found: it nears its end.
    pub(crate) closing: bool,
    /// Values of entries that were removed.
    dying: Vec<Box<dyn DropOne>>,
}

impl Ephemerons {
    /// Has an entry wait until the object at `key` is reached.
    pub(crate) fn guard(&mut self, key: NonNull<u8>, entry: EntryAt) {
        self.guards.add(Object::of_value(key).addr(), entry);
    }

    /// An object was reached whose identity is known; it lies, or lay before, at `addr`.
    #[inline]
    pub(crate) fn reached(&mut self, addr: usize) {
        if !self.guards.is_empty() {
            self.release(addr);
        }
    }

    #[cold]
    #[inline(never)]
    fn release(&mut self, addr: usize) {
        self.guards.release(addr, &mut self.ready);
    }

    /// Values that are to be dropped when the pause is over.
    pub(crate) fn drop_later(&mut self, values: Box<dyn DropOne>) {
        self.dying.push(values);
    }
}

/// The operations of the table whose value lies at `table`.
///
/// # Safety
/// * A table lies there.
unsafe fn ops(table: NonNull<u8>) -> &'static TableOps {
    // SAFETY: every table begins with its operations.
    unsafe { table.cast::<&'static TableOps>().read() }
}

/// Moves all that is reached through young entries.
pub(crate) fn close_young(evacuator: &mut Evacuator<'_>) {
    visit_found_young(evacuator, Keys::Guarded);
}

/// Moves all that young entries lead to, keys included.
pub(crate) fn keep_young(evacuator: &mut Evacuator<'_>) {
    visit_found_young(evacuator, Keys::Kept);
}

fn visit_found_young(evacuator: &mut Evacuator<'_>, keys: Keys) {
    loop {
        evacuator.drain();
        if let Some(table) = evacuator.memory().ephemerons.found.pop() {
            evacuator.memory().ephemerons.seen.push(table);
            // SAFETY: tables are found where they stay, and looked at by nobody else meanwhile.
            unsafe { (ops(table).visit_young)(table, evacuator, keys) };
        } else if let Some(EntryAt { table, entry }) = evacuator.memory().ephemerons.ready.pop() {
            // SAFETY: as above.
            unsafe { (ops(table).move_value)(table, entry, evacuator) };
        } else {
            return;
        }
    }
}

/// Removes entries of dead young keys, and remembers tables that lead to young objects.
pub(crate) fn finish_young(evacuator: &mut Evacuator<'_>) {
    evacuator.memory().ephemerons.guards = Guards::default();
    for table in take(&mut evacuator.memory().ephemerons.seen) {
        // SAFETY: tables are found where they stay, and looked at by nobody else meanwhile.
        let young = unsafe { (ops(table).finish_young)(table, evacuator) };
        if young && !evacuator.is_young(table.addr().get()) {
            evacuator.remember(Object::of_value(table));
        }
    }
}

/// Marks all that is reached, entries of tables included.
pub(crate) fn close_old(marker: &mut Marker<'_>) {
    if !marker.memory().ephemerons.closing {
        marker.drain(|_| false);
        let memory = marker.memory();
        memory.ephemerons.closing = true;
        let tables: Vec<_> = memory.references.tables.iter().copied().collect();
        for table in tables {
            if lives(marker.memory(), table) {
                visit_old(table, marker);
            }
        }
    }
    loop {
        marker.drain(|_| false);
        if let Some(table) = marker.memory().ephemerons.found.pop() {
            visit_old(table, marker);
        } else if let Some(EntryAt { table, entry }) = marker.memory().ephemerons.ready.pop() {
            // SAFETY: a table that was seen lives, and nobody else looks at it meanwhile.
            unsafe { (ops(table).mark_value)(table, entry, marker) };
        } else {
            return;
        }
    }
}

fn visit_old(table: NonNull<u8>, marker: &mut Marker<'_>) {
    // SAFETY: a table that was reached lives, and nobody else looks at it meanwhile.
    if unsafe { (ops(table).visit_old)(table, marker) } {
        marker.memory().ephemerons.seen.push(table);
    }
}

/// Removes entries of dead keys.
pub(crate) fn finish_old(memory: &mut Memory) {
    memory.ephemerons.guards = Guards::default();
    memory.ephemerons.closing = false;
    for table in take(&mut memory.ephemerons.seen) {
        // SAFETY: as in `visit_old`.
        unsafe { (ops(table).finish_old)(table, memory) };
    }
}

/// Forgets what was looked at: the mark was given up.
pub(crate) fn give_up(memory: &mut Memory) {
    for table in take(&mut memory.ephemerons.seen) {
        // SAFETY: as in `visit_old`.
        unsafe { (ops(table).give_up)(table) };
    }
    let dying = take(&mut memory.ephemerons.dying);
    memory.ephemerons = Ephemerons {
        dying,
        ..Ephemerons::default()
    };
}

impl Memory {
    /// Drops the values of entries that were removed. How many these were.
    ///
    /// # Panics
    /// When a value's drop does; the next call goes on with the others.
    pub(crate) fn drop_values(&mut self) -> usize {
        let mut dropped = 0;
        while let Some(values) = self.ephemerons.dying.last_mut() {
            if values.drop_one() {
                dropped += 1;
            } else {
                self.ephemerons.dying.pop();
            }
        }
        dropped
    }
}

//! The program's own mappings that count against the limit: which addresses have been charged.
//!
//! Some programs take memory from the kernel beside `malloc` (CPython keeps its small objects in
//! such mappings), so whoever stands between them and the kernel tells of it here.
//!
//! **Shape:** disjoint ranges in the order of addresses, in memory of their own; neighbours are
//! joined. **Invariants:** (a) ranges are not empty, ascend and do not touch; (b) the account has
//! been charged their bytes. **Cost:** a search, and a shift of the ranges behind, under one lock.
//!
//! **Limit:** where there is no room for another range, one that is cut in two stays whole, and a
//! new one is not noted and its charge given back: the limit then errs by it.

use super::{charge, is_on, within};
use core::ptr::with_exposed_provenance_mut;
use tenure_os::lock::Lock;
use tenure_os::memory;

/// How many ranges there can be: 1 MiB of address space, of which what is used is resident.
const RANGES_MAX: usize = 64 << 10;
const TABLE_BYTES: usize = RANGES_MAX * size_of::<Range>();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    start: usize,
    end: usize,
}

struct Table {
    /// Address of the ranges, 0 while there were none.
    place: usize,
    count: usize,
}

static TABLE: Lock<Table> = Lock::new(Table { place: 0, count: 0 });

impl Table {
    /// The ranges, with `RANGES_MAX - count` places behind them. `None`: no memory for them.
    fn all(&mut self) -> Option<&mut [Range]> {
        if self.place == 0 {
            self.place = memory::map(TABLE_BYTES).ok()?;
        }
        let place = with_exposed_provenance_mut::<Range>(self.place);
        // SAFETY: memory of this length, zeroed at first and kept for good, that only the one table
        // has; any words are a range.
        Some(unsafe { core::slice::from_raw_parts_mut(place, RANGES_MAX) })
    }

    /// Notes `new`, which touches no noted range but at its ends. False: no room.
    fn insert(&mut self, new: Range) -> bool {
        let count = self.count;
        let Some(all) = self.all() else { return false };
        let at = all[..count].partition_point(|range| range.end < new.start);
        // The ranges that end where the new one begins, or begin where it ends.
        let behind = all[at..count].partition_point(|range| range.start <= new.end);
        let Some(joined) = all[at..at + behind].first().copied() else {
            if count == RANGES_MAX {
                return false;
            }
            all.copy_within(at..count, at + 1);
            all[at] = new;
            self.count = count + 1;
            return true;
        };
        let last = all[at + behind - 1];
        all[at] = Range {
            start: joined.start.min(new.start),
            end: last.end.max(new.end),
        };
        all.copy_within(at + behind..count, at + 1);
        self.count = count + 1 - behind;
        true
    }

    /// Forgets what is noted of `gone`; returns how many bytes that were.
    fn remove(&mut self, gone: Range) -> usize {
        let mut bytes = 0;
        let count = self.count;
        let Some(all) = self.all() else { return 0 };
        let mut at = all[..count].partition_point(|range| range.end <= gone.start);
        while at < self.count {
            let count = self.count;
            let Some(all) = self.all() else { break };
            let range = all[at];
            if range.start >= gone.end {
                break;
            }
            let (head, tail) = (range.start < gone.start, range.end > gone.end);
            let cut = range.end.min(gone.end) - range.start.max(gone.start);
            match (head, tail) {
                (true, true) if count == RANGES_MAX => break,
                (true, true) => {
                    all.copy_within(at..count, at + 1);
                    all[at].end = gone.start;
                    all[at + 1].start = gone.end;
                    self.count = count + 1;
                    at += 2;
                }
                (true, false) => {
                    all[at].end = gone.start;
                    at += 1;
                }
                (false, true) => {
                    all[at].start = gone.end;
                    at += 1;
                }
                (false, false) => {
                    all.copy_within(at + 1..count, at);
                    self.count = count - 1;
                }
            }
            bytes += cut;
        }
        bytes
    }

    /// Walks invariant (a).
    #[cfg(test)]
    fn check(&mut self) {
        let count = self.count;
        let all = self.all().expect("a table");
        let noted = &all[..count];
        assert!(noted.iter().all(|range| range.start < range.end));
        assert!(noted.windows(2).all(|pair| pair[0].end < pair[1].start));
    }
}

fn range(start: usize, bytes: usize) -> Option<Range> {
    let end = start.checked_add(bytes)?;
    (bytes > 0).then_some(Range { start, end })
}

/// Whether the program may map `bytes` more; they are charged then. Before it says no, the heap
/// gives back what it keeps free. Without a limit nothing happens.
pub fn may_map(bytes: usize) -> bool {
    within(bytes, || charge(bytes).then_some(())).is_some()
}

/// Gives back so much of a charge of [`may_map`] or [`lift`] that nothing came of.
pub fn not_mapped(bytes: usize) {
    super::uncharge(bytes);
}

/// Notes that the bytes at `start`, which [`may_map`] has charged, are the program's now.
pub fn mapped(start: usize, bytes: usize) {
    let Some(new) = range(start, bytes).filter(|_| is_on()) else {
        return;
    };
    let mut table = TABLE.lock();
    let before = table.remove(new);
    let lost = if table.insert(new) { 0 } else { bytes };
    drop(table);
    super::uncharge(before + lost);
}

/// Notes that the program is about to give the bytes at `start` back, or to map something else
/// over them; what was charged of them is not any more.
pub fn unmapped(start: usize, bytes: usize) {
    super::uncharge(lift(start, bytes));
}

/// As [`unmapped`], but what was charged stays charged: for a mapping that moves. The caller hands
/// it to [`mapped`] again, or to [`not_mapped`].
pub fn lift(start: usize, bytes: usize) -> usize {
    match range(start, bytes).filter(|_| is_on()) {
        Some(gone) => TABLE.lock().remove(gone),
        None => 0,
    }
}

/// Bytes of the program's own mappings that count.
#[must_use]
pub fn total_bytes() -> usize {
    let mut table = TABLE.lock();
    let count = table.count;
    if count == 0 {
        return 0;
    }
    let all = table.all().map(|all| &all[..count]).unwrap_or_default();
    all.iter().map(|range| range.end - range.start).sum()
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    TABLE.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { TABLE.release() };
}

#[cfg(test)]
mod tests;

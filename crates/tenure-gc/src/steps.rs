//! Steps: pieces of an incremental mark, and of what is left to do behind one.

use crate::collector::FREE_REGIONS_KEPT;
use crate::cycle::Cycle;
use crate::mark::Marker;
use crate::memory::{Memory, Phase};

/// How much a step may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Bytes of objects to be marked, about; of the work behind a mark, a region counts as one KiB.
    Bytes(usize),
    /// Microseconds, as the clock of the system tells them.
    Micros(u64),
}

/// Where a step has left the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left to do.
    Idle,
    /// A mark is under way.
    Marking,
    /// Nothing is grey: the mark can end with the next collection of the young generation,
    /// by [`crate::Heap::poll`] or [`crate::Kind::MarkEnd`].
    Marked,
    /// A mark has ended, and its dead are to be dropped and swept.
    Sweeping,
}

/// Says when a budget is used up.
pub(crate) struct Meter {
    bytes_max: usize,
    until_ns: u64,
}

impl Meter {
    pub(crate) fn new(budget: Budget) -> Self {
        let now = tenure_os::clock::monotonic_ns();
        match budget {
            Budget::Bytes(bytes) => Self {
                bytes_max: bytes,
                until_ns: u64::MAX,
            },
            Budget::Micros(us) => Self {
                bytes_max: usize::MAX,
                until_ns: now.saturating_add(us.saturating_mul(1000)),
            },
        }
    }

    /// With a second limit.
    pub(crate) fn and_bytes(mut self, bytes: usize) -> Self {
        self.bytes_max = self.bytes_max.min(bytes);
        self
    }

    pub(crate) fn is_used_up(&self, bytes: usize) -> bool {
        bytes >= self.bytes_max
            || (self.until_ns != u64::MAX && tenure_os::clock::monotonic_ns() >= self.until_ns)
    }
}

/// What a region that is swept, or given back, counts as.
const REGION_COST_BYTES: usize = 1 << 10;

/// Does as much as the meter allows.
pub(crate) fn step(memory: &mut Memory, meter: &Meter, cycle: &mut Cycle) -> Progress {
    assert!(!memory.broken, "a `Trace` has panicked within a collection");
    if memory.phase == Phase::Marking {
        let before = memory.marking.marked_bytes;
        memory.broken = true;
        let done = Marker::new(memory).drain(|bytes| meter.is_used_up(bytes));
        memory.broken = false;
        cycle.marked_bytes += memory.marking.marked_bytes.saturating_sub(before);
        return if done {
            Progress::Marked
        } else {
            Progress::Marking
        };
    }
    let mut bytes = 0;
    while let Some(region) = memory.old.unswept.pop() {
        memory.old.sweep(region);
        bytes += REGION_COST_BYTES;
        if meter.is_used_up(bytes) {
            return Progress::Sweeping;
        }
    }
    while let Some(given) = memory.old.give_back_one(FREE_REGIONS_KEPT) {
        cycle.given_back_bytes += given;
        bytes += REGION_COST_BYTES;
        if meter.is_used_up(bytes) {
            return Progress::Sweeping;
        }
    }
    // The last, since a drop may panic.
    let mut dropped = 0;
    cycle.dropped += memory.drop_old_corpses(|| {
        dropped += 1;
        meter.is_used_up(bytes + 64 * dropped)
    });
    if memory.is_tidy() {
        Progress::Idle
    } else {
        Progress::Sweeping
    }
}

impl Memory {
    /// Nothing is left to do behind a mark.
    pub(crate) fn is_tidy(&self) -> bool {
        self.corpses.is_empty() && self.old.unswept.is_empty()
    }
}

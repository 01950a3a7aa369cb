//! One event of a collector's log.

use super::{Kind, Label, Sizes};

/// What an event means for the program. The classes are never added to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// One stop-the-world operation of the collector: no thread of the program runs.
    #[default]
    Pause,
    /// A whole safepoint: reaching it, whatever was done at it, and leaving it.
    Stop,
    /// The delay of one thread, such as an allocation that waits for the collector.
    Stall,
    /// Work beside the running program.
    Concurrent,
    /// A whole collection of a concurrent collector: holds pauses, is none itself.
    Cycle,
}

impl Class {
    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Class::Pause => "pause",
            Class::Stop => "stop",
            Class::Stall => "stall",
            Class::Concurrent => "concurrent",
            Class::Cycle => "cycle",
        }
    }
}

/// The sizes of one space around an event, in bytes; `None` where the log does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Used bytes before.
    pub before: Option<u64>,
    /// Used bytes after.
    pub after: Option<u64>,
    /// Bytes that the space has room for, after.
    pub capacity: Option<u64>,
}

impl Change {
    /// `before->after(capacity)`.
    pub fn new(before: u64, after: u64, capacity: Option<u64>) -> Self {
        Self {
            before: Some(before),
            after: Some(after),
            capacity,
        }
    }

    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bytes freed: 0 where the space grew; `None` where a size is unknown.
    pub fn freed(&self) -> Option<u64> {
        Some(self.before?.saturating_sub(self.after?))
    }
}

/// Processor time of one event, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// In the program's own code, over all threads of the collector.
    pub user_ns: u64,
    /// In the kernel.
    pub system_ns: u64,
    /// Wall time of the same work; 0 where the log gives none.
    pub real_ns: u64,
}

/// Something that went wrong in an event, or that is worth counting apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mark {
    /// No room to copy survivors to: "to-space exhausted", "Evacuation Failure: Allocation".
    EvacuationFailure,
    /// An object was pinned, and its region could not be evacuated.
    Pinned,
    /// The old generation had no room for what was to be promoted.
    PromotionFailed,
    /// The concurrent collection did not finish in time.
    ConcurrentModeFailure,
    /// The concurrent collection was interrupted, by a call for instance.
    ConcurrentModeInterrupted,
    /// A concurrent phase was given up.
    Aborted,
    /// The program asked for it: `System.gc()`, `runtime.GC()`, `gc.collect()`.
    Explicit,
    /// The concurrent cycle turned out not to be needed (G1 "Concurrent Undo Cycle").
    Undone,
    /// Soft references were cleared because memory was short.
    ClearSoftReferences,
    /// V8 reduced memory ("reduce"), or the runtime shrank the heap.
    MemoryReducing,
    /// Nothing was found to free (CPython "0 unreachable").
    Vain,
    /// Objects were found that can never be freed (CPython "uncollectable").
    Uncollectable,
    /// The line ended before the event did; what is missing is not invented.
    Torn,
}

/// A set of [`Mark`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u16);

impl Marks {
    /// Adds a mark.
    pub fn set(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u16;
    }

    /// True if `mark` is in the set.
    pub fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u16) != 0
    }
}

/// One event. Made to be reused: [`Event::clear`] keeps the storage of the phases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Pause, stop, stall, concurrent work or cycle.
    pub class: Class,
    /// What was done.
    pub kind: Kind,
    /// Why, in the log's own words without brackets; empty where the log does not say.
    pub cause: Label,
    /// Number that the log gives the collection.
    pub id: Option<u64>,
    /// Number of the line at which the event begins.
    pub line: u64,
    /// Number of the heap within the process: V8 isolates from 0 in order of appearance.
    pub heap: u32,
    /// Start, in nanoseconds on the run's own clock ([`super::Stamp`]); `None` without stamps.
    pub start_ns: Option<u64>,
    /// Wall time; `None` where the log gives none (a cycle line of ZGC, a torn line).
    pub duration_ns: Option<u64>,
    /// How many operations the event sums up; 1 but for summed lines (V8 steps, Go assists).
    pub repeats: u32,
    /// Sizes by space, in bytes.
    pub sizes: Sizes,
    /// Bytes found alive by a marking that has just ended.
    pub live: Option<u64>,
    /// Bytes promoted, where the log says so itself.
    pub promoted: Option<u64>,
    /// Bytes allocated since the event before, where the log says so itself.
    pub allocated: Option<u64>,
    /// Heap size that the collector aims at, or the trigger of the next collection, in bytes.
    pub goal: Option<u64>,
    /// Processor time.
    pub cpu: Option<Cpu>,
    /// Share of all processor time since the start that went into the collector, 0 to 1 (Go).
    pub cpu_share: Option<f64>,
    /// The log's own utilisation of the program around the event, 0 to 1 (V8 `mu`).
    pub utilisation: Option<f64>,
    /// Time to reach the safepoint, in nanoseconds; stops only.
    pub reach_ns: Option<u64>,
    /// Threads of the collector at work, and how many it has.
    pub workers: Option<(u32, u32)>,
    /// Tenuring threshold as computed, and its maximum.
    pub tenuring: Option<(u32, u32)>,
    /// What went wrong.
    pub marks: Marks,
    /// Parts with their wall time in nanoseconds, in the order of the log.
    pub phases: Vec<(Label, u64)>,
}

/// Phases kept of one event: a hostile log must not make one event grow without bound.
const PHASES_MAX: usize = 256;

impl Event {
    /// An event of which only class and kind are known.
    pub fn new(class: Class, kind: Kind) -> Self {
        Self {
            class,
            kind,
            repeats: 1,
            ..Self::default()
        }
    }

    /// Forgets everything but the storage of the phases, and begins an event anew.
    pub fn clear(&mut self, class: Class, kind: Kind) {
        let mut phases = std::mem::take(&mut self.phases);
        phases.clear();
        *self = Self {
            phases,
            ..Self::new(class, kind)
        };
    }

    /// Adds a phase, unless there are 256 already.
    pub fn phase(&mut self, name: Label, duration_ns: u64) {
        if self.phases.len() < PHASES_MAX {
            self.phases.push((name, duration_ns));
        }
    }
}

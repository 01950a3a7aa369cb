//! What a heap says of itself: sums over its pauses, and the lines of its log.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::{Display, Write};

use crate::account::Books;
use crate::cycle::{Cause, Cycle, Kind};
use crate::log::{CycleLine, JAVA_HEAD, LogForm, PauseLine};
use crate::pauses::Pauses;

/// Sums over all pauses of a heap. Bytes are those of objects with their words.
///
/// # Examples
/// ```
/// use tenure_gc::{Gc, Heap, Kind, Root};
/// let mut heap = Heap::<Root![Option<Gc<'_, [u64; 8]>>]>::new(|_| None);
/// heap.mutate_root(|mc, root| {
///     *root = Some(mc.alloc([7; 8]));
///     mc.alloc([8_u64; 8]);
/// });
/// heap.collect(Kind::Minor).unwrap();
/// assert_eq!(heap.stats().allocated_bytes, 2 * 72);
/// assert_eq!(heap.stats().survived_bytes_by_age[1], 72);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Collections of the young generation.
    pub minors: u64,
    /// Collections of the whole heap, in one pause or by an incremental mark.
    pub fulls: u64,
    /// Bytes allocated in Eden, up to the last pause.
    pub allocated_bytes: u64,
    /// Bytes that went to the old generation.
    pub promoted_bytes: u64,
    /// Bytes that survived and stayed young, by the collections survived.
    pub survived_bytes_by_age: [u64; 16],
    /// Times that the barrier took its slow path.
    pub barrier_slow: u64,
    /// Old objects that were looked through since they might point to young ones.
    pub remembered: u64,
    /// Cards that were dirty.
    pub cards: u64,
    /// Bytes that marking went over.
    pub marked_bytes: u64,
    /// Values dropped.
    pub dropped: u64,
    /// Bytes given back to the system.
    pub given_back_bytes: u64,
    /// Bytes of the objects that there were after the last pause.
    pub live_bytes: u64,
    /// Bytes held for old and large objects after the last pause.
    pub held_bytes: u64,
    /// Nanoseconds in pauses.
    pub pause_ns: u64,
}

/// The log: its form, and who takes the lines.
struct Log {
    form: LogForm,
    sink: Box<dyn FnMut(&str)>,
    line: String,
}

/// All that a heap says of itself.
pub(crate) struct Report {
    /// When the heap was made.
    start_ns: u64,
    stats: Stats,
    pauses: Pauses,
    log: Option<Log>,
    marking: Marking,
    books: Books,
}

impl Log {
    fn tell(&mut self, line: impl Display) {
        self.line.clear();
        // Writing to a string does not fail.
        if write!(self.line, "{line}").is_ok() {
            (self.sink)(&self.line);
        }
    }
}

/// The incremental mark under way, for logs that have a line for a whole cycle.
#[derive(Default)]
struct Marking {
    /// The pause that began it.
    first: Option<CycleLine>,
    first_end_ns: u64,
    steps_ns: u64,
}

impl Marking {
    /// The lines that a pause completes: of a mark that was given up for it, and its own.
    fn add(&mut self, cycle: &Cycle) -> [Option<CycleLine>; 2] {
        let line = cycle_line(cycle);
        match cycle.kind {
            Kind::Step => {
                self.steps_ns += cycle.pause_ns;
                [None, None]
            }
            Kind::Minor => [None, Some(line)],
            Kind::MarkStart => {
                self.steps_ns = 0;
                self.first_end_ns = cycle.start_ns + cycle.pause_ns;
                [self.first.replace(line), None]
            }
            Kind::MarkEnd => {
                let whole = self.first.take().map(|first| CycleLine {
                    between_ns: cycle.start_ns.saturating_sub(self.first_end_ns),
                    steps_ns: core::mem::take(&mut self.steps_ns),
                    last_ns: cycle.pause_ns,
                    end_bytes: line.start_bytes,
                    live_bytes: line.live_bytes,
                    goal_bytes: line.goal_bytes,
                    ..first
                });
                [None, whole.or(Some(line))]
            }
            Kind::Full | Kind::Compact => [self.first.take(), Some(line)],
        }
    }
}

impl Report {
    /// Nothing yet, of a heap with that name in the ledger.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            start_ns: tenure_os::clock::monotonic_ns(),
            stats: Stats::default(),
            pauses: Pauses::default(),
            log: None,
            marking: Marking::default(),
            books: Books::open(name),
        }
    }

    /// The sums.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The pauses.
    pub(crate) fn pauses(&self) -> &Pauses {
        &self.pauses
    }

    /// Gives each line of the log to `sink` from now on.
    pub(crate) fn set_log(&mut self, form: LogForm, mut sink: Box<dyn FnMut(&str)>) {
        if form == LogForm::Java {
            sink(JAVA_HEAD);
        }
        self.log = Some(Log {
            form,
            sink,
            line: String::new(),
        });
    }

    /// Adds what a pause did. O(1) without a log.
    pub(crate) fn add(&mut self, cycle: &Cycle) {
        self.sum(cycle);
        self.books.add(cycle);
        let end_ns = cycle.start_ns + cycle.pause_ns;
        self.pauses.add(cycle.kind, cycle.start_ns, end_ns);
        let Some(log) = &mut self.log else {
            return;
        };
        match log.form {
            LogForm::Java => log.tell(pause_line(cycle, self.start_ns)),
            LogForm::Go => {
                for line in self.marking.add(cycle).into_iter().flatten() {
                    log.tell(line.since(self.start_ns, self.stats.pause_ns));
                }
            }
        }
    }

    fn sum(&mut self, cycle: &Cycle) {
        let stats = &mut self.stats;
        match cycle.kind {
            Kind::Minor | Kind::MarkStart => stats.minors += 1,
            Kind::Full | Kind::Compact | Kind::MarkEnd => stats.fulls += 1,
            Kind::Step => {}
        }
        stats.allocated_bytes += cycle.allocated_bytes as u64;
        stats.promoted_bytes += cycle.promoted_bytes as u64;
        for (sum, bytes) in
            (stats.survived_bytes_by_age.iter_mut()).zip(cycle.survived_bytes_by_age)
        {
            *sum += bytes as u64;
        }
        stats.barrier_slow += cycle.barrier_slow;
        stats.remembered += cycle.remembered as u64;
        stats.cards += cycle.cards as u64;
        stats.marked_bytes += cycle.marked_bytes as u64;
        stats.dropped += cycle.dropped as u64;
        stats.given_back_bytes += cycle.given_back_bytes as u64;
        stats.live_bytes = bytes(cycle).1;
        stats.held_bytes = cycle.held_bytes as u64;
        stats.pause_ns += cycle.pause_ns;
    }
}

/// All bytes of objects, before and after.
fn bytes(cycle: &Cycle) -> (u64, u64) {
    let parts = [cycle.young_bytes, cycle.old_bytes, cycle.large_bytes];
    let sum =
        |sum: (u64, u64), part: (usize, usize)| (sum.0 + part.0 as u64, sum.1 + part.1 as u64);
    parts.into_iter().fold((0, 0), sum)
}

fn pause_line(cycle: &Cycle, heap_start_ns: u64) -> PauseLine {
    let (before_bytes, after_bytes) = bytes(cycle);
    PauseLine {
        // Java counts from 0.
        cycle: cycle.number - 1,
        kind: cycle.kind,
        cause: cycle.cause,
        end_ns: cycle.start_ns + cycle.pause_ns - heap_start_ns,
        duration_ns: cycle.pause_ns,
        before_bytes,
        after_bytes,
        // With what was young until now.
        held_bytes: cycle.held_bytes as u64 + cycle.young_bytes.0 as u64,
    }
}

/// The line of a pause that is a cycle of its own. Its start is by the system's clock.
fn cycle_line(cycle: &Cycle) -> CycleLine {
    let (start_bytes, live_bytes) = bytes(cycle);
    CycleLine {
        cycle: cycle.number,
        start_ns: cycle.start_ns,
        first_ns: cycle.pause_ns,
        start_bytes,
        end_bytes: start_bytes,
        live_bytes,
        goal_bytes: cycle.goal_bytes as u64,
        was_asked: cycle.cause == Cause::Asked,
        ..CycleLine::default()
    }
}

impl CycleLine {
    /// By the clock of a heap that was made at `heap_start_ns` and has paused for so long.
    fn since(mut self, heap_start_ns: u64, all_pauses_ns: u64) -> Self {
        self.start_ns -= heap_start_ns;
        let age_ns = self.start_ns + self.first_ns + self.between_ns + self.last_ns;
        self.share_percent = (all_pauses_ns * 100 / age_ns.max(1)).min(100);
        self
    }
}

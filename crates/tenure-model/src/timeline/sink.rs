//! Where a parser puts what it found.

use super::{Collector, Event};

/// The time of one line, as the log tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds on the run's own clock, which begins with the runtime; where the log has
    /// dates alone, nanoseconds since the first of them.
    pub run_ns: u64,
    /// Nanoseconds since 1970-01-01 UTC, where the log has dates.
    pub unix_ns: Option<i64>,
    /// Number of the heap whose clock it is ([`Event::heap`]).
    pub heap: u32,
}

/// What a log says of the run as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The runtime's version, as "17.0.15+6" or "1.8.0_171".
    Version(String),
    /// The collector, told or inferred; a later one is more certain.
    Collector(Collector),
    /// Command line flags in one line.
    Flags(String),
    /// Processors that the runtime sees.
    Processors(u64),
    /// Memory of the machine or container, in bytes.
    MemoryBytes(u64),
    /// Largest heap allowed, in bytes.
    HeapMaxBytes(u64),
    /// Heap at the start, in bytes.
    HeapInitialBytes(u64),
    /// Region size, in bytes.
    RegionBytes(u64),
    /// Threads for stop-the-world work.
    ParallelWorkers(u64),
    /// Threads for concurrent work.
    ConcurrentWorkers(u64),
    /// A new run of the runtime begins here: the clock starts anew.
    NewRun,
}

/// Something about the log itself that its reader should know. Each is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remark {
    /// The date stamp stands behind the cause, where no runtime writes it.
    MisplacedStamp,
    /// Decimal commas.
    DecimalComma,
    /// A line was torn by another thread's output, and put together again.
    TornLine,
    /// The log ends within an event.
    CutShort,
    /// A duration, size or stamp that cannot be (negative, or beyond a century) was left out.
    Impossible,
    /// The clock went backwards within a run.
    ClockBackwards,
    /// Promotion came out negative, and was counted as 0.
    NegativePromotion,
    /// An event began and no end was found.
    Unfinished,
    /// A line longer than 1 MiB was cut.
    LongLine,
    /// Lines are wrapped by a container runtime or a log shipper.
    Wrapped,
}

impl Remark {
    /// What is meant, as a sentence without its full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Remark::MisplacedStamp => {
                "a date stamp stands behind the cause, where no runtime writes it"
            }
            Remark::DecimalComma => "the log has decimal commas",
            Remark::TornLine => "a line was torn by other output and was put together again",
            Remark::CutShort => "the log ends within an event",
            Remark::Impossible => "a figure that cannot be was left out",
            Remark::ClockBackwards => "the clock went backwards",
            Remark::NegativePromotion => "promotion came out negative and was counted as 0",
            Remark::Unfinished => "an event began and no end was found",
            Remark::LongLine => "a line longer than 1 MiB was cut",
            Remark::Wrapped => "the lines are wrapped by a container runtime or a log shipper",
        }
    }
}

/// Where a parser puts what it found, in the order of the log.
pub trait Sink {
    /// The time of a line. Called for each line that has a stamp, with or without an event, so
    /// that the span of the log is known; before the event of the same line.
    fn stamp(&mut self, stamp: Stamp);

    /// An event, complete.
    fn event(&mut self, event: &Event);

    /// Something the log says of the run.
    fn fact(&mut self, fact: Fact);

    /// Something about the log itself, seen at the line `number`.
    fn remark(&mut self, number: u64, remark: Remark);
}

/// Collects events alone; for tests and for small logs.
impl Sink for Vec<Event> {
    fn stamp(&mut self, _: Stamp) {}

    fn event(&mut self, event: &Event) {
        self.push(event.clone());
    }

    fn fact(&mut self, _: Fact) {}

    fn remark(&mut self, _: u64, _: Remark) {}
}

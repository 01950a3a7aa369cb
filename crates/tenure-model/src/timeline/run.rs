//! What a log says of its runs, and the clocks of the runs.

use super::{Collector, Fact};

/// What the log says of the program as a whole; of several runs, the last that says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The runtime's version.
    pub version: Option<String>,
    /// The collector.
    pub collector: Collector,
    /// Command line flags.
    pub flags: Option<String>,
    /// Processors that the runtime sees.
    pub processors: Option<u64>,
    /// Memory of the machine or container, in bytes.
    pub memory_bytes: Option<u64>,
    /// Largest heap allowed, in bytes.
    pub heap_max_bytes: Option<u64>,
    /// Heap at the start, in bytes.
    pub heap_initial_bytes: Option<u64>,
    /// Region size, in bytes.
    pub region_bytes: Option<u64>,
    /// Threads for stop-the-world work.
    pub parallel_workers: Option<u64>,
    /// Threads for concurrent work.
    pub concurrent_workers: Option<u64>,
}

/// Longest text kept of a version or of flags, in bytes.
const TEXT_MAX: usize = 8192;

impl About {
    /// Takes note of a fact. [`Fact::NewRun`] says nothing here.
    pub fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Version(text) => self.version = Some(bounded(text)),
            Fact::Collector(collector) => self.collector = collector,
            Fact::Flags(text) => self.flags = Some(bounded(text)),
            Fact::Processors(count) => self.processors = Some(count).filter(|count| *count > 0),
            Fact::MemoryBytes(bytes) => self.memory_bytes = Some(bytes),
            Fact::HeapMaxBytes(bytes) => self.heap_max_bytes = Some(bytes),
            Fact::HeapInitialBytes(bytes) => self.heap_initial_bytes = Some(bytes),
            Fact::RegionBytes(bytes) => self.region_bytes = Some(bytes),
            Fact::ParallelWorkers(count) => self.parallel_workers = Some(count),
            Fact::ConcurrentWorkers(count) => self.concurrent_workers = Some(count),
            Fact::NewRun => {}
        }
    }

    /// The major version of Java: 8 of "1.8.0_171", 17 of "17.0.15+6".
    pub fn java_major(&self) -> Option<u32> {
        let version = self.version.as_deref()?;
        let from = version.find(|character: char| character.is_ascii_digit())?;
        let mut numbers = version[from..].split(|character: char| !character.is_ascii_digit());
        match numbers.next()?.parse().ok()? {
            1 => numbers.next()?.parse().ok(),
            major => Some(major),
        }
    }
}

fn bounded(mut text: String) -> String {
    let mut at = TEXT_MAX.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    text.truncate(at);
    text
}

/// The clock of one run of one heap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// First stamp and the latest moment known; `None` before the first stamp.
    seen: Option<(u64, u64)>,
    /// Where the first pause begins.
    pub(super) first_pause_ns: Option<u64>,
    /// Time of the program under pauses, no moment twice.
    pub(super) paused_ns: u64,
    last_pause_end_ns: u64,
}

impl Clock {
    /// True if a stamp at `run_ns` is more than the tolerance before the last of this run.
    pub(super) fn falls_to(&self, run_ns: u64, tolerance_ns: u64) -> bool {
        self.seen
            .is_some_and(|(_, last)| run_ns.saturating_add(tolerance_ns) < last)
    }

    pub(super) fn tick(&mut self, run_ns: u64) {
        self.seen = match self.seen {
            None => Some((run_ns, run_ns)),
            Some((first, last)) => Some((first.min(run_ns), last.max(run_ns))),
        };
    }

    pub(super) fn pause(&mut self, start_ns: u64, end_ns: u64) {
        self.tick(start_ns);
        self.tick(end_ns);
        self.first_pause_ns.get_or_insert(start_ns);
        let fresh_from = start_ns.max(self.last_pause_end_ns);
        let fresh_ns = end_ns.saturating_sub(fresh_from);
        self.paused_ns = self.paused_ns.saturating_add(fresh_ns);
        self.last_pause_end_ns = self.last_pause_end_ns.max(end_ns);
    }

    pub(super) fn first_ns(&self) -> Option<u64> {
        self.seen.map(|(first, _)| first)
    }

    /// From the first stamp to the last.
    pub(super) fn span_ns(&self) -> Option<u64> {
        self.seen.map(|(first, last)| last - first)
    }

    /// From the beginning of the first pause to the last stamp.
    pub(super) fn span_from_first_pause_ns(&self) -> Option<u64> {
        Some(self.seen?.1.saturating_sub(self.first_pause_ns?))
    }
}

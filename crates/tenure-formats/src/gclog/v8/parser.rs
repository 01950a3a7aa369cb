//! The state between lines: the isolates, and whether a crash repeats what was told.

use tenure_model::timeline::{
    Class, Collector, Event, Fact, Kind, Label, LineClass, Mark, Remark, Runtime, Sink, Stamp,
};

use super::decoration::{self, Decorated};
use super::heaps::Heaps;
use super::trace::{self, Steps};
use super::{nvp, trace::kind_of};
use crate::gclog::parser::{Line, LogParser};

/// Beginnings of the messages that belong to a collection, or tell of the heap.
const DETAILS: [&[u8]; 19] = [
    b"Memory allocator,",
    b"All spaces,",
    b"Unmapper buffering",
    b"Pool buffering",
    b"External memory",
    b"Backing store memory",
    b"Total time spent in GC",
    b"Shrinking page",
    b"Fast promotion mode",
    b"(*) Sweeping",
    b"[HeapController]",
    b"[GlobalMemoryController]",
    b"Heap growing factor",
    b"Grow:",
    b"[IncrementalMarking]",
    b"Speed up marking",
    b"Marking speed",
    b"[MinorMarkSweep]",
    b"Memory reducer:",
];

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    event: Event,
    heaps: Heaps,
    collector_told: bool,
    /// Within the list of the last collections that V8 writes when memory ends.
    repeats: bool,
    /// Behind that list: stacks, in words that are not the collector's.
    crashed: bool,
    /// The line at which a collection broke off.
    torn: Option<u64>,
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::V8
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::Unfinished);
        }
        let mut rest = line.bytes;
        let mut class = LineClass::Unclassified;
        if decoration::read(rest).is_none() {
            let Some(at) = decoration::within(rest) else {
                return self.bare(rest);
            };
            sink.remark(line.number, Remark::TornLine);
            rest = &rest[at..];
        }
        // Two collections share a line where the first was cut off.
        while !rest.is_empty() {
            let end = decoration::within(rest).unwrap_or(rest.len());
            let of_part = match decoration::read(&rest[..end]) {
                Some(decorated) => self.decorated(line.number, &decorated, sink),
                None => LineClass::Unclassified,
            };
            if class != LineClass::Event {
                class = of_part;
            }
            rest = &rest[end..];
        }
        class
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::CutShort);
        }
    }
}

impl Parser {
    fn decorated(&mut self, number: u64, line: &Decorated<'_>, sink: &mut dyn Sink) -> LineClass {
        let message = line.message;
        let kind = kind_of(message);
        let is_nvp = message.starts_with(b"pause=");
        let is_collection = kind.is_some() || is_nvp;
        if line.heap.is_none() && !is_collection {
            return LineClass::Unclassified;
        }
        self.crashed = false;
        let heap = self.heaps.number(line.heap);
        let Some(at_ns) = line.at_ns else {
            return class_of(message);
        };
        if self.repeats && self.heaps.last_ns().is_some_and(|last_ns| at_ns <= last_ns) {
            return LineClass::Detail;
        }
        self.heaps.tick(at_ns);
        sink.stamp(Stamp {
            run_ns: at_ns,
            unix_ns: None,
            heap,
        });
        if !is_collection {
            return class_of(message);
        }
        if !self.collector_told {
            self.collector_told = true;
            sink.fact(Fact::Collector(Collector::V8));
        }
        let (kind, skip) = kind.unwrap_or((Kind::Other, 0));
        self.event.clear(Class::Pause, kind);
        self.event.line = number;
        self.event.heap = heap;
        let mut steps = None;
        let text = &message[skip..];
        let is_whole = if is_nvp {
            nvp::read(text, &mut self.event, &mut steps)
        } else {
            trace::read(text, &mut self.event, &mut steps)
        };
        if !is_whole {
            self.event.marks.set(Mark::Torn);
            self.torn = Some(number);
        }
        self.hand_on(at_ns, steps, sink);
        LineClass::Event
    }

    /// The pause, and the increments of marking before it.
    fn hand_on(&mut self, end_ns: u64, steps: Option<Steps>, sink: &mut dyn Sink) {
        let start_ns = end_ns.saturating_sub(self.event.duration_ns.unwrap_or(0));
        self.event.start_ns = Some(start_ns);
        if let Some(longest_ns) = steps.and_then(|steps| steps.longest_ns) {
            self.event.phase(Label::from("longest step"), longest_ns);
        }
        sink.event(&self.event);
        let Some(steps) = steps.filter(|steps| steps.since_marking) else {
            return;
        };
        let (line, heap) = (self.event.line, self.event.heap);
        self.event.clear(Class::Stall, Kind::IncrementalSteps);
        self.event.line = line;
        self.event.heap = heap;
        self.event.duration_ns = Some(steps.duration_ns);
        // Newer versions tell the time of steps that they do not count.
        self.event.repeats = u32::try_from(steps.count).unwrap_or(u32::MAX).max(1);
        sink.event(&self.event);
    }

    /// A line without decoration.
    fn bare(&mut self, line: &[u8]) -> LineClass {
        let text = line.trim_ascii();
        if text.is_empty() {
            return LineClass::Blank;
        }
        if text.starts_with(b"<--- Last few GCs") {
            self.repeats = true;
            return LineClass::Detail;
        }
        if text.starts_with(b"<--- ") || text.starts_with(b"FATAL ERROR: ") {
            self.repeats = false;
            self.crashed = true;
        }
        if self.crashed {
            LineClass::Other
        } else {
            LineClass::Unclassified
        }
    }
}

fn class_of(message: &[u8]) -> LineClass {
    let message = message.trim_ascii_start();
    let is_space = memchr::memmem::find(message.get(..48).unwrap_or(message), b" used: ").is_some();
    if is_space || DETAILS.iter().any(|text| message.starts_with(text)) {
        LineClass::Detail
    } else {
        LineClass::Other
    }
}

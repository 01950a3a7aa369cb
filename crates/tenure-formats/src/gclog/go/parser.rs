//! The state between lines: the number and clock of the last collection.

use tenure_model::timeline::{
    Change, Class, Collector, Cpu, Event, Fact, Kind, Label, LineClass, Mark, Remark, Runtime,
    Sink, Space, Stamp,
};

use super::trace::{Clock, CpuTimes, Trace, header_at};
use crate::gclog::parser::{Line, LogParser};

/// Beginnings of the scavenger's and pacer's lines, which come between those of the collector.
const DETAILS: [&[u8]; 5] = [
    b"scvg",
    b"forced scvg: ",
    b"scav ",
    b"pacer: ",
    b"GC forced",
];

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    event: Event,
    last_id: u64,
    processors: Option<u64>,
    /// The line at which a collection broke off.
    torn: Option<u64>,
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::Go
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::Unfinished);
        }
        let Some(at) = header_at(line.bytes) else {
            return class_of(line.bytes);
        };
        if at > 0 {
            sink.remark(line.number, Remark::TornLine);
        }
        let mut rest = &line.bytes[at..];
        let mut found = false;
        while !rest.is_empty() {
            // Two collections share a line where the first was cut off.
            let end = rest
                .get(3..)
                .and_then(header_at)
                .map_or(rest.len(), |at| at + 3);
            if let Some(trace) = Trace::read(&rest[..end]) {
                self.collection(line.number, &trace, sink);
                found = true;
            }
            rest = &rest[end..];
        }
        if found {
            LineClass::Event
        } else {
            LineClass::Unclassified
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::CutShort);
        }
    }
}

impl Parser {
    fn collection(&mut self, number: u64, trace: &Trace, sink: &mut dyn Sink) {
        if self.last_id == 0 {
            sink.fact(Fact::Collector(Collector::Go));
        } else if trace.id == 1 {
            sink.fact(Fact::NewRun);
        }
        self.last_id = trace.id.max(1);
        if trace.processors.is_some() && trace.processors != self.processors {
            self.processors = trace.processors;
            sink.fact(Fact::Processors(trace.processors.unwrap_or(0)));
        }
        sink.stamp(Stamp {
            run_ns: trace.start_ns,
            unix_ns: None,
            heap: 0,
        });
        if let Some(clock) = trace.clock {
            self.parts(number, trace, clock, sink);
        }
        if !trace.is_whole() {
            self.torn = Some(number);
        }
        self.cycle(number, trace);
        sink.event(&self.event);
    }

    /// The two pauses, the marking between them, and the delay of those that allocated.
    fn parts(&mut self, number: u64, trace: &Trace, clock: Clock, sink: &mut dyn Sink) {
        let cpu = trace.cpu.unwrap_or_default();
        let told = trace.cpu.is_some();
        let mark_start_ns = trace.start_ns.saturating_add(clock.sweep_termination_ns);
        let stop_ns = mark_start_ns.saturating_add(clock.mark_ns());

        self.begin(Class::Pause, Kind::SweepTermination, number, trace);
        self.event.duration_ns = Some(clock.sweep_termination_ns);
        let used_ns = cpu.sweep_termination_ns;
        self.event.cpu = told.then(|| processor(used_ns, clock.sweep_termination_ns));
        sink.event(&self.event);

        self.begin(Class::Concurrent, Kind::ConcurrentMark, number, trace);
        self.event.start_ns = Some(mark_start_ns);
        self.event.duration_ns = Some(clock.mark_ns());
        self.event.cpu = told.then(|| processor(marking_ns(&cpu), clock.mark_ns()));
        if clock.concurrent_ns[1..] != [0, 0] {
            let names = ["scan", "write barriers", "mark"];
            for (name, part_ns) in names.into_iter().zip(clock.concurrent_ns) {
                self.event.phase(Label::from(name), part_ns);
            }
        }
        sink.event(&self.event);

        if cpu.assist_ns > 0 {
            self.begin(Class::Stall, Kind::MarkAssist, number, trace);
            self.event.start_ns = Some(mark_start_ns);
            self.event.duration_ns = Some(cpu.assist_ns);
            sink.event(&self.event);
        }

        self.begin(Class::Pause, Kind::MarkTermination, number, trace);
        self.event.start_ns = Some(stop_ns);
        self.event.duration_ns = Some(clock.mark_termination_ns);
        let used_ns = cpu.mark_termination_ns;
        self.event.cpu = told.then(|| processor(used_ns, clock.mark_termination_ns));
        sink.event(&self.event);
    }

    fn cycle(&mut self, number: u64, trace: &Trace) {
        self.begin(Class::Cycle, Kind::Cycle, number, trace);
        let event = &mut self.event;
        event.duration_ns = trace.clock.map(|clock| clock.total_ns());
        let wall_ns = event.duration_ns.unwrap_or(0);
        event.cpu = trace.cpu.map(|cpu| processor(cpu.total_ns(), wall_ns));
        event.cpu_share = Some(trace.cpu_share);
        if let Some([before, after, live]) = trace.heap {
            event
                .sizes
                .set(Space::Heap, Change::new(before, after, None));
            event.live = Some(live);
        }
        event.sizes.at(Space::NonHeap).after = trace.non_heap;
        event.goal = trace.goal;
        let workers = trace.processors.and_then(|count| u32::try_from(count).ok());
        event.workers = workers.map(|count| (count, count));
        if !trace.is_whole() {
            event.marks.set(Mark::Torn);
        }
    }

    fn begin(&mut self, class: Class, kind: Kind, number: u64, trace: &Trace) {
        let event = &mut self.event;
        event.clear(class, kind);
        event.id = Some(trace.id);
        event.line = number;
        event.start_ns = Some(trace.start_ns);
        if trace.forced {
            event.cause = Label::from("forced");
            event.marks.set(Mark::Explicit);
        }
    }
}

/// Go tells processor time without the share of the kernel.
fn processor(used_ns: u64, real_ns: u64) -> Cpu {
    Cpu {
        user_ns: used_ns,
        system_ns: 0,
        real_ns,
    }
}

fn marking_ns(cpu: &CpuTimes) -> u64 {
    [cpu.scan_ns, cpu.assist_ns, cpu.background_ns, cpu.idle_ns]
        .iter()
        .fold(0, |sum: u64, part| sum.saturating_add(*part))
}

fn class_of(line: &[u8]) -> LineClass {
    if line.trim_ascii().is_empty() {
        return LineClass::Blank;
    }
    if DETAILS.iter().any(|text| line.starts_with(text)) {
        return LineClass::Detail;
    }
    // `schedtrace` comes by the same variable, and often on.
    if line.starts_with(b"SCHED ") {
        return LineClass::Other;
    }
    LineClass::Unclassified
}

//! The state between lines: which generation of the log it is, its header, and its runs.

use tenure_model::timeline::{Collector, Fact, LineClass, Remark, Runtime, Sink};

use super::classic::Classic;
use super::clock::Clock;
use super::ibm_i::IbmI;
use super::modern::Modern;
use super::sovereign::Sovereign;
use super::tag::{Tag, Tags};
use crate::gclog::parser::{Line, LogParser};

/// Bytes of the command line that are kept.
const FLAGS_MAX: usize = 4096;

/// Elements of the header.
const HEADER: [&[u8]; 10] = [
    b"?xml",
    b"verbosegc",
    b"initialized",
    b"attribute",
    b"system",
    b"vmargs",
    b"vmarg",
    b"region",
    b"arguments",
    b"arraylet",
];

/// Elements that begin or end something.
const EVENTS: [&[u8]; 13] = [
    b"exclusive-start",
    b"exclusive-end",
    b"cycle-start",
    b"cycle-end",
    b"gc-start",
    b"gc-end",
    b"concurrent-start",
    b"concurrent-end",
    b"af",
    b"sys",
    b"con",
    b"gc",
    b"quanta",
];

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    clock: Clock,
    modern: Modern,
    classic: Classic,
    sovereign: Sovereign,
    ibm_i: IbmI,
    version: Vec<u8>,
    flags: Vec<u8>,
    headers: u64,
    last_id: u64,
    within_xml: bool,
    torn: Option<u64>,
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::OpenJ9
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::Unfinished);
        }
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            return LineClass::Blank;
        }
        let (number, clock) = (line.number, &mut self.clock);
        let of_text = match text[0] {
            b'<' => self.sovereign.line(number, text, clock, sink),
            b'G' => self.ibm_i.line(number, text, clock, sink),
            _ => None,
        };
        of_text.unwrap_or_else(|| self.xml(number, text, sink))
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if let Some(number) = self.torn.take() {
            sink.remark(number, Remark::CutShort);
        }
        self.modern.finish(sink);
        self.classic.finish(sink);
        self.sovereign.finish(sink);
        self.ibm_i.finish(sink);
    }
}

impl Parser {
    fn xml(&mut self, number: u64, line: &[u8], sink: &mut dyn Sink) -> LineClass {
        let mut class = LineClass::Unclassified;
        for tag in Tags::new(line) {
            if !tag.is_whole {
                self.torn = Some(number);
            }
            let of_tag = self.tag(number, &tag, sink);
            class = match (class, of_tag) {
                (LineClass::Event, _) | (_, LineClass::Event) => LineClass::Event,
                (LineClass::Unclassified, _) => of_tag,
                _ => class,
            };
        }
        class
    }

    fn tag(&mut self, number: u64, tag: &Tag<'_>, sink: &mut dyn Sink) -> LineClass {
        if HEADER.contains(&tag.name) {
            self.within_xml = true;
            self.header(tag, sink);
            return LineClass::Header;
        }
        let is_classic = matches!(tag.name, b"af" | b"sys" | b"con");
        if is_classic || self.classic.is_open() {
            self.classic.tag(number, tag, &mut self.clock, sink);
        } else {
            if let Some(id) = tag.integer(b"id") {
                self.last_id = self.last_id.max(id);
            }
            self.modern.tag(number, tag, &mut self.clock, sink);
        }
        if EVENTS.contains(&tag.name) {
            self.within_xml = true;
            return LineClass::Event;
        }
        // What else stands within the log belongs to one of these; elsewhere it may be any XML.
        if self.within_xml {
            LineClass::Detail
        } else {
            LineClass::Unclassified
        }
    }

    fn header(&mut self, tag: &Tag<'_>, sink: &mut dyn Sink) {
        if tag.closes {
            if tag.name == b"vmargs" && !self.flags.is_empty() {
                let flags = String::from_utf8_lossy(&self.flags).into_owned();
                sink.fact(Fact::Flags(flags));
                self.flags.clear();
            }
            return;
        }
        match tag.name {
            b"verbosegc" => self.begin_log(tag, sink),
            b"initialized" => self.begin_run(tag, sink),
            b"attribute" => attribute(tag, &mut self.modern, sink),
            b"vmarg" => self.flag(tag),
            _ => {}
        }
    }

    /// A rotated log has the same header in each part, with numbers that go on; those of a new
    /// run begin anew. Logs before 2.6 do not number it.
    fn begin_log(&mut self, tag: &Tag<'_>, sink: &mut dyn Sink) {
        let version = tag.attribute(b"version").unwrap_or_default();
        self.version = version.get(..64).unwrap_or(version).to_vec();
        let is_classic = tag.attribute(b"xmlns").is_none();
        self.headers += 1;
        if is_classic && self.headers > 1 {
            self.new_run(sink);
        }
        self.tell_version(sink);
    }

    fn begin_run(&mut self, tag: &Tag<'_>, sink: &mut dyn Sink) {
        if let Some(id) = tag.integer(b"id") {
            if id <= self.last_id && self.last_id > 0 {
                self.new_run(sink);
                self.tell_version(sink);
            }
            self.last_id = id;
        }
        if let Some(text) = tag.attribute(b"timestamp") {
            self.clock.tick(text, sink);
        }
    }

    fn new_run(&mut self, sink: &mut dyn Sink) {
        self.modern.finish(sink);
        self.classic.finish(sink);
        self.modern = Modern::default();
        self.clock = Clock::default();
        sink.fact(Fact::NewRun);
    }

    fn tell_version(&mut self, sink: &mut dyn Sink) {
        if !self.version.is_empty() {
            let version = String::from_utf8_lossy(&self.version).into_owned();
            sink.fact(Fact::Version(version));
        }
    }

    fn flag(&mut self, tag: &Tag<'_>) {
        let name = tag.attribute(b"name").unwrap_or_default();
        if self.flags.len() + name.len() < FLAGS_MAX {
            if !self.flags.is_empty() {
                self.flags.push(b' ');
            }
            self.flags.extend_from_slice(name);
        }
    }
}

/// `<attribute name="maxHeapSize" value="0x40000000" />`
fn attribute(tag: &Tag<'_>, modern: &mut Modern, sink: &mut dyn Sink) {
    let name = tag.attribute(b"name").unwrap_or_default();
    if name == b"gcPolicy" {
        let policy = tag.attribute(b"value").unwrap_or_default();
        let policy = policy.strip_prefix(b"-Xgcpolicy:").unwrap_or(policy);
        let collector = match policy {
            b"gencon" => Collector::GenCon,
            b"balanced" => Collector::Balanced,
            b"optthruput" => Collector::OptThroughput,
            b"optavgpause" => Collector::OptAveragePause,
            b"metronome" => Collector::Metronome,
            _ => return,
        };
        modern.infer(collector, sink);
        return;
    }
    let Some(value) = tag.integer(b"value") else {
        return;
    };
    sink.fact(match name {
        b"maxHeapSize" => Fact::HeapMaxBytes(value),
        b"initialHeapSize" => Fact::HeapInitialBytes(value),
        b"physicalMemory" => Fact::MemoryBytes(value),
        b"numCPUs" => Fact::Processors(value),
        b"gcthreads" => Fact::ParallelWorkers(value),
        b"gcthreads Concurrent Mark" => Fact::ConcurrentWorkers(value),
        b"regionSize" => Fact::RegionBytes(value),
        _ => return,
    });
}

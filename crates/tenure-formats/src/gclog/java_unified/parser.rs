//! The state between lines.

use tenure_model::timeline::{
    Collector, Fact, Kind, LineClass, Mark, Remark, Runtime, Sink, Stamp,
};

use super::concurrent::Cycles;
use super::decorations::Shared;
use super::pauses::Pauses;
use super::safepoints::Safepoints;
use super::{Clock, details, init, known, witness, z_tables};
use crate::gclog::cursor::Cursor;
use crate::gclog::parser::{Line, LogParser};

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    clock: Clock,
    shared: Shared,
    /// Time of the last line.
    now: Option<Stamp>,
    pauses: Pauses,
    cycles: Cycles,
    safepoints: Safepoints,
    /// True once an event was read in this run.
    has_events: bool,
    comma_told: bool,
    /// True once the collector was told, or seen by what only it writes.
    knows_collector: bool,
    /// Number of the last line.
    number: u64,
}

/// One line, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Number of the line.
    pub(super) number: u64,
    /// Its time.
    pub(super) now: Option<Stamp>,
    /// Its tags.
    pub(super) tags: &'a [u8],
    /// Number of the collection.
    pub(super) id: Option<u64>,
    /// What follows `GC(n) `, or the whole message, with its indentation.
    pub(super) body: &'a [u8],
}

impl Place<'_> {
    /// The start of what has taken `duration_ns` until now.
    pub(super) fn before(&self, duration_ns: u64) -> Option<u64> {
        Some(self.now?.run_ns.saturating_sub(duration_ns))
    }
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::JavaUnified
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        self.number = line.number;
        let (decorated, is_same_time) = self.shared.read(line.bytes);
        let (id, body) = numbered(decorated.message);
        let begins_run = id.is_none() && self.has_events && init::begins_run(body);
        if begins_run {
            self.end_run(sink);
            sink.fact(Fact::NewRun);
        }
        if begins_run || !is_same_time {
            self.now = self.clock.stamp(decorated.uptime_ns, decorated.unix_ns);
            if let Some(now) = self.now {
                sink.stamp(now);
            }
        }
        let now = self.now;
        if decorated.has_comma && !self.comma_told {
            self.comma_told = true;
            sink.remark(line.number, Remark::DecimalComma);
        }
        let place = Place {
            number: line.number,
            now,
            tags: decorated.tags,
            id,
            body,
        };
        if body.trim_ascii().is_empty() {
            return if decorated.is_decorated {
                LineClass::Detail
            } else {
                LineClass::Blank
            };
        }
        let class = match id {
            Some(id) => self.collection(&place, id, sink),
            None => self.loose(&place, sink),
        };
        self.has_events |= class == LineClass::Event;
        match class {
            // The collector talks to its developers: no event is told at these levels.
            LineClass::Unclassified if decorated.is_debug => LineClass::Other,
            class => class,
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        self.end_run(sink);
    }
}

impl Parser {
    /// A line with the number of a collection.
    fn collection(&mut self, place: &Place<'_>, id: u64, sink: &mut dyn Sink) -> LineClass {
        let body = place.body;
        if !self.knows_collector
            && let Some(collector) = witness::collector(body)
        {
            self.knows_collector = true;
            sink.fact(Fact::Collector(collector));
        }
        if let Some(text) = body.strip_prefix(b"Pause ") {
            return self.pause(place, text, 0, sink);
        }
        if let Some(text) = body.strip_prefix(b"Concurrent ")
            && !text.starts_with(b"refinement")
        {
            return self.cycles.phase(place, text, sink);
        }
        if let Some(kind) = cycle_of_z(body) {
            self.pauses.release(sink);
            if kind != Kind::Cycle {
                sink.fact(Fact::Collector(Collector::GenerationalZ));
            }
            return self.cycles.collection(place, kind, sink);
        }
        if body.starts_with(b"User=") && self.pauses.cpu(id, body, sink) {
            return LineClass::Detail;
        }
        if let [prefix @ (b'y' | b'Y' | b'O'), b':', b' ', text @ ..] = body {
            return self.generation(place, *prefix, text, sink);
        }
        if details::read(&mut self.pauses.collecting, id, body)
            || self.cycles.table(Some(id), 0, body)
        {
            return LineClass::Detail;
        }
        self.safepoints
            .read(place, sink)
            .unwrap_or_else(|| known::class(place.tags, body, true))
    }

    /// A line of one generation of ZGC, behind `y: `, `Y: ` or `O: `.
    fn generation(
        &mut self,
        place: &Place<'_>,
        prefix: u8,
        text: &[u8],
        sink: &mut dyn Sink,
    ) -> LineClass {
        if let Some(text) = text.strip_prefix(b"Pause ") {
            return self.pause(place, text, prefix, sink);
        }
        if let Some(text) = text.strip_prefix(b"Concurrent ") {
            return self.cycles.phase(place, text, sink);
        }
        if self.cycles.table(place.id, prefix, text) {
            return LineClass::Detail;
        }
        let inner = Place {
            body: text,
            ..*place
        };
        self.safepoints
            .read(&inner, sink)
            .unwrap_or_else(|| known::class(place.tags, text, true))
    }

    fn pause(
        &mut self,
        place: &Place<'_>,
        text: &[u8],
        prefix: u8,
        sink: &mut dyn Sink,
    ) -> LineClass {
        if self.pauses.read(place, text, sink)
            && let Some(pause) = self.pauses.last_mut()
        {
            pause.kind = z_tables::pause_kind(prefix, pause.kind);
            self.cycles.pause(place, pause, text, sink);
        }
        LineClass::Event
    }

    /// A line without the number of a collection.
    fn loose(&mut self, place: &Place<'_>, sink: &mut dyn Sink) -> LineClass {
        if place.body.starts_with(b"Safepoint \"") {
            self.pauses.release(sink);
        }
        if let Some(class) = self.safepoints.read(place, sink) {
            return class;
        }
        if let Some(region_bytes) = init::region_bytes(place.body) {
            self.pauses.collecting.region_bytes = Some(region_bytes);
            sink.fact(Fact::RegionBytes(region_bytes));
            return LineClass::Header;
        }
        self.knows_collector |= init::collector(place.body).is_some();
        if init::read(place.body, sink) {
            return LineClass::Header;
        }
        known::class(place.tags, place.body, false)
    }

    fn end_run(&mut self, sink: &mut dyn Sink) {
        self.pauses.release(sink);
        if let Some(event) = self.pauses.collecting.unfinished() {
            event.marks.set(Mark::Torn);
            sink.event(event);
            sink.remark(self.number, Remark::CutShort);
        }
        self.cycles.finish(sink);
        self.clock.restart();
        self.has_events = false;
    }
}

/// What cycle of ZGC a line begins or ends.
fn cycle_of_z(body: &[u8]) -> Option<Kind> {
    match body.first()? {
        b'G' if body.starts_with(b"Garbage ") => Some(Kind::Cycle),
        b'M' if body.starts_with(b"Minor C") => Some(Kind::MinorCycle),
        b'M' if body.starts_with(b"Major C") => Some(Kind::MajorCycle),
        _ => None,
    }
}

/// `GC(17) ` and what follows.
fn numbered(message: &[u8]) -> (Option<u64>, &[u8]) {
    let mut cursor = Cursor::new(message);
    if cursor.eat(b"GC(")
        && let Some(id) = cursor.integer()
        && cursor.eat(b")")
    {
        cursor.eat(b" ");
        return (Some(id), cursor.rest());
    }
    (None, message)
}

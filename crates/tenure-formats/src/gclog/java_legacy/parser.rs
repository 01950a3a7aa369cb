//! The state between lines, and the way through one line.
//!
//! A line is read from left to right, element by element, as the lines of these logs are torn
//! by the output of other threads at any place: an element that stands for itself is read where
//! it is, and what it tore goes on behind it.

use tenure_model::timeline::{Class, Event, Fact, Kind, LineClass, Remark, Runtime, Sink, Stamp};

use super::collection::{Collection, Role};
use super::concurrent::Concurrent;
use super::{elements, g1_details, header, heap_print, shenandoah, stamps, tables, texts};
use crate::gclog::cursor::Cursor;
use crate::gclog::java_unified::{Clock, Pacing, is_statistics, stopped};
use crate::gclog::parser::{Line, LogParser};
use tenure_model::timeline::{Collector, Mark};

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    clock: Clock,
    collection: Collection,
    concurrent: Concurrent,
    pacing: Pacing,
    /// Stops, and pauses of Shenandoah.
    event: Event,
    /// The last stamp.
    now: Option<Stamp>,
    /// Collector as far as it is told by the collections.
    collector: Collector,
    has_events: bool,
    is_rotated: bool,
    comma_told: bool,
    /// Number of the last line.
    number: u64,
    seen: Seen,
}

/// What was found in the line so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    event: bool,
    detail: bool,
    unknown: bool,
    /// A stamp that belongs to the next bracket.
    stamp: Option<Stamp>,
    /// True once anything but a stamp was found.
    element: bool,
    /// True if the collection under way began this line, without a stamp.
    bare_begin: bool,
    /// True if the next times are those of a concurrent phase.
    concurrent_times: bool,
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::JavaLegacy
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        self.number = line.number;
        let bare_begin = self.seen.bare_begin;
        self.seen = Seen {
            bare_begin,
            ..Seen::default()
        };
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            return LineClass::Blank;
        }
        if let Some(class) = self.pacing.read(line.bytes, line.number, sink) {
            return class;
        }
        if let Some(class) = self.whole(line.bytes, text, sink) {
            return class;
        }
        self.scan(Cursor::new(line.bytes), sink);
        let seen = self.seen;
        self.has_events |= seen.event;
        if seen.event {
            LineClass::Event
        } else if seen.detail {
            LineClass::Detail
        } else {
            LineClass::Unclassified
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        let is_torn = self.flush(sink);
        if is_torn {
            sink.remark(self.number, Remark::CutShort);
        }
    }
}

impl Parser {
    /// Lines that are something as a whole.
    fn whole(&mut self, line: &[u8], text: &[u8], sink: &mut dyn Sink) -> Option<LineClass> {
        if g1_details::read(line, self.collection.event_mut()) {
            if let Some(at) = memchr::memmem::find(line, b"[GC concurrent-") {
                self.scan(Cursor::new(&line[at..]), sink);
            }
            return Some(LineClass::Detail);
        }
        let is_bracket = matches!(text.first(), Some(b'[' | b',' | b':'));
        if is_bracket || memchr::memmem::find(text, b"[GC").is_some() {
            return None;
        }
        if header::is_header(text) {
            self.header(text, sink);
            return Some(LineClass::Header);
        }
        let ends_bracket = memchr::memmem::find(text, b" secs]").is_some();
        if !ends_bracket && (heap_print::is_heap_print(text) || tables::is_table(text)) {
            self.tenuring(text);
            // Statements of CMS end in the phase that they are about.
            let has_bracket = memchr::memchr(b'[', text).is_some();
            let is_phase = text.starts_with(b"CMS: ") && has_bracket;
            return (!is_phase).then_some(LineClass::Detail);
        }
        if !ends_bracket && is_statistics(line) {
            return Some(LineClass::Detail);
        }
        None
    }

    fn header(&mut self, text: &[u8], sink: &mut dyn Sink) {
        if header::is_rotation(text) {
            self.is_rotated = true;
        }
        if header::is_version(text) {
            if self.has_events && !self.is_rotated {
                self.flush(sink);
                self.clock.restart();
                self.concurrent.restart();
                sink.fact(Fact::NewRun);
                self.has_events = false;
            }
            self.is_rotated = false;
        }
        header::read(text, sink);
    }

    /// `Desired survivor size 41943040 bytes, new threshold 15 (max 15)`.
    fn tenuring(&mut self, text: &[u8]) {
        let mut cursor = Cursor::new(text);
        if !cursor.eat(b"Desired survivor size ") {
            return;
        }
        let mut read = || {
            cursor.until_text(b"new threshold ")?;
            let threshold = u32::try_from(cursor.integer()?).ok()?;
            cursor.until_text(b"(max ")?;
            Some((threshold, u32::try_from(cursor.integer()?).ok()?))
        };
        let tenuring = read();
        if let (Some(tenuring), Some(event)) = (tenuring, self.collection.event_mut()) {
            event.tenuring = Some(tenuring);
        }
    }

    /// Reads element after element. Each turn moves on by at least one byte.
    fn scan(&mut self, mut cursor: Cursor<'_>, sink: &mut dyn Sink) {
        loop {
            cursor.skip_blanks();
            let Some(next) = cursor.peek() else {
                return;
            };
            let left = cursor.rest().len();
            match next {
                b'0'..=b'9' => self.digit(&mut cursor, sink),
                b'[' => self.bracket(&mut cursor, sink),
                b',' => self.comma(&mut cursor, sink),
                b']' => {
                    cursor.skip(1);
                    self.seen.detail |= self.collection.role().is_some();
                    self.collection.close(None);
                }
                b'(' => self.parenthesis(&mut cursor),
                b':' | b'}' => cursor.skip(1),
                b'#' => self.number_of_collection(&mut cursor),
                b'-' if cursor.eat(b"--") => self.mark_of_failure(),
                b'{' => {
                    self.seen.detail |= heap_print::is_heap_print(cursor.rest());
                    return;
                }
                _ => self.text(&mut cursor, sink),
            }
            if cursor.rest().len() == left {
                cursor.skip(1);
            }
            self.seen.element = true;
        }
    }

    /// A stamp, sizes, or a number that says nothing.
    fn digit(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
        if let Some(stamped) = stamps::read(cursor) {
            self.stamp(stamped, sink);
        } else if let Some(change) = cursor.change() {
            self.seen.detail = true;
            self.torn_begin(sink);
            self.collection.change(change);
        } else if let Some((used, capacity)) = occupancy(cursor) {
            self.seen.detail |= !self.collection.is_idle();
            self.collection.occupancy(used, capacity);
        } else {
            self.seen.unknown = true;
            cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
        }
    }

    fn stamp(&mut self, stamped: stamps::Stamped, sink: &mut dyn Sink) {
        let Some(stamp) = self.clock.stamp(stamped.uptime_ns, stamped.unix_ns) else {
            return;
        };
        if stamped.has_comma && !self.comma_told {
            self.comma_told = true;
            sink.remark(self.number, Remark::DecimalComma);
        }
        sink.stamp(stamp);
        self.now = Some(stamp);
        self.seen.stamp = Some(stamp);
        let is_misplaced = self.seen.bare_begin && self.collection.is_fresh();
        if is_misplaced
            && stamped.unix_ns.is_some()
            && let Some(event) = self.collection.event_mut()
            && event.start_ns.is_none()
        {
            event.start_ns = Some(stamp.run_ns);
            sink.remark(self.number, Remark::MisplacedStamp);
        }
    }

    fn comma(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
        let Some(duration_ns) = texts::end(cursor) else {
            cursor.skip(1);
            return;
        };
        self.torn_begin(sink);
        if self.collection.is_closed() {
            // A second end in a line whose beginning is missing: the outer one.
            if let Some(event) = self.collection.event_mut()
                && event.marks.has(Mark::Torn)
                && event.line == self.number
            {
                event.duration_ns = Some(duration_ns);
            }
            self.seen.event = true;
            return;
        }
        self.seen.detail = true;
        if self.collection.close(Some(duration_ns)) {
            self.seen.event = true;
        }
    }

    /// Figures of a collection stand where none has begun: its beginning is missing.
    fn torn_begin(&mut self, sink: &mut dyn Sink) {
        if self.collection.is_idle() {
            sink.remark(self.number, Remark::TornLine);
            self.collection.begin_torn(Kind::Other, self.number, None);
        }
    }

    fn parenthesis(&mut self, cursor: &mut Cursor<'_>) {
        match texts::bracketed(cursor) {
            Some(text) if self.collection.is_open() => {
                self.seen.detail = true;
                self.collection.remark_in_brackets(text);
            }
            Some(_) => self.seen.unknown = true,
            None => {
                self.seen.unknown = true;
                texts::pass(cursor);
            }
        }
    }

    /// `#12: `, with `-XX:+PrintGCID`.
    fn number_of_collection(&mut self, cursor: &mut Cursor<'_>) {
        cursor.skip(1);
        if cursor.integer().is_some() {
            cursor.eat(b":");
        }
    }

    /// `[GC-- [PSYoungGen: …`: no room for what lived.
    fn mark_of_failure(&mut self) {
        if let Some(event) = self.collection.event_mut() {
            let is_g1 = self.collector == Collector::G1;
            event.marks.set(if is_g1 {
                Mark::EvacuationFailure
            } else {
                Mark::PromotionFailed
            });
        }
    }

    fn text(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
        if cursor.eat(b"Total time for which application threads were stopped: ") {
            match stopped(*cursor) {
                Some((duration_ns, reach_ns)) => self.stop(duration_ns, reach_ns, sink),
                None => self.seen.unknown = true,
            }
            texts::pass(cursor);
            return;
        }
        if cursor.eat(b"CMS: abort preclean due to time ") {
            self.seen.detail = true;
            return;
        }
        if cursor.rest().starts_with(b"icms_dc=") {
            self.collects_with(Collector::IncrementalCms, sink);
        }
        let is_known = texts::is_known(cursor.rest())
            || tables::is_table(cursor.rest())
            || header::is_version(cursor.rest());
        if is_known {
            self.seen.detail = true;
        } else {
            self.seen.unknown = true;
        }
        texts::pass(cursor);
    }

    fn stop(&mut self, duration_ns: u64, reach_ns: Option<u64>, sink: &mut dyn Sink) {
        if self.collection.is_closed() {
            self.flush(sink);
        }
        self.event.clear(Class::Stop, Kind::Safepoint);
        self.event.line = self.number;
        self.event.duration_ns = Some(duration_ns);
        self.event.reach_ns = reach_ns;
        let stamp = self.seen.stamp.take();
        self.event.start_ns = stamp.map(|stamp| stamp.run_ns.saturating_sub(duration_ns));
        sink.event(&self.event);
        self.seen.event = true;
    }

    /// An opening bracket.
    fn bracket(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
        let text = &cursor.rest()[1..];
        let whole = memchr::memchr(b']', text).map(|at| &text[..at]);
        if let Some(whole) = whole
            && self.whole_bracket(whole, sink)
        {
            cursor.skip(whole.len() + 2);
            return;
        }
        cursor.skip(1);
        if text.starts_with(b"[") {
            // The bracket of a line that another one has torn.
            return;
        }
        if text.starts_with(b"0x") || elements::is_passed_over(text) {
            self.seen.detail = true;
            texts::pass(cursor);
        } else if text.starts_with(b"GC ref-proc") {
            cursor.skip(b"GC ref-proc".len());
            self.collection.push(Role::Part, b"GC ref-proc");
        } else if cursor.eat(b"Full GC") {
            self.begin(Kind::Full, sink);
        } else if cursor.eat(b"GC") {
            let kind = self.kind_of_collection(cursor, sink);
            self.begin(kind, sink);
        } else {
            self.part(cursor, sink);
        }
    }

    /// Brackets that are read at once, from `[` to `]`; false if it is none of them.
    fn whole_bracket(&mut self, text: &[u8], sink: &mut dyn Sink) -> bool {
        let now_ns = self.seen.stamp.map(|stamp| stamp.run_ns);
        let is_read = if text.starts_with(b"Times:") {
            self.times(text, sink)
        } else if text.starts_with(b"Eden: ") {
            let event = self.collection.event_mut();
            event.is_none_or(|event| elements::g1_sizes(text, event))
        } else if text.starts_with(b"YG occupancy:") {
            if let Some(event) = self.collection.event_mut() {
                event.kind = Kind::Remark;
            }
            true
        } else if elements::is_passed_over(text) {
            true
        } else if text.starts_with(b"Pause ") || text.starts_with(b"Concurrent ") {
            let line = self.number;
            let is_read = shenandoah::read(&mut self.event, text, line, now_ns, sink);
            self.seen.event |= is_read;
            is_read
        } else if self.concurrent.read(text, self.number, now_ns, sink) {
            self.seen.event = true;
            self.seen.concurrent_times = true;
            if text.starts_with(b"CMS") {
                self.collects_with(Collector::Cms, sink);
            }
            true
        } else {
            let mut cursor = Cursor::new(text);
            cursor.skip_blanks();
            let change = cursor.change().filter(|_| cursor.at_end());
            if let Some(change) = change.filter(|_| !self.collection.is_idle()) {
                self.collection.change(change);
            }
            change.is_some()
        };
        if is_read {
            self.seen.detail = true;
            self.seen.stamp = None;
        }
        is_read
    }

    fn times(&mut self, text: &[u8], sink: &mut dyn Sink) -> bool {
        let Some(cpu) = elements::cpu(text) else {
            return false;
        };
        if !std::mem::take(&mut self.seen.concurrent_times) && self.collection.is_closed() {
            self.collection.cpu(cpu);
            self.flush(sink);
        }
        true
    }

    /// Behind `[GC`: what kind of collection it is.
    fn kind_of_collection(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) -> Kind {
        let kind = if cursor.eat(b" pause") {
            Kind::Young
        } else if cursor.eat(b" remark") {
            Kind::Remark
        } else if cursor.eat(b" cleanup") {
            Kind::Cleanup
        } else {
            return Kind::Young;
        };
        self.collects_with(Collector::G1, sink);
        kind
    }

    fn begin(&mut self, kind: Kind, sink: &mut dyn Sink) {
        self.seen.event = true;
        let stamp = self.seen.stamp.take();
        if kind == Kind::Young && self.collection.takes_nested() {
            self.collection.push(Role::Nested, b"");
            return;
        }
        if self.flush(sink) {
            sink.remark(self.number, Remark::Unfinished);
        }
        let start_ns = stamp.map(|stamp| stamp.run_ns);
        self.collection.begin(kind, self.number, start_ns);
        self.seen.bare_begin = !self.seen.element;
        self.seen.concurrent_times = false;
    }

    /// `[ParNew: …`, `[1 CMS-remark: …`, `[Rescan (parallel) , …`: a part of a collection.
    fn part(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
        let mark = cursor.rest();
        let is_numbered = cursor.eat(b"1 ");
        let name = cursor
            .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-' | b'&'));
        let role = if is_numbered {
            Role::Old
        } else {
            elements::role(name)
        };
        self.infer(name, sink);
        self.seen.stamp = None;
        if self.collection.is_closed() && role != Role::Part && role != Role::Metaspace {
            self.flush(sink);
        }
        if self.collection.is_idle() && matches!(role, Role::Young | Role::Old) && !is_numbered {
            sink.remark(self.number, Remark::TornLine);
            self.collection.begin_torn(Kind::Young, self.number, None);
        }
        if !self.collection.is_open() {
            self.seen.detail |= role == Role::Metaspace;
            self.seen.unknown = true;
            *cursor = Cursor::new(mark);
            texts::pass(cursor);
            return;
        }
        self.seen.detail = true;
        if let Some(event) = self.collection.event_mut().filter(|_| is_numbered) {
            event.kind = if name.ends_with(b"remark") {
                Kind::Remark
            } else {
                Kind::InitialMark
            };
        }
        self.collection.push(role, name);
    }

    /// The collector, from the names of its generations.
    fn infer(&mut self, name: &[u8], sink: &mut dyn Sink) {
        let collector = match name.trim_ascii() {
            b"PSYoungGen" => Collector::Parallel,
            b"DefNew" => Collector::Serial,
            b"ParNew" => Collector::ParNew,
            b"CMS" | b"ASCMS" | b"CMS-initial-mark" | b"CMS-remark" => Collector::Cms,
            _ => return,
        };
        self.collects_with(collector, sink);
    }

    /// Tells the collector, unless one more certain is told.
    fn collects_with(&mut self, collector: Collector, sink: &mut dyn Sink) {
        let is_cms = matches!(self.collector, Collector::Cms | Collector::IncrementalCms);
        let is_more_certain = match collector {
            Collector::Cms => self.collector != Collector::IncrementalCms,
            Collector::ParNew | Collector::Serial => !is_cms,
            _ => true,
        };
        if is_more_certain && self.collector != collector {
            self.collector = collector;
            sink.fact(Fact::Collector(collector));
        }
    }

    fn flush(&mut self, sink: &mut dyn Sink) -> bool {
        if let Some(event) = self.collection.event_mut() {
            self.concurrent.pause(event);
        }
        self.collection.flush(sink)
    }
}

/// `280K(19136K)`.
fn occupancy(cursor: &mut Cursor<'_>) -> Option<(u64, u64)> {
    let mut ahead = *cursor;
    let used = ahead.size()?;
    let capacity = ahead.bracketed_size()?;
    *cursor = ahead;
    Some((used, capacity))
}

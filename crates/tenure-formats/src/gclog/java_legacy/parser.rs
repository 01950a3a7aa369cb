//! The state between lines, and what a line is as a whole.

use tenure_model::timeline::{Collector, Event, Fact, LineClass, Remark, Runtime, Sink, Stamp};

use super::collection::Collection;
use super::concurrent::Concurrent;
use super::{g1_details, header, heap_print, stamps, tables};
use crate::gclog::cursor::Cursor;
use crate::gclog::java_unified::{Clock, Pacing, is_statistics};
use crate::gclog::parser::{Line, LogParser};

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
pub(super) struct Parser {
    pub(super) clock: Clock,
    pub(super) collection: Collection,
    pub(super) concurrent: Concurrent,
    pub(super) pacing: Pacing,
    /// Stops, and pauses of Shenandoah.
    pub(super) event: Event,
    /// Collector as far as it is told by the collections.
    pub(super) collector: Collector,
    pub(super) has_events: bool,
    pub(super) is_rotated: bool,
    pub(super) comma_told: bool,
    /// Number of the last line.
    pub(super) number: u64,
    pub(super) seen: Seen,
}

/// What was found in the line so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) event: bool,
    pub(super) detail: bool,
    /// A stamp that belongs to the next bracket.
    pub(super) stamp: Option<Stamp>,
    /// True once anything but a stamp was found.
    pub(super) element: bool,
    /// True if the collection under way began this line, without a stamp.
    pub(super) bare_begin: bool,
    /// True if the next times are those of a concurrent phase.
    pub(super) concurrent_times: bool,
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
        match text.first()? {
            b'[' if matches!(line.first(), Some(b' ' | b'\t')) => {
                return self.phase_of_g1(&text[1..], sink);
            }
            b'[' | b',' | b':' => return None,
            b'0'..=b'9' => {
                let mut cursor = Cursor::new(text);
                if stamps::read(&mut cursor).is_some() {
                    return None;
                }
            }
            _ => {}
        }
        if memchr::memmem::find(text, b"[GC").is_some() {
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

    /// An indented line behind a pause of G1.
    fn phase_of_g1(&mut self, text: &[u8], sink: &mut dyn Sink) -> Option<LineClass> {
        if !g1_details::read(text, self.collection.event_mut()) {
            return None;
        }
        if let Some(at) = memchr::memmem::find(text, b"[GC concurrent-") {
            self.scan(Cursor::new(&text[at..]), sink);
        }
        Some(LineClass::Detail)
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

    /// Hands on the collection under way; true if its end was missing.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) -> bool {
        if let Some(event) = self.collection.event_mut() {
            self.concurrent.pause(event);
        }
        self.collection.flush(sink)
    }
}

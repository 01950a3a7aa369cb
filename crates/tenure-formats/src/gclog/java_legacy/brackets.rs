//! What begins at an opening bracket: a collection, a part of one, or an element read at once.

use tenure_model::timeline::{Collector, Fact, Kind, Remark, Sink};

use super::collection::Role;
use super::parser::Parser;
use super::{elements, g1_details, shenandoah, texts};
use crate::gclog::cursor::Cursor;

impl Parser {
    /// An opening bracket.
    pub(super) fn bracket(&mut self, cursor: &mut Cursor<'_>, sink: &mut dyn Sink) {
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
            if is_read {
                self.collects_with(Collector::Shenandoah, sink);
            }
            is_read
        } else if self.concurrent.read(text, self.number, now_ns, sink) {
            self.seen.event = true;
            self.seen.concurrent_times = true;
            if text.starts_with(b"CMS") {
                self.collects_with(Collector::Cms, sink);
            } else if text.starts_with(b"GC concurrent-") {
                self.collects_with(Collector::G1, sink);
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
            self.seen.detail |= g1_details::read(mark, self.collection.event_mut());
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
    pub(super) fn collects_with(&mut self, collector: Collector, sink: &mut dyn Sink) {
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
}

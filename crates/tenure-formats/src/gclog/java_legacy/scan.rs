//! The way through one line.
//!
//! A line is read from left to right, element by element, as the lines of these logs are torn
//! by the output of other threads at any place: an element that stands for itself is read where
//! it is, and what it tore goes on behind it.

use tenure_model::timeline::{Class, Collector, Kind, Mark, Remark, Sink};

use super::parser::Parser;
use super::{header, heap_print, stamps, tables, texts};
use crate::gclog::cursor::Cursor;
use crate::gclog::java_unified::stopped;

impl Parser {
    /// Reads element after element. Each turn moves on by at least one byte.
    pub(super) fn scan(&mut self, mut cursor: Cursor<'_>, sink: &mut dyn Sink) {
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
                // A lone carriage return is how old systems ended lines.
                b':' | b'}' | b'\r' => cursor.skip(1),
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
        if self.collection.is_closed() && !self.seen.event {
            self.flush(sink);
        }
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
            Some(_) => {}
            None => texts::pass(cursor),
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
            if let Some((duration_ns, reach_ns)) = stopped(*cursor) {
                self.stop(duration_ns, reach_ns, sink);
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
        self.seen.detail |= is_known;
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
}

/// `280K(19136K)`.
fn occupancy(cursor: &mut Cursor<'_>) -> Option<(u64, u64)> {
    let mut ahead = *cursor;
    let used = ahead.size()?;
    let capacity = ahead.bracketed_size()?;
    *cursor = ahead;
    Some((used, capacity))
}

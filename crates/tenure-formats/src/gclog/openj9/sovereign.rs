//! Text of IBM's JVM 1.2 to 1.4.
//!
//! # Shape
//!
//! ```text
//! <AF[1]: Allocation Failure. need 64 bytes, 11818158 ms since last AF>
//! <AF[1]: managing allocation failure, action=1 (0/265223160) (3145728/3145728)>
//! <GC: Tue May 28 21:35:05 2002                                        1.2, 1.3.0
//! <GC(7): GC cycle started Thu Sep 25 16:18:50 2003                    1.3.1, 1.4
//! <GC(2): freed 228826936 bytes in 280 ms, 86% free (231972664/268368888)>
//! <GC(7): freed 18732840 bytes, 81% free (54867872/67107328), in 232 ms>
//!   <GC(2): mark: 187 ms, sweep: 93 ms, compact: 0 ms>
//! <AF[1]: completed in 282 ms>
//! ```

use tenure_model::timeline::{
    Change, Class, Event, Kind, Label, LineClass, Mark, Remark, Sink, Space,
};

use super::clock::Clock;
use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// The state between lines.
#[derive(Debug, Default)]
pub(super) struct Sovereign {
    pause: Event,
    pause_open: bool,
    stop: Event,
    stop_open: bool,
    start_ns: Option<u64>,
}

impl Sovereign {
    /// Takes a line of this generation; `None` if it is of another.
    pub(super) fn line(
        &mut self,
        number: u64,
        line: &[u8],
        clock: &mut Clock,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        let mut cursor = Cursor::new(line.trim_ascii());
        if cursor.eat(b"<AF") {
            skip_number(&mut cursor);
            cursor.eat(b": ").then_some(())?;
            return self.allocation_failure(number, &mut cursor, clock, sink);
        }
        cursor.eat(b"<GC").then_some(())?;
        let id = skip_number(&mut cursor);
        cursor.eat(b": ").then_some(())?;
        if cursor.eat(b"freed ") {
            return self.freed(number, id, &mut cursor, sink);
        }
        cursor.eat(b"GC cycle started ");
        if let Some(now_ns) = clock.tick(cursor.rest(), sink) {
            self.end_pause(sink);
            self.start_ns = Some(now_ns);
            if self.stop_open && self.stop.start_ns.is_none() {
                self.stop.start_ns = Some(now_ns);
            }
            return Some(LineClass::Detail);
        }
        if cursor.rest().starts_with(b"mark: ") {
            self.phases(&mut cursor);
        }
        is_known(cursor.rest()).then_some(LineClass::Detail)
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        self.end_pause(sink);
        if self.stop_open {
            let number = self.stop.line;
            self.give_up(sink);
            sink.remark(number, Remark::CutShort);
        }
    }

    fn allocation_failure(
        &mut self,
        number: u64,
        cursor: &mut Cursor<'_>,
        clock: &Clock,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        if cursor.eat(b"Allocation Failure") {
            self.end_pause(sink);
            if self.stop_open {
                let line = self.stop.line;
                self.give_up(sink);
                sink.remark(line, Remark::Unfinished);
            }
            self.stop.clear(Class::Stop, Kind::Exclusive);
            self.stop.line = number;
            self.stop.cause = Label::from("allocation failure");
            self.stop_open = true;
            return Some(LineClass::Event);
        }
        if cursor.eat(b"completed in ") {
            self.end_pause(sink);
            if !self.stop_open {
                // The log begins within a stop.
                self.stop.clear(Class::Stop, Kind::Exclusive);
                self.stop.line = number;
                self.stop.start_ns = clock.now_ns;
            }
            self.stop.duration_ns = cursor.scaled(MILLISECOND_NS);
            if self.stop.duration_ns.is_none() || !cursor.eat(b" ms") {
                self.stop.duration_ns = None;
                self.stop.marks.set(Mark::Torn);
            }
            self.stop_open = false;
            sink.event(&self.stop);
            return Some(LineClass::Event);
        }
        is_known(cursor.rest()).then_some(LineClass::Detail)
    }

    /// What follows `freed `, in either order.
    fn freed(
        &mut self,
        number: u64,
        id: Option<u64>,
        cursor: &mut Cursor<'_>,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        self.end_pause(sink);
        let freed = cursor.integer()?;
        cursor.eat(b" bytes").then_some(())?;
        self.pause.clear(Class::Pause, Kind::Full);
        self.pause.line = number;
        self.pause.id = id;
        self.pause.start_ns = self.start_ns.take();
        if self.stop_open {
            self.pause.cause = self.stop.cause;
        }
        let mut duration_ns = time(cursor);
        if cursor.eat(b", ") && cursor.integer().is_some() && cursor.eat(b"% free (") {
            let free = cursor.integer();
            let total = cursor.eat(b"/").then(|| cursor.integer()).flatten();
            if let (Some(free), Some(total), true) = (free, total, cursor.eat(b")")) {
                let after = total.saturating_sub(free);
                let change = Change::new(after.saturating_add(freed), after, Some(total));
                self.pause.sizes.set(Space::Heap, change);
            }
        }
        if duration_ns.is_none() && cursor.eat(b",") {
            duration_ns = time(cursor);
        }
        self.pause.duration_ns = duration_ns;
        if duration_ns.is_none() {
            self.pause.marks.set(Mark::Torn);
        }
        self.pause_open = true;
        Some(LineClass::Event)
    }

    /// `mark: 187 ms, sweep: 93 ms, compact: 0 ms`
    fn phases(&mut self, cursor: &mut Cursor<'_>) {
        if !self.pause_open {
            return;
        }
        let mut ahead = *cursor;
        while let Some(name) = ahead.until(b':') {
            ahead.skip_blanks();
            let Some(time_ns) = ahead.scaled(MILLISECOND_NS) else {
                return;
            };
            if time_ns > 0 {
                self.pause.phase(Label::new(name), time_ns);
            }
            if !ahead.eat(b" ms, ") {
                return;
            }
        }
    }

    fn end_pause(&mut self, sink: &mut dyn Sink) {
        if self.pause_open {
            self.pause_open = false;
            sink.event(&self.pause);
        }
    }

    fn give_up(&mut self, sink: &mut dyn Sink) {
        self.stop_open = false;
        self.stop.marks.set(Mark::Torn);
        sink.event(&self.stop);
    }
}

/// ` in 280 ms`
fn time(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    if !ahead.eat(b" in ") {
        return None;
    }
    let time_ns = ahead.scaled(MILLISECOND_NS)?;
    if !ahead.eat(b" ms") {
        return None;
    }
    *cursor = ahead;
    Some(time_ns)
}

/// `(7)` or `[7]`
fn skip_number(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    if !(ahead.eat(b"(") || ahead.eat(b"[")) {
        return None;
    }
    let number = ahead.integer()?;
    if !(ahead.eat(b")") || ahead.eat(b"]")) {
        return None;
    }
    *cursor = ahead;
    Some(number)
}

fn is_known(text: &[u8]) -> bool {
    const KNOWN: [&[u8]; 16] = [
        b"managing allocation failure",
        b"mark: ",
        b"refs: ",
        b"moved ",
        b"freeing class ",
        b"unloaded and freed ",
        b"need to expand ",
        b"expanded ",
        b"Expanded System Heap",
        b"shrinking ",
        b"shrunk ",
        b"stop threads time",
        b"compaction ",
        b"wilderness",
        b"warning",
        b"pinned ",
    ];
    KNOWN.iter().any(|known| text.starts_with(known))
}

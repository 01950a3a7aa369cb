//! Stops and stalls: safepoints as a whole, and what single threads waited for.

use tenure_model::timeline::{Class, Event, Kind, Label, LineClass, Sink};

use super::parser::Place;
use crate::gclog::cursor::{Cursor, MILLISECOND_NS, SECOND_NS};

/// Reads the lines about safepoints and stalls.
#[derive(Debug)]
pub(super) struct Safepoints {
    event: Event,
    /// The operation of the safepoint entered, before JDK 13.
    operation: Label,
    pacing: Pacing,
    /// Names of the parts of a safepoint: each line has them.
    cleanup: Label,
    at_safepoint: Label,
    leaving: Label,
}

impl Default for Safepoints {
    fn default() -> Self {
        Self {
            event: Event::default(),
            operation: Label::default(),
            pacing: Pacing::default(),
            cleanup: "cleanup".into(),
            at_safepoint: "at safepoint".into(),
            leaving: "leaving".into(),
        }
    }
}

impl Safepoints {
    /// Reads a line; `None` if it is no such line.
    pub(super) fn read(&mut self, place: &Place<'_>, sink: &mut dyn Sink) -> Option<LineClass> {
        if let Some(class) = self.pacing.read(place.body, place.number, sink) {
            return Some(class);
        }
        let mut cursor = Cursor::new(place.body);
        match place.body.first()? {
            b'S' if cursor.eat(b"Safepoint \"") => self.safepoint(place, cursor, sink),
            b'T' if cursor.eat(b"Total time for which application threads were stopped: ") => {
                self.stopped(place, cursor, sink)
            }
            b'E' if cursor.eat(b"Entering safepoint region: ") => {
                self.operation = Label::new(cursor.rest());
                Some(LineClass::Detail)
            }
            b'L' if cursor.eat(b"Leaving safepoint region") => Some(LineClass::Detail),
            b'A' if cursor.eat(b"Application time: ") => Some(LineClass::Detail),
            b'A' if cursor.eat(b"Allocation Stall (") => {
                self.stall(place, Kind::AllocationStall, cursor.rest(), sink)
            }
            b'R' if cursor.eat(b"Relocation Stall (") => {
                self.stall(place, Kind::RelocationStall, cursor.rest(), sink)
            }
            _ => None,
        }
    }

    /// `Safepoint "G1CollectForAllocation", Time since last: 1 ns, …, Total: 5 ns`.
    fn safepoint(
        &mut self,
        place: &Place<'_>,
        mut cursor: Cursor<'_>,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        let operation = cursor.until(b'"')?;
        self.event.clear(Class::Stop, Kind::Safepoint);
        self.event.cause = Label::new(operation);
        while cursor.eat(b", ") {
            let name = cursor.until(b':')?;
            cursor.skip_blanks();
            let value_ns = cursor.integer()?;
            if !cursor.eat(b" ns") {
                break;
            }
            match name {
                b"Reaching safepoint" => self.event.reach_ns = Some(value_ns),
                b"Cleanup" => self.event.phase(self.cleanup, value_ns),
                b"At safepoint" => self.event.phase(self.at_safepoint, value_ns),
                b"Leaving safepoint" => self.event.phase(self.leaving, value_ns),
                b"Total" => self.event.duration_ns = Some(value_ns),
                _ => {}
            }
        }
        self.event.duration_ns?;
        self.send(place, sink)
    }

    /// `0.0001 seconds, Stopping threads took: 0.00002 seconds`.
    fn stopped(
        &mut self,
        place: &Place<'_>,
        cursor: Cursor<'_>,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        let (duration_ns, reach_ns) = stopped(cursor)?;
        self.event.clear(Class::Stop, Kind::Safepoint);
        self.event.duration_ns = Some(duration_ns);
        self.event.reach_ns = reach_ns;
        self.event.cause = std::mem::take(&mut self.operation);
        self.send(place, sink)
    }

    /// `Thread-3) 12.3ms`.
    fn stall(
        &mut self,
        place: &Place<'_>,
        kind: Kind,
        text: &[u8],
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        let at = memchr::memrchr(b')', text)?;
        let mut cursor = Cursor::new(&text[at + 1..]);
        cursor.skip_blanks();
        let duration_ns = cursor.scaled(MILLISECOND_NS)?;
        self.event.clear(Class::Stall, kind);
        self.event.id = place.id;
        self.event.cause = Label::new(&text[..at]);
        self.event.duration_ns = Some(duration_ns);
        self.send(place, sink)
    }

    fn send(&mut self, place: &Place<'_>, sink: &mut dyn Sink) -> Option<LineClass> {
        self.event.line = place.number;
        self.event.start_ns = place.before(self.event.duration_ns.unwrap_or(0));
        sink.event(&self.event);
        Some(LineClass::Event)
    }
}

/// The table of the time that threads were slowed down: Shenandoah, once a cycle.
///
/// ```text
/// Allocation pacing accrued:
///      12 of   345 ms (  3.5%): Thread-3
///      12 of   345 ms (  3.5%): <total>
/// ```
#[derive(Debug, Default)]
pub(in crate::gclog) struct Pacing {
    event: Event,
    is_within: bool,
}

impl Pacing {
    /// Reads a line, with its indentation; `None` if it is none of the table.
    pub(in crate::gclog) fn read(
        &mut self,
        body: &[u8],
        number: u64,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        if body.starts_with(b"Allocation pacing accrued:") {
            self.is_within = true;
            return Some(LineClass::Detail);
        }
        if !std::mem::take(&mut self.is_within) {
            return None;
        }
        let mut cursor = Cursor::new(body);
        cursor.skip_blanks();
        let duration_ns = cursor.scaled(MILLISECOND_NS)?;
        if !cursor.eat(b" of") {
            return None;
        }
        cursor.until_text(b"%): ")?;
        self.is_within = true;
        let thread = cursor.rest();
        if thread.starts_with(b"<") {
            // Totals and means of the rows above.
            return Some(LineClass::Detail);
        }
        self.event.clear(Class::Stall, Kind::Pacing);
        self.event.cause = Label::new(thread);
        self.event.duration_ns = Some(duration_ns);
        // The table says how long, not when: the start is left open.
        self.event.line = number;
        sink.event(&self.event);
        Some(LineClass::Event)
    }
}

/// `0.0001 seconds, Stopping threads took: 0.00002 seconds`: the whole stop, and the time to
/// reach it where the runtime tells it.
pub(in crate::gclog) fn stopped(mut cursor: Cursor<'_>) -> Option<(u64, Option<u64>)> {
    let duration_ns = cursor.scaled(SECOND_NS)?;
    if !cursor.eat(b" seconds") {
        return None;
    }
    let reach_ns = cursor
        .eat(b", Stopping threads took: ")
        .then(|| cursor.scaled(SECOND_NS))
        .flatten();
    Some((duration_ns, reach_ns))
}

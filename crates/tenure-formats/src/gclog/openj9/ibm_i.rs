//! Text of the classic JVM of IBM i (OS/400), whose collector runs beside the program.
//!
//! # Shape
//!
//! ```text
//! GC: initial heap(KB) 98304; maximum heap(KB) 240000000; virtual machine identifier …
//! GC 1: starting collection, threshold allocation reached.
//! GC 1: collection starting 14/02/08 05:10:58
//! GC 1: live objects 50214; collected objects 513598; collected(KB) 87448.
//! GC 1: current heap(KB) 106048; current threshold(KB) 98304.
//! GC 1: collect (milliseconds) 313.
//! GC 1: collection ending 14/02/08 05:10:59
//! ```
//!
//! The current heap is what was there before the collected was taken away: from one collection
//! to the next, it grows by what the log says was allocated. No program stands still meanwhile,
//! so each collection is a cycle and holds no pause.

use tenure_model::timeline::{
    Class, Event, Fact, Kind, Label, LineClass, Mark, Remark, Sink, Space,
};

use super::clock::Clock;
use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// Bytes of a kilobyte.
const KILOBYTE: u64 = 1 << 10;

/// Collections under way at a time, at most: the next may start before one has ended.
const OPEN_MAX: usize = 4;

/// The state between lines.
#[derive(Debug, Default)]
pub(super) struct IbmI {
    open: Vec<Open>,
}

/// A collection under way.
#[derive(Debug)]
struct Open {
    event: Event,
    collected: u64,
}

impl IbmI {
    /// Takes a line of this kind; `None` if it is of another.
    pub(super) fn line(
        &mut self,
        number: u64,
        line: &[u8],
        clock: &mut Clock,
        sink: &mut dyn Sink,
    ) -> Option<LineClass> {
        let mut cursor = Cursor::new(line);
        if cursor.eat(b"GC: initial heap(KB) ") {
            let initial = cursor.integer()?;
            sink.fact(Fact::HeapInitialBytes(initial.saturating_mul(KILOBYTE)));
            if cursor.eat(b"; maximum heap(KB) ") {
                let most = cursor.integer()?;
                sink.fact(Fact::HeapMaxBytes(most.saturating_mul(KILOBYTE)));
            }
            return Some(LineClass::Header);
        }
        cursor.eat(b"GC ").then_some(())?;
        let id = cursor.integer()?;
        cursor.eat(b": ").then_some(())?;
        if cursor.eat(b"starting collection") {
            self.begin(number, id, cursor.rest(), sink);
            return Some(LineClass::Event);
        }
        if cursor.eat(b"collection starting ") {
            let now_ns = clock.tick(cursor.rest(), sink);
            if let Some(open) = self.find(id) {
                open.event.start_ns = now_ns;
            }
            return Some(LineClass::Detail);
        }
        if cursor.eat(b"collection ending ") {
            clock.tick(cursor.rest(), sink);
            if let Some(index) = self.position(id) {
                self.end(index, sink);
            }
            return Some(LineClass::Event);
        }
        detail(&mut cursor, self.find(id))
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        while let Some(open) = self.open.first_mut() {
            open.event.marks.set(Mark::Torn);
            sink.remark(open.event.line, Remark::CutShort);
            self.end(0, sink);
        }
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.open.iter().position(|open| open.event.id == Some(id))
    }

    fn find(&mut self, id: u64) -> Option<&mut Open> {
        let index = self.position(id)?;
        self.open.get_mut(index)
    }

    fn begin(&mut self, number: u64, id: u64, cause: &[u8], sink: &mut dyn Sink) {
        let stale = self.position(id);
        if let Some(index) = stale.or((self.open.len() == OPEN_MAX).then_some(0)) {
            self.open[index].event.marks.set(Mark::Torn);
            sink.remark(self.open[index].event.line, Remark::Unfinished);
            self.end(index, sink);
        }
        let mut event = Event::new(Class::Cycle, Kind::Cycle);
        event.line = number;
        event.id = Some(id);
        let cause = cause.strip_prefix(b",").unwrap_or_default();
        event.cause = Label::new(cause.strip_suffix(b".").unwrap_or(cause));
        self.open.push(Open {
            event,
            collected: 0,
        });
    }

    fn end(&mut self, index: usize, sink: &mut dyn Sink) {
        let mut event = self.open.remove(index).event;
        if event.duration_ns.is_none() {
            event.marks.set(Mark::Torn);
        }
        sink.event(&event);
    }
}

/// A line between the beginning and the end; `open` is `None` where the beginning is missing.
fn detail(cursor: &mut Cursor<'_>, open: Option<&mut Open>) -> Option<LineClass> {
    const KNOWN: [&[u8]; 8] = [
        b"live objects ",
        b"current heap(KB) ",
        b"collect (milliseconds) ",
        b"queued for finalization ",
        b"current cycle allocation(KB) ",
        b"collected class ",
        b"total ",
        b"collection ",
    ];
    if !KNOWN.iter().any(|known| cursor.rest().starts_with(known)) {
        return None;
    }
    let Some(Open { event, collected }) = open else {
        return Some(LineClass::Detail);
    };
    if cursor.eat(b"live objects ") {
        if cursor.until_text(b"collected(KB) ").is_some() {
            *collected = cursor.integer().unwrap_or(0).saturating_mul(KILOBYTE);
        }
    } else if cursor.eat(b"current heap(KB) ") {
        let before = cursor.integer()?.saturating_mul(KILOBYTE);
        let heap = event.sizes.at(Space::Heap);
        heap.before = Some(before);
        heap.after = Some(before.saturating_sub(*collected));
        if cursor.eat(b"; current threshold(KB) ") {
            let goal = cursor.integer();
            event.goal = goal.map(|goal| goal.saturating_mul(KILOBYTE));
        }
    } else if cursor.eat(b"collect (milliseconds) ") {
        let duration_ns = cursor.scaled(MILLISECOND_NS);
        event.duration_ns = duration_ns.filter(|_| cursor.eat(b"."));
    }
    Some(LineClass::Detail)
}

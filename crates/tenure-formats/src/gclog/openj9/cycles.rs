//! The cycles under way: those that last over more than one stop are told as cycles.

use tenure_model::timeline::{Change, Class, Event, Kind, Label, Sink, Space};

use super::tag::Tag;

/// Cycles that are open at a time, at most.
const CYCLES_MAX: usize = 8;

/// The cycles that have begun.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    open: Vec<Cycle>,
    event: Event,
}

#[derive(Clone, Copy, Debug)]
struct Cycle {
    id: u64,
    kind: Kind,
    line: u64,
    start_ns: Option<u64>,
    stop: u64,
    before: Option<u64>,
    cause: Label,
}

impl Cycles {
    /// A cycle begins, in the stop of that number and for that cause.
    pub(super) fn begin(
        &mut self,
        number: u64,
        tag: &Tag<'_>,
        now_ns: Option<u64>,
        (stop, cause): (u64, Label),
    ) {
        let Some(id) = tag.integer(b"id") else {
            return;
        };
        if self.open.len() == CYCLES_MAX {
            self.open.remove(0);
        }
        self.open.push(Cycle {
            id,
            kind: match tag.attribute(b"type") {
                Some(b"scavenge") => Kind::MinorCycle,
                Some(b"global" | b"global garbage collect" | b"global mark phase") => {
                    Kind::MajorCycle
                }
                _ => Kind::Cycle,
            },
            line: number,
            start_ns: now_ns,
            stop,
            before: None,
            cause,
        });
    }

    /// A pause began with so much in use: for cycles without a pause before it, that is theirs.
    pub(super) fn saw(&mut self, before: Option<u64>) {
        for cycle in &mut self.open {
            cycle.before = cycle.before.or(before);
        }
    }

    /// A cycle ends, in the stop of that number and with that heap.
    ///
    /// A cycle within one stop is told by its pause alone.
    pub(super) fn end(
        &mut self,
        tag: &Tag<'_>,
        now_ns: Option<u64>,
        (stop, heap): (u64, Change),
        sink: &mut dyn Sink,
    ) {
        let context = tag.integer(b"contextid");
        let found = self.open.iter().position(|cycle| Some(cycle.id) == context);
        let Some(index) = found else {
            return;
        };
        let cycle = self.open.remove(index);
        if cycle.stop == stop {
            return;
        }
        let event = &mut self.event;
        event.clear(Class::Cycle, cycle.kind);
        event.id = Some(cycle.id);
        event.line = cycle.line;
        event.start_ns = cycle.start_ns;
        event.cause = cycle.cause;
        let span = now_ns.zip(cycle.start_ns);
        event.duration_ns = span.map(|(end_ns, start_ns)| end_ns.saturating_sub(start_ns));
        *event.sizes.at(Space::Heap) = Change {
            before: cycle.before,
            ..heap
        };
        sink.event(event);
    }
}

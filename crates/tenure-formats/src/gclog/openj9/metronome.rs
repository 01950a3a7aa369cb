//! The pauses of the metronome collector: increments summed up by each heartbeat, and whole ones.

use tenure_model::timeline::{Class, Event, Kind, Label, Sink};

use super::tag::Tag;

/// The heartbeat under way.
#[derive(Debug, Default)]
pub(super) struct Metronome {
    event: Event,
    open: bool,
}

impl Metronome {
    /// An operation outside of any pause; true if it is of this collector.
    pub(super) fn operation(
        &mut self,
        number: u64,
        tag: &Tag<'_>,
        now_ns: Option<u64>,
        cause: Label,
        sink: &mut dyn Sink,
    ) -> bool {
        let kind = match tag.attribute(b"type") {
            Some(b"heartbeat") => Kind::Increment,
            Some(b"syncgc") => Kind::Full,
            _ => return false,
        };
        let time_ns = tag.time_ns(b"timems");
        self.event.clear(Class::Pause, kind);
        self.event.line = number;
        self.event.id = tag.integer(b"id");
        self.event.duration_ns = time_ns;
        self.event.cause = cause;
        self.event.start_ns = now_ns.map(|end_ns| end_ns.saturating_sub(time_ns.unwrap_or(0)));
        self.open = kind == Kind::Increment;
        if self.open {
            self.event.repeats = 0;
        } else {
            sink.event(&self.event);
        }
        true
    }

    /// `<quanta quantumCount= meanTimeMs= maxTimeMs=>`: the increments since the last heartbeat.
    pub(super) fn quanta(&mut self, tag: &Tag<'_>) {
        if !self.open {
            return;
        }
        let count = tag.integer(b"quantumCount").unwrap_or(0);
        let mean_ns = tag.time_ns(b"meanTimeMs").unwrap_or(0);
        let event = &mut self.event;
        let counted = u32::try_from(count).unwrap_or(u32::MAX);
        event.repeats = event.repeats.saturating_add(counted);
        let sum_ns = event.duration_ns.unwrap_or(0);
        event.duration_ns = Some(sum_ns.saturating_add(mean_ns.saturating_mul(count)));
        if let Some(longest_ns) = tag.time_ns(b"maxTimeMs") {
            event.phase(Label::from("longest increment"), longest_ns);
        }
    }

    /// The heartbeat ends.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.open) && self.event.repeats > 0 {
            sink.event(&self.event);
        }
    }
}

//! All that a log of a test gives.

use tenure_model::timeline::{Event, Fact, Lines, Remark, Sink, Stamp};

use super::Reader;

/// What a log gave, in order.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) stamps: Vec<Stamp>,
    pub(super) events: Vec<Event>,
    pub(super) facts: Vec<Fact>,
    pub(super) remarks: Vec<Remark>,
    pub(super) lines: Lines,
}

impl Kept {
    /// Reads `log`.
    pub(super) fn of(log: &str) -> Self {
        let mut kept = Self::default();
        let mut reader = Reader::new();
        reader.feed(log.as_bytes(), &mut kept);
        kept.lines = reader.finish(&mut kept).lines;
        kept
    }

    /// Reads `log`, of which each line must be recognised.
    pub(super) fn of_known(log: &str) -> Self {
        let kept = Self::of(log);
        assert_eq!(kept.lines.unclassified, 0, "{:?}", kept.lines.shown);
        kept
    }
}

impl Sink for Kept {
    fn stamp(&mut self, stamp: Stamp) {
        self.stamps.push(stamp);
    }

    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
    }

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn remark(&mut self, _: u64, remark: Remark) {
        self.remarks.push(remark);
    }
}

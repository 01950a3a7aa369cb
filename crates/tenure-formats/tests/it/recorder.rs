//! A sink that keeps all it is given.

use tenure_model::timeline::{Event, Fact, Remark, Sink, Stamp};

/// All that a log gave, in order.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) events: Vec<Event>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) remarks: Vec<(u64, Remark)>,
}

impl Sink for Recorder {
    fn stamp(&mut self, stamp: Stamp) {
        self.stamps.push(stamp);
    }

    fn event(&mut self, event: &Event) {
        self.events.push(event.clone());
    }

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn remark(&mut self, number: u64, remark: Remark) {
        self.remarks.push((number, remark));
    }
}

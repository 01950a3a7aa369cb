//! Any bytes as a log, in pieces: no panic, an end, and each line accounted for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_formats::gclog::Reader;
use tenure_model::timeline::{Event, Fact, Recorder, Remark, Sink, Stamp};

/// Checks each event and hands all on to the figures.
#[derive(Default)]
struct Checked {
    recorder: Recorder,
}

impl Sink for Checked {
    fn stamp(&mut self, stamp: Stamp) {
        self.recorder.stamp(stamp);
    }

    fn event(&mut self, event: &Event) {
        assert!(event.line > 0 && event.phases.len() <= 256);
        self.recorder.event(event);
    }

    fn fact(&mut self, fact: Fact) {
        self.recorder.fact(fact);
    }

    fn remark(&mut self, number: u64, remark: Remark) {
        assert!(number > 0);
        self.recorder.remark(number, remark);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut checked = Checked::default();
    let mut reader = Reader::new();
    // The first byte chooses the size of the pieces, so that each border is met.
    let piece = bytes.first().map_or(1, |byte| usize::from(*byte) * 16 + 1);
    for piece in bytes.chunks(piece) {
        reader.feed(piece, &mut checked);
    }
    let outcome = reader.finish(&mut checked);
    let lines = &outcome.lines;
    let known = lines.events + lines.details + lines.headers + lines.others + lines.blank;
    assert_eq!(lines.total, known + lines.unclassified);
    let _ = checked.recorder.finish(outcome.runtime, outcome.lines);
});

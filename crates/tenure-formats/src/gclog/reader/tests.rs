//! The reader accounts for each line, whatever the bytes are.

use tenure_model::timeline::Event;

use super::*;

#[test]
fn lines_of_no_log_are_counted_and_shown() {
    let mut reader = Reader::new();
    let mut events: Vec<Event> = Vec::new();
    let text = "some text that no runtime writes\n".repeat(100_000);
    for piece in text.as_bytes().chunks(65_536) {
        reader.feed(piece, &mut events);
    }
    let outcome = reader.finish(&mut events);
    assert_eq!(outcome.runtime, None);
    assert_eq!(outcome.lines.total, 100_000);
    assert_eq!(outcome.lines.unclassified, 100_000);
    assert_eq!(outcome.lines.shown[0].0, 1);
    assert_eq!(outcome.lines.shown[19].0, 20);
}

#[test]
fn empty_lines_are_blank() {
    let mut reader = Reader::new();
    let mut events: Vec<Event> = Vec::new();
    reader.feed(b"\n\r\n   \n", &mut events);
    let outcome = reader.finish(&mut events);
    assert_eq!(outcome.lines.blank, 3);
}

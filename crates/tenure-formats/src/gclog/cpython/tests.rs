//! The messages of each version of CPython, whole and torn.

use tenure_model::timeline::{Event, Kind, LineClass, Mark};

use super::message::{Message, find};
use crate::gclog::kept::Kept;

fn events(log: &str) -> Vec<Event> {
    Kept::of(log).events
}

#[test]
fn the_last_message_tells_the_duration_in_words_of_its_version() {
    let cases: [(&str, Option<u64>); 7] = [
        (
            "gc: done, 456 unreachable, 0 uncollectable, 0.0362s elapsed",
            Some(36_200_000),
        ),
        (
            "gc: done, 456 unreachable, 0 uncollectable, 0.0014s elapsed.",
            Some(1_400_000),
        ),
        ("gc: done, 0.0001s elapsed", Some(100_000)),
        ("gc: done, 0.0001s elapsed.", Some(100_000)),
        ("gc: done, 12.5000s elapsed", Some(12_500_000_000)),
        ("gc: done.", None),
        ("gc: done, 3 unreachable, 1 uncollectable.", None),
    ];
    for (line, duration_ns) in cases {
        let whole = true;
        let message = Message::Done { duration_ns, whole };
        assert_eq!(find(line.as_bytes()), Some((0, message)), "{line}");
    }
}

#[test]
fn a_cut_message_has_no_duration() {
    let line = "gc: done, 456 unreachable, 0 uncollectable, 0.0362s elapsed";
    for cut in "gc: done".len()..line.len() {
        match find(&line.as_bytes()[..cut]) {
            Some((0, Message::Done { duration_ns, whole })) => {
                assert_eq!((duration_ns, whole), (None, false), "{cut}");
            }
            other => panic!("{cut}: {other:?}"),
        }
    }
}

#[test]
fn a_collection_whose_end_is_missing_is_told_as_torn() {
    let events = events(
        "gc: collecting generation 2...\ngc: objects in each generation: 1 2 3\n\
         gc: collecting generation 0...\ngc: done, 0.0002s elapsed\n\
         gc: collecting generation 1...\n",
    );
    let kinds: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.duration_ns, event.marks.has(Mark::Torn)))
        .collect();
    assert_eq!(
        kinds,
        [
            (Kind::Generation2, None, true),
            (Kind::Generation0, Some(200_000), false),
            (Kind::Generation1, None, true),
        ]
    );
}

#[test]
fn other_output_may_stand_before_a_message_and_between_them() {
    let events = events(
        "progress 10% gc: collecting generation 0...\nhello\n\
         gc: objects in each generation: 1 2 3\ngc: done, 0.0002s elapsed\n",
    );
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].duration_ns, Some(200_000));
    assert_ne!(
        LineClass::Event,
        super::parser().line(
            crate::gclog::Line {
                number: 1,
                bytes: b"gc: nothing of the kind"
            },
            &mut Vec::<Event>::new(),
        )
    );
}

//! Labels, kinds, sizes and the account of lines.

use super::*;

#[test]
fn a_label_is_cut_at_a_character() {
    let long = "é".repeat(80);
    let label = Label::from(long.as_str());
    assert_eq!(label.as_str(), "é".repeat(31));
    assert_eq!(Label::new(b"a\xffb\tc").as_str(), "a?b?c");
    assert!(Label::new(b"  ").is_empty());
}

#[test]
fn the_names_of_kinds_differ() {
    for (index, kind) in Kind::ALL.iter().enumerate() {
        let same = Kind::ALL
            .iter()
            .position(|other| other.name() == kind.name());
        assert_eq!(same, Some(index), "{}", kind.name());
    }
}

#[test]
fn spaces_are_kept_apart() {
    let mut sizes = Sizes::default();
    for (index, space) in Space::ALL.into_iter().enumerate() {
        sizes.set(space, Change::new(index as u64 + 1, 0, None));
    }
    for (index, space) in Space::ALL.into_iter().enumerate() {
        assert_eq!(sizes.get(space).freed(), Some(index as u64 + 1));
    }
}

#[test]
fn every_line_is_in_one_class() {
    let mut lines = Lines::default();
    let classes = [
        LineClass::Event,
        LineClass::Detail,
        LineClass::Header,
        LineClass::Other,
        LineClass::Blank,
        LineClass::Unclassified,
    ];
    for (index, class) in classes.into_iter().enumerate() {
        lines.count(index as u64 + 1, class, b"text");
    }
    assert_eq!(lines.total, 6);
    assert_eq!(lines.classified(), 5);
    assert_eq!(lines.shown, [(6, "text".to_owned())]);
}

#[test]
fn a_cleared_event_is_a_new_one() {
    let mut event = Event::new(Class::Stop, Kind::Safepoint);
    event.marks.set(Mark::Torn);
    event.phase("reach".into(), 5);
    event.clear(Class::Pause, Kind::Full);
    assert_eq!(event, Event::new(Class::Pause, Kind::Full));
}

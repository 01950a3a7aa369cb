//! The three forms of a log: every field explained, text within its width, a page that is safe.

use std::collections::BTreeSet;

use tenure_model::timeline::advice::advise;
use tenure_model::timeline::{
    Change, Class, Collector, Event, Fact, Kind, LineClass, Lines, Recorder, Remark, Runtime, Sink,
    Space, Stamp, Timeline,
};

use super::*;
use crate::style::Style;
use crate::term;

/// A log of 200 collections, each tenth of the whole heap, with a heap that grows.
fn sample() -> Timeline {
    let mut recorder = Recorder::new();
    recorder.fact(Fact::Version("17.0.15+6".into()));
    recorder.fact(Fact::Collector(Collector::G1));
    recorder.fact(Fact::Processors(2));
    let mut lines = Lines::default();
    for number in 0..200_u64 {
        let at_ns = 1_000_000_000 + number * 100_000_000;
        recorder.stamp(Stamp {
            run_ns: at_ns,
            ..Stamp::default()
        });
        let kind = if number % 10 == 0 {
            Kind::Full
        } else {
            Kind::Young
        };
        let mut event = Event::new(Class::Pause, kind);
        event.cause = "G1 Evacuation Pause".into();
        event.start_ns = Some(at_ns);
        event.duration_ns = Some(1_000_000 + number * 50_000);
        event.line = number + 1;
        let after = (20 + number / 4) << 20;
        event.sizes.set(
            Space::Heap,
            Change::new(after + (40 << 20), after, Some(256 << 20)),
        );
        event.phase("Object Copy".into(), 900_000);
        recorder.event(&event);
        lines.count(number + 1, LineClass::Event, b"");
    }
    let mut stop = Event::new(Class::Stop, Kind::Safepoint);
    stop.duration_ns = Some(5_000_000);
    stop.reach_ns = Some(1_000_000);
    recorder.event(&stop);
    recorder.remark(7, Remark::TornLine);
    lines.count(201, LineClass::Unclassified, b"</script><b>\x1b[31m");
    recorder.finish(Some(Runtime::JavaUnified), lines)
}

fn fields(value: &serde_json::Value, under: &str, found: &mut BTreeSet<String>) {
    // Below these, the keys are names of kinds, causes, phases and spaces.
    let keys_are_data = ["by_kind", "by_cause", "phases", "spaces", "incidents"].contains(&under);
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                if !keys_are_data {
                    found.insert(key.clone());
                }
                fields(value, key, found);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|one| fields(one, "", found)),
        _ => {}
    }
}

#[test]
fn every_field_is_explained_and_every_term_is_printed() {
    let log = sample();
    let mut found = BTreeSet::new();
    for json in [json(&log, &advise(&log, None)), diff_json(&log, &log)] {
        let value = serde_json::from_str(&json).expect("it is JSON");
        fields(&value, "", &mut found);
    }
    let unexplained: Vec<_> = found
        .iter()
        .filter(|name| term::find(name).is_none())
        .collect();
    assert_eq!(unexplained, Vec::<&String>::new());
    let unused = term::OF_LOGS
        .iter()
        .filter(|term| !found.contains(term.name));
    let unused: Vec<_> = unused.map(|term| term.name).collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn shares_are_shares() {
    let log = sample();
    let value: serde_json::Value = serde_json::from_str(&json(&log, &[])).expect("it is JSON");
    for name in ["throughput", "throughput_from_first_pause"] {
        let share = value[name].as_f64().expect("the log tells it");
        assert!((0.0..=1.0).contains(&share), "{name} {share}");
    }
    assert_eq!(value["tenure"], "gclog/1");
    assert_eq!(value["pauses"]["count"], 200);
    assert_eq!(value["lines"]["unclassified"], 1);
}

#[test]
fn text_fits_its_width_and_obeys_no_foreign_code() {
    let log = sample();
    for width in [60, 80, 110] {
        let style = Style {
            width,
            color: false,
        };
        let text = text(
            &log,
            "gc\x1b[2J.log",
            &advise(&log, None),
            style,
            Detail::Full,
        );
        assert!(!text.contains('\x1b'));
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn the_page_holds_no_foreign_markup() {
    let page = page(&sample(), "<img>.log", &[]);
    assert!(!page.contains("</script><b>"));
    assert!(!page.contains("<img>"));
    assert_eq!(page.matches("</script>").count(), 4);
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn two_equal_logs_do_not_differ() {
    let log = sample();
    let text = diff_text(&log, &log, ("a.log", "b.log"), Style::PLAIN);
    assert_eq!(text.matches("no sure difference").count(), 2, "{text}");
}

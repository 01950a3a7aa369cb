//! What a heap tells: sums, pauses, the lines of its log, a snapshot.

use std::cell::RefCell;
use std::rc::Rc;
use tenure_formats::gclog::Reader;
use tenure_gc::{Budget, Gc, Heap, Kind, LogForm, Options, Root, Trace};
use tenure_model::timeline::{Class, Event};

#[derive(Trace)]
struct Link<'gc> {
    next: Option<Gc<'gc, Link<'gc>>>,
    number: u64,
}

type Chain = Root![Option<Gc<'_, Link<'_>>>];

/// A heap with a small Eden that has lived through many pauses of both kinds.
fn worked(form: LogForm) -> (Heap<Chain>, String) {
    let options = Options {
        eden_bytes: 64 << 10,
        ..Options::default()
    };
    let mut heap = Heap::<Chain>::with_options(options, |_| None).unwrap();
    let log = Rc::new(RefCell::new(String::new()));
    let kept = Rc::clone(&log);
    heap.set_log(form, move |line| {
        let mut log = kept.borrow_mut();
        log.push_str(line);
        log.push('\n');
    });
    for turn in 0..400 {
        heap.mutate_root(|mc, root| {
            for number in 0..200 {
                let next = if number % 20 == 0 { *root } else { None };
                let link = mc.alloc(Link { next, number });
                if number % 20 == 0 {
                    *root = Some(link);
                }
            }
        });
        heap.poll();
        match turn % 100 {
            20 | 70 => _ = heap.collect(Kind::MarkStart).unwrap(),
            21..40 => _ = heap.step(Budget::Bytes(1 << 10)),
            40 => _ = heap.collect(Kind::MarkEnd).unwrap(),
            // The mark that began at 70 is given up for it.
            99 => _ = heap.collect(Kind::Full).unwrap(),
            _ => {}
        }
    }
    heap.collect(Kind::Full).unwrap();
    let log = log.borrow().clone();
    (heap, log)
}

fn read(log: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut reader = Reader::new();
    reader.feed(log.as_bytes(), &mut events);
    let outcome = reader.finish(&mut events);
    assert!(outcome.runtime.is_some(), "{log}");
    events
}

#[test]
fn pauses_of_the_log_are_those_of_the_histogram() {
    for form in [LogForm::Java, LogForm::Go] {
        let (heap, log) = worked(form);
        let stats = *heap.stats();
        assert!(stats.minors > 20 && stats.fulls >= 5, "{stats:?}");
        let events = read(&log);
        let pauses = events.iter().filter(|event| event.class == Class::Pause);
        let told: u64 = pauses.filter_map(|event| event.duration_ns).sum();
        let pauses = heap.pauses();
        assert_eq!(pauses.sum_ns(), stats.pause_ns);
        // To Go's readers a step is an assist.
        let steps = match form {
            LogForm::Java => 0,
            LogForm::Go => pauses.of(Kind::Step).sum_ns(),
        };
        // Lines are rounded to the microsecond.
        let count: u64 = Kind::ALL.map(|kind| pauses.of(kind).count()).iter().sum();
        let counted = pauses.sum_ns() - steps;
        assert!(told.abs_diff(counted) <= count * 1_000, "{told} {counted}");
        let whole = [Kind::Full, Kind::Compact, Kind::MarkEnd];
        let whole = whole.map(|kind| pauses.of(kind).count());
        assert_eq!(whole.iter().sum::<u64>(), stats.fulls);
    }
}

#[test]
fn a_snapshot_holds_what_lives_and_nothing_else() {
    let (mut heap, _) = worked(LogForm::Java);
    let live = heap.stats().live_bytes;
    let snapshot = heap.snapshot();
    assert_eq!(snapshot.objects(), 400 * 10);
    assert_eq!(snapshot.bytes() as u64, live);
    let mut text = String::new();
    snapshot.write(&mut text).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let strings = read["strings"].as_array().unwrap();
    assert!(strings.iter().any(|name| name == "next"), "{strings:?}");
    let sizes = read["nodes"].as_array().unwrap().chunks(7);
    let sum: u64 = sizes.map(|node| node[3].as_u64().unwrap()).sum();
    assert_eq!(sum, live);
}

#[test]
fn a_window_as_long_as_the_longest_pause_leaves_nothing_and_a_longer_one_something() {
    let (heap, _) = worked(LogForm::Go);
    let pauses = heap.pauses();
    let longest = Kind::ALL.map(|kind| pauses.of(kind).max_ns());
    let longest = longest.into_iter().max().unwrap();
    assert_eq!(pauses.utilisation(longest), Some(0.0));
    // All pauses together are a window that cannot be filled, since the program ran in between.
    let wide = pauses.utilisation(pauses.sum_ns() + 1);
    assert!(wide.is_some_and(|share| share > 0.0), "{wide:?}");
}

#[test]
fn a_heap_with_a_name_is_an_account_of_the_ledger() {
    use tenure_base::ledger::{LEDGER, NAME_BYTES_MAX};
    let told = || {
        LEDGER.readings().find(|reading| {
            let mut room = [0; NAME_BYTES_MAX];
            reading.name.text(&mut room) == "scene"
        })
    };
    let options = Options {
        name: "scene",
        ..Options::default()
    };
    let mut heap = Heap::<Chain>::with_options(options, |_| None).unwrap();
    heap.mutate_root(|mc, root| {
        *root = Some(mc.alloc(Link {
            next: None,
            number: 1,
        }));
    });
    heap.collect(Kind::Full).unwrap();
    let reading = told().unwrap();
    assert_eq!(reading.used_bytes as u64, heap.stats().live_bytes);
    assert!(reading.held_bytes >= reading.used_bytes && reading.used_bytes > 0);
    drop(heap);
    assert_eq!(told().unwrap().held_bytes, 0);
}

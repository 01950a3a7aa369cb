//! What a well-known analyser gets wrong on the collected Java logs is right here.

use tenure_model::timeline::{Class, Event, Kind, Mark};

use crate::census::{collected_logs, read};
use crate::recorder::Recorder;

/// The events of a collected log; `None`, with a note, where it is absent.
fn collected(name: &str) -> Option<Recorder> {
    let Some(path) = collected_logs()
        .into_iter()
        .find(|path| path.ends_with(name))
    else {
        println!("skipped: ../shared/data/gclogs/{name} is absent");
        return None;
    };
    let bytes = std::fs::read(path).expect("a collected log can be read");
    Some(read(&bytes).0)
}

/// Count and total in nanoseconds.
fn sum(recorder: &Recorder, class: Class) -> (usize, u64) {
    let of_class = recorder.events.iter().filter(|event| event.class == class);
    let durations: Vec<u64> = of_class.filter_map(|event| event.duration_ns).collect();
    (durations.len(), durations.iter().sum())
}

#[test]
fn cycles_and_concurrent_phases_of_z_are_no_pauses() {
    let Some(log) = collected("own/jdk17-zgc.log") else {
        return;
    };
    assert_eq!(sum(&log, Class::Pause), (36, 467_000));
    assert_eq!(sum(&log, Class::Cycle).0, 12);
}

#[test]
fn allocation_stalls_of_generational_z_are_not_added_to_its_pauses() {
    let Some(log) = collected("own/jdk25-genzgc.log") else {
        return;
    };
    assert_eq!(sum(&log, Class::Pause), (57, 1_045_000));
    assert_eq!(sum(&log, Class::Stall), (11, 623_316_000));
}

#[test]
fn evacuation_failures_of_jdk_25_are_counted_as_pauses() {
    let Some(log) = collected("own/jdk25-g1.log") else {
        return;
    };
    assert_eq!(sum(&log, Class::Pause).0, 51);
    let has_failed = |event: &&Event| event.marks.has(Mark::EvacuationFailure);
    assert_eq!(log.events.iter().filter(has_failed).count(), 10);
}

#[test]
fn a_note_of_an_exhausted_to_space_is_no_pause() {
    let name = "gcviewer/sample-ujl-g1-gc-all_safepoint_os+cpu-to-space-exhausted.txt";
    let Some(log) = collected(name) else {
        return;
    };
    let pauses: Vec<&Event> = log
        .events
        .iter()
        .filter(|event| event.class == Class::Pause)
        .collect();
    assert_eq!(pauses.len(), 1);
    assert_eq!(pauses[0].kind, Kind::Young);
    assert!(pauses[0].marks.has(Mark::EvacuationFailure));
    assert!(
        pauses[0]
            .duration_ns
            .is_some_and(|duration_ns| duration_ns > 0)
    );
}

#[test]
fn promotion_is_left_out_where_the_log_does_not_tell_it() {
    let Some(log) = collected("garbagecat/dataset219.txt") else {
        return;
    };
    assert!(log.events.iter().all(|event| event.promoted.is_none()));
}

#[test]
fn stops_are_told_beside_pauses() {
    for name in [
        "own/jdk17-zgc.log",
        "own/jdk25-genzgc.log",
        "own/jdk25-shenandoah.log",
    ] {
        let Some(log) = collected(name) else {
            return;
        };
        let (pauses, stops) = (sum(&log, Class::Pause), sum(&log, Class::Stop));
        assert!(stops.1 > 5 * pauses.1, "{name}: {pauses:?} {stops:?}");
    }
}

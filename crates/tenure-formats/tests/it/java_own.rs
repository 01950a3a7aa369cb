//! Our own logs of JDK 17 and 25, made by `tests/data/java/Churn.java`: what the runtime counted
//! itself (printed by the same run through JMX) is what is read.

use std::path::Path;

use tenure_model::timeline::{Class, Collector, Event, Fact, Kind, Space};

use crate::census::read;
use crate::recorder::Recorder;

fn log(name: &str) -> Recorder {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/java")
        .join(name);
    let bytes = std::fs::read(&path).expect("our own log is in the repository");
    let (recorder, outcome) = read(&bytes);
    assert_eq!(outcome.lines.unclassified, 0, "{:?}", outcome.lines.shown);
    recorder
}

fn count(recorder: &Recorder, is_wanted: impl Fn(&Event) -> bool) -> usize {
    recorder
        .events
        .iter()
        .filter(|event| is_wanted(event))
        .count()
}

fn pauses(recorder: &Recorder, is_wanted: impl Fn(Kind) -> bool) -> usize {
    count(recorder, |event| {
        event.class == Class::Pause && is_wanted(event.kind)
    })
}

fn collector(recorder: &Recorder) -> Option<Collector> {
    recorder.facts.iter().rev().find_map(|fact| match fact {
        Fact::Collector(collector) => Some(*collector),
        _ => None,
    })
}

#[test]
fn serial_is_read_as_the_runtime_counts() {
    let log = log("jdk17-serial.log");
    assert_eq!(collector(&log), Some(Collector::Serial));
    assert_eq!(pauses(&log, Kind::is_young), 7);
    assert_eq!(pauses(&log, |kind| kind == Kind::Full), 4);
}

#[test]
fn parallel_is_read_as_the_runtime_counts() {
    let log = log("jdk17-parallel.log");
    assert_eq!(collector(&log), Some(Collector::Parallel));
    assert_eq!(pauses(&log, Kind::is_young), 5);
    assert_eq!(pauses(&log, |kind| kind == Kind::Full), 4);
    assert!(log.events.iter().all(|event| event.promoted.is_none()));
}

#[test]
fn g1_is_read_as_the_runtime_counts() {
    let log = log("jdk17-g1.log");
    assert_eq!(collector(&log), Some(Collector::G1));
    assert_eq!(
        pauses(&log, |kind| kind.is_young() || kind == Kind::Mixed),
        6
    );
    assert_eq!(pauses(&log, |kind| kind == Kind::Full), 1);
}

#[test]
fn z_is_read_as_the_runtime_counts() {
    let log = log("jdk17-z.log");
    assert_eq!(collector(&log), Some(Collector::Z));
    assert_eq!(pauses(&log, |_| true), 9);
    let cycles: Vec<&Event> = log
        .events
        .iter()
        .filter(|event| event.class == Class::Cycle)
        .collect();
    assert_eq!(cycles.len(), 3);
    assert!(cycles.iter().all(|cycle| cycle.live.is_some()));
    assert!(
        cycles
            .iter()
            .all(|cycle| cycle.sizes.get(Space::Heap).capacity == Some(48 << 20))
    );
}

#[test]
fn shenandoah_is_read_as_the_runtime_counts() {
    let log = log("jdk17-shenandoah.log");
    assert_eq!(collector(&log), Some(Collector::Shenandoah));
    assert_eq!(pauses(&log, |_| true), 35);
    assert_eq!(count(&log, |event| event.class == Class::Cycle), 10);
}

#[test]
fn epsilon_never_collects() {
    let log = log("jdk17-epsilon.log");
    assert_eq!(collector(&log), Some(Collector::Epsilon));
    assert_eq!(pauses(&log, |_| true), 0);
}

#[test]
fn g1_of_jdk_25_is_read_as_the_runtime_counts() {
    let log = log("jdk25-g1.log");
    assert_eq!(collector(&log), Some(Collector::G1));
    assert_eq!(
        pauses(&log, |kind| kind.is_young() || kind == Kind::Mixed),
        10
    );
    assert_eq!(pauses(&log, |kind| kind == Kind::Full), 2);
}

#[test]
fn generational_z_is_read_as_the_runtime_counts() {
    let log = log("jdk25-z.log");
    assert_eq!(collector(&log), Some(Collector::GenerationalZ));
    assert_eq!(pauses(&log, |_| true), 23);
    let cycles = count(&log, |event| {
        event.class == Class::Cycle && event.kind == Kind::MajorCycle
    });
    assert_eq!(cycles, 4);
}

#[test]
fn generational_shenandoah_is_read_as_the_runtime_counts() {
    let log = log("jdk25-shenandoah.log");
    assert_eq!(collector(&log), Some(Collector::GenerationalShenandoah));
    assert_eq!(pauses(&log, |_| true), 8);
    assert_eq!(count(&log, |event| event.class == Class::Cycle), 4);
}

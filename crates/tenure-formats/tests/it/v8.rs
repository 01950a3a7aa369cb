//! Logs of V8: Node from 0.12 to 24.

use std::process::Command;

use tenure_model::timeline::{Class, Kind, Runtime};

use crate::census::read;
use crate::straight::{assert_straight, logs, own_logs, program, read_checked};

#[test]
fn totals_equal_a_straight_count() {
    for path in logs("v8", "/gclogs/v8/") {
        let (recorder, _) = read_checked(&path, Runtime::V8);
        assert_straight(&path, "v8", &recorder);
    }
}

#[test]
fn workers_are_heaps_of_their_own() {
    let path = own_logs("v8")
        .into_iter()
        .find(|path| path.ends_with("node24-workers.log"))
        .expect("the log is there");
    let (recorder, _) = read_checked(&path, Runtime::V8);
    let most = recorder.events.iter().map(|event| event.heap).max();
    assert_eq!(most, Some(2));
}

const PROGRAM: &str = "let kept = []; \
    for (let i = 0; i < 40; i++) { \
        const list = []; for (let j = 0; j < 20000; j++) list.push({j, name: 'k' + j}); \
        kept.push(list); if (kept.length > 8) kept.shift(); } \
    gc();";

/// V8 sums up its pauses after each collection, in `Total time spent in GC`.
#[test]
fn a_fresh_log_agrees_with_the_total_of_the_runtime() {
    let Some(node) = program("node", &[]) else {
        println!("skipped: node is absent");
        return;
    };
    let output = Command::new(node)
        .args([
            "--expose-gc",
            "--trace-gc",
            "--trace-gc-verbose",
            "-e",
            PROGRAM,
        ])
        .output()
        .expect("node starts");
    let (recorder, outcome) = read(&output.stdout);
    assert_eq!(outcome.runtime, Some(Runtime::V8));
    assert_eq!(outcome.lines.unclassified, 0, "{:?}", outcome.lines.shown);
    let text = String::from_utf8_lossy(&output.stdout);
    let mut totals = text.lines().filter_map(|line| {
        let (_, total) = line.split_once("Total time spent in GC  : ")?;
        total.strip_suffix(" ms")?.parse::<f64>().ok()
    });
    let pauses = recorder
        .events
        .iter()
        .filter(|event| event.class == Class::Pause);
    assert_eq!(pauses.clone().count(), totals.clone().count());
    assert!(pauses.clone().any(|event| event.kind == Kind::Scavenge));
    assert!(pauses.clone().any(|event| event.kind.is_whole_heap()));
    assert!(
        pauses
            .clone()
            .any(|event| event.cause.as_str() == "testing")
    );
    let paused_ms = pauses
        .clone()
        .filter_map(|event| event.duration_ns)
        .sum::<u64>() as f64
        / 1e6;
    let told_ms = totals.next_back().expect("a total");
    // Each pause is rounded to a hundredth, or in older versions a tenth, of a millisecond.
    let grain_ms = 0.06 * (pauses.count() + 1) as f64;
    assert!(
        (paused_ms - told_ms).abs() <= grain_ms,
        "{paused_ms} {told_ms}"
    );
}

//! Logs of CPython, from 2.7 to 3.13, and of the one that is installed.

use std::process::Command;

use tenure_model::timeline::{Kind, Mark, Runtime};

use crate::census::read;
use crate::straight::{assert_straight, logs, program, read_checked};

#[test]
fn totals_equal_a_straight_count() {
    for path in logs("cpython", "/gclogs/cpython/") {
        let (recorder, _) = read_checked(&path, Runtime::CPython);
        assert_straight(&path, "cpython", &recorder);
    }
}

const PROGRAM: &str = "\
import gc, sys
class Node: pass
before = [part['collections'] for part in gc.get_stats()]
gc.set_debug(gc.DEBUG_STATS)
kept = []
for round in range(40):
    nodes = []
    for i in range(3000):
        node = Node(); node.me = node; nodes.append(node)
    kept = (kept + [nodes])[-5:]
gc.collect(); gc.collect(1); gc.collect(0)
gc.set_debug(0)
after = [part['collections'] for part in gc.get_stats()]
print(*[a - b for a, b in zip(after, before)])
";

#[test]
fn a_fresh_log_agrees_with_the_counters_of_the_runtime() {
    let Some(python) = program("python3", &[]) else {
        println!("skipped: python3 is absent");
        return;
    };
    let output = Command::new(python)
        .args(["-c", PROGRAM])
        .output()
        .expect("python3 starts");
    let told: Vec<usize> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let (recorder, outcome) = read(&output.stderr);
    assert_eq!(outcome.runtime, Some(Runtime::CPython));
    assert_eq!(outcome.lines.unclassified, 0, "{:?}", outcome.lines.shown);
    let count = |kind| {
        recorder
            .events
            .iter()
            .filter(|event| event.kind == kind)
            .count()
    };
    let ours = [Kind::Generation0, Kind::Generation1, Kind::Generation2].map(count);
    assert_eq!(ours.to_vec(), told);
    assert!(told.iter().all(|count| *count > 0), "{told:?}");
    let is_whole = |event: &tenure_model::timeline::Event| {
        event.duration_ns.is_some() && !event.marks.has(Mark::Torn)
    };
    assert!(recorder.events.iter().all(is_whole));
}

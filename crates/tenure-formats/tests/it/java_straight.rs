//! Counts, totals and maxima of the collected Java logs against a separate script.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tenure_model::timeline::{Class, Runtime};

use crate::census::{collected_logs, read};
use crate::recorder::Recorder;

/// Count, total and maximum in nanoseconds by the name of the class.
type Totals = BTreeMap<String, (u64, u64, u64)>;

#[test]
fn totals_equal_a_straight_count() {
    let logs = collected_logs();
    if logs.is_empty() {
        println!("skipped: ../shared/data/gclogs is absent");
        return;
    }
    if Command::new("python3").arg("-V").output().is_err() {
        println!("skipped: python3 is absent");
        return;
    }
    let filter = std::env::var("GCLOG_FILTER").unwrap_or_default();
    let mut differing = Vec::new();
    for path in &logs {
        let name = path.to_string_lossy();
        if !name.contains(&filter) {
            continue;
        }
        let bytes = std::fs::read(path).expect("a collected log can be read");
        let (recorder, outcome) = read(&bytes);
        // The script counts the lines of unified logging; it knows no log from before JDK 9.
        if outcome.runtime != Some(Runtime::JavaUnified) {
            continue;
        }
        let (ours, straight) = (totals(&recorder), straight(path));
        if ours != straight {
            differing.push(format!(
                "{name}\n  ours     {ours:?}\n  straight {straight:?}"
            ));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Only events whose duration the log tells.
fn totals(recorder: &Recorder) -> Totals {
    let mut totals = Totals::new();
    for event in &recorder.events {
        let is_wanted = matches!(event.class, Class::Pause | Class::Stop | Class::Stall);
        if let Some(duration_ns) = event.duration_ns.filter(|_| is_wanted) {
            let sum = totals.entry(event.class.name().to_owned()).or_default();
            sum.0 += 1;
            sum.1 += duration_ns;
            sum.2 = sum.2.max(duration_ns);
        }
    }
    totals
}

fn straight(path: &Path) -> Totals {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/straight_count/java.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(path)
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "{}", path.display());
    let mut totals = Totals::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words[index].parse().expect("the script prints numbers");
        totals.insert(words[0].to_owned(), (number(1), number(2), number(3)));
    }
    totals
}

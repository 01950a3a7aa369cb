//! Counts, totals and maxima of Java logs, ours and the collected ones, against a separate script.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use tenure_model::timeline::Class;

use crate::census::{contents, read};
use crate::recorder::Recorder;
use crate::straight::{logs, own_logs};

/// Count, total and maximum in nanoseconds by the name of the class.
type Totals = BTreeMap<String, (u64, u64, u64)>;

#[test]
fn totals_equal_a_straight_count() {
    let filter = std::env::var("GCLOG_FILTER").unwrap_or_default();
    let mut paths = logs("java", "/gclogs/jdk");
    paths.extend(own_logs("java-8"));
    paths.retain(|path| {
        let name = path.to_string_lossy();
        name.contains(&filter) && !name.ends_with(".java")
    });
    let Some(straight) = straight(&paths) else {
        println!("skipped: python3 is absent");
        return;
    };
    let mut differing = Vec::new();
    for path in &paths {
        let (recorder, _) = read(&contents(path));
        let (ours, straight) = (totals(&recorder), &straight[path]);
        if ours != *straight {
            let name = path.display();
            differing.push(format!(
                "{name}\n  ours     {ours:?}\n  straight {straight:?}"
            ));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn a_pause_that_is_missed_is_told() {
    for (folder, name) in [("java", "jdk25-g1.log"), ("java-8", "parallel.log")] {
        let mut logs = own_logs(folder).into_iter();
        let path = logs.find(|path| path.ends_with(name)).expect("our own log");
        let text = String::from_utf8(contents(&path)).expect("our own logs are plain");
        let is_pause = |line: &&str| {
            line.contains("GC(") && line.contains("Pause ") || line.contains("[Full GC (")
        };
        let missed = text.lines().rfind(is_pause).expect("a pause");
        let Some(straight) = straight(std::slice::from_ref(&path)) else {
            println!("skipped: python3 is absent");
            return;
        };
        let (recorder, _) = read(text.replace(missed, "").as_bytes());
        assert_ne!(totals(&recorder), straight[&path], "{missed}");
    }
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

/// What the script counts in each log; `None` where it cannot run.
fn straight(paths: &[PathBuf]) -> Option<BTreeMap<PathBuf, Totals>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/straight_count/java.py");
    let output = Command::new("python3").arg(script).args(paths).output();
    let output = output.ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let mut counts: BTreeMap<PathBuf, Totals> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| words[index].parse().expect("the script prints numbers");
        let totals = counts.entry(PathBuf::from(words[0])).or_default();
        if words.len() > 1 {
            let sums = (number(2), number(3), number(4));
            totals.insert(words[1].to_owned(), sums);
        }
    }
    Some(counts)
}

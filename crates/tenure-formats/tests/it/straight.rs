//! What each log of a runtime has to show: lines that are recognised, and totals that equal
//! those of a script that counts straight off the text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenure_formats::gclog::Outcome;
use tenure_model::timeline::{Class, Runtime, Space};

use crate::census::{collected_logs, contents, read, unrecognised_max};
use crate::recorder::Recorder;

/// Count, total and maximum in nanoseconds by class and kind.
type Totals = BTreeMap<String, (u64, u64, u64)>;

/// The small logs of our own in a folder of `tests/data`, sorted.
pub(crate) fn own_logs(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let entries = std::fs::read_dir(root.join(folder)).expect("the data of the tests is there");
    let mut logs: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    logs.sort();
    assert!(!logs.is_empty(), "{folder}");
    logs
}

/// Our own logs and the collected ones whose path has `part` in it.
pub(crate) fn logs(folder: &str, part: &str) -> Vec<PathBuf> {
    let mut logs = own_logs(folder);
    let collected = collected_logs();
    if collected.is_empty() {
        println!("skipped: ../shared/data/gclogs is absent");
    }
    let is_wanted = |path: &PathBuf| path.to_string_lossy().contains(part);
    logs.extend(collected.into_iter().filter(is_wanted));
    logs
}

/// Reads a log that must be of `runtime`, have an event, and no line that is not recognised
/// unless the census excepts it.
pub(crate) fn read_checked(path: &Path, runtime: Runtime) -> (Recorder, Outcome) {
    let (recorder, outcome) = read(&contents(path));
    let name = path.display();
    assert_eq!(outcome.runtime, Some(runtime), "{name}");
    assert!(!recorder.events.is_empty(), "{name}: no event");
    let lines = &outcome.lines;
    let is_known = lines.unclassified <= unrecognised_max(path, lines.total);
    assert!(is_known, "{name}: {:?}", lines.shown);
    (recorder, outcome)
}

/// Compares the totals of a log with those of the script.
pub(crate) fn assert_straight(path: &Path, runtime: &str, recorder: &Recorder) {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/straight_count/other_runtimes.py"
    );
    let output = Command::new("python3")
        .arg(script)
        .arg(runtime)
        .arg(path)
        .output();
    let Ok(output) = output else {
        println!("skipped: python3 is absent");
        return;
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", path.display());
    let (mut totals, mut heap) = (Totals::new(), (0, 0));
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<&str> = line.split(';').collect();
        let number = |index: usize| words[index].parse().expect("the script prints numbers");
        if words[0] == "heap" {
            heap = (number(1), number(2));
        } else {
            let name = format!("{} {}", words[0], words[1]);
            totals.insert(name, (number(2), number(3), number(4)));
        }
    }
    assert!(!totals.is_empty(), "{}", path.display());
    assert_eq!(ours(recorder), (totals, heap), "{}", path.display());
}

fn ours(recorder: &Recorder) -> (Totals, (u64, u64)) {
    let (mut totals, mut heap) = (Totals::new(), (0, 0));
    for event in &recorder.events {
        let name = format!("{} {}", event.class.name(), event.kind.name());
        let duration_ns = event.duration_ns.unwrap_or(0);
        let sum = totals.entry(name).or_default();
        sum.0 += u64::from(event.repeats);
        sum.1 += duration_ns;
        sum.2 = sum.2.max(duration_ns);
        let change = event.sizes.get(Space::Heap);
        if matches!(event.class, Class::Pause | Class::Cycle) {
            heap.0 = heap.0.max(change.before.unwrap_or(0));
            heap.1 = heap.1.max(change.after.unwrap_or(0));
        }
    }
    (totals, heap)
}

/// A program in the search path or one of `folders`, if it answers.
pub(crate) fn program(name: &str, folders: &[&str]) -> Option<PathBuf> {
    let mut candidates = vec![PathBuf::from(name)];
    candidates.extend(folders.iter().map(|folder| Path::new(folder).join(name)));
    candidates.into_iter().find(|path| {
        let version = if name == "go" { "version" } else { "--version" };
        let output = Command::new(path).arg(version).output();
        output.is_ok_and(|output| output.status.success())
    })
}

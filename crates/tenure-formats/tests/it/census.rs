//! Every log of the collected data: what it is taken for, how many lines are recognised.
//!
//! `GCLOG_FILTER=zgc GCLOG_EVENTS=1 cargo test -p tenure-formats --test it census -- --nocapture`
//! prints the account, and the events, of the logs whose path has `zgc` in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenure_formats::gclog::{Outcome, Reader};

use crate::recorder::Recorder;

/// Logs of which more than one line in a thousand is not recognised, and why.
const EXCEPTIONS: [(&str, &str); 2] = [
    (
        "dataset114.txt",
        "the console of an application server with collections between",
    ),
    (
        "SampleIBMJ9_R26_GAFP1_full_header.txt",
        "one line of 134 is another tool's",
    ),
];

/// The collected logs that are not packed, sorted; empty where they are absent.
pub(crate) fn collected_logs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gclogs");
    let mut logs = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if ![".md", ".gz", ".zip"].iter().any(|end| name.ends_with(end))
                && !name.starts_with("LICENSE")
            {
                logs.push(path);
            }
        }
    }
    logs.sort();
    logs
}

/// Reads a whole log.
pub(crate) fn read(bytes: &[u8]) -> (Recorder, Outcome) {
    let mut recorder = Recorder::default();
    let mut reader = Reader::new();
    for piece in bytes.chunks(4093) {
        reader.feed(piece, &mut recorder);
    }
    let outcome = reader.finish(&mut recorder);
    (recorder, outcome)
}

#[test]
fn census() {
    let logs = collected_logs();
    if logs.is_empty() {
        println!("skipped: ../shared/data/gclogs is absent");
        return;
    }
    let filter = std::env::var("GCLOG_FILTER").unwrap_or_default();
    let with_events = std::env::var_os("GCLOG_EVENTS").is_some();
    let is_wanted = |path: &&PathBuf| path.to_string_lossy().contains(&filter);
    for path in logs.iter().filter(is_wanted) {
        let bytes = std::fs::read(path).expect("a collected log can be read");
        let (recorder, outcome) = read(&bytes);
        let lines = &outcome.lines;
        let known = lines.events + lines.details + lines.headers + lines.others + lines.blank;
        assert_eq!(
            lines.total,
            known + lines.unclassified,
            "{}",
            path.display()
        );
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_excepted = EXCEPTIONS.iter().any(|(known, _)| name == *known);
        assert!(
            lines.unclassified * 1000 <= lines.total || is_excepted,
            "{}: {} of {} lines: {:?}",
            path.display(),
            lines.unclassified,
            lines.total,
            lines.shown,
        );
        let short: Vec<_> = path.iter().rev().take(3).collect();
        println!(
            "{:8} lines {:6} unclassified {:6} {:?} {:?}",
            recorder.events.len(),
            lines.total,
            lines.unclassified,
            outcome.runtime,
            short,
        );
        for (number, text) in lines.shown.iter().take(3) {
            println!("    {number}: {text}");
        }
        let mut kinds = BTreeMap::new();
        for event in &recorder.events {
            let sum: &mut (u64, u64, u64) = kinds.entry((event.class, event.kind)).or_default();
            sum.0 += u64::from(event.repeats);
            sum.1 += event.duration_ns.unwrap_or(0);
            sum.2 = sum.2.max(event.duration_ns.unwrap_or(0));
        }
        for ((class, kind), (count, total_ns, max_ns)) in kinds {
            println!(
                "      {:10} {:28} count {count:6} total {:.9} s max {:.9} s",
                class.name(),
                kind.name(),
                total_ns as f64 / 1e9,
                max_ns as f64 / 1e9,
            );
        }
        if with_events {
            recorder
                .events
                .iter()
                .for_each(|event| println!("{event:?}"));
            println!("{:?}\n{:?}", recorder.facts, recorder.remarks);
        }
    }
}

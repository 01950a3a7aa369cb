//! Every log of the collected data: what it is taken for, how many lines are recognised.
//!
//! `GCLOG_FILTER=zgc GCLOG_EVENTS=1 cargo test -p tenure-formats --test it census -- --nocapture`
//! prints the account, and the events, of the logs whose path has `zgc` in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenure_formats::gclog::{Outcome, Reader};
use tenure_model::timeline::Runtime;

use crate::recorder::Recorder;

/// Logs with lines that are not recognised: how many, and what they are. Of every other log at
/// least 99.9 % of the lines are recognised.
const EXCEPTIONS: [(&str, u64, &str); 2] = [
    (
        "garbagecat/dataset114.txt",
        22,
        "an application server's own output, before the first collection",
    ),
    (
        "gcviewer/SampleIBMJ9_R26_GAFP1_full_header.txt",
        1,
        "output of the launcher, before the collector wrote: 1 of 134 lines",
    ),
];

/// Logs in which no collection stands, and what stands there.
const EVENTLESS: [(&str, &str); 14] = [
    ("garbagecat/dataset165.txt", STATISTICS),
    ("garbagecat/dataset196.txt", STATISTICS),
    ("garbagecat/dataset197.txt", STATISTICS),
    ("garbagecat/dataset198.txt", STATISTICS),
    ("garbagecat/dataset240.txt", HEADER),
    ("garbagecat/dataset241.txt", HEADER),
    ("garbagecat/dataset245.txt", METASPACE),
    ("garbagecat/dataset258.txt", STATISTICS),
    ("garbagecat/dataset274.txt", STATISTICS),
    ("garbagecat/dataset288.txt", METASPACE),
    ("garbagecat/dataset292.txt", "deduplication of strings"),
    ("gcviewer/SampleSun1_8_0RollingLogfile.txt", HEADER),
    ("gcviewer/SampleSun1_8_0Series-Part7.txt", HEADER),
    ("gctoolkit/preps_empty.log", HEADER),
];
const HEADER: &str = "what is written at the start";
const METASPACE: &str = "the state of the metaspace";
const STATISTICS: &str = "statistics over the whole run";

/// What wrote the logs of a folder of the collected data.
const WRITERS: [(&str, &[Runtime]); 5] = [
    ("/gclogs/cpython/", &[Runtime::CPython]),
    ("/gclogs/go/", &[Runtime::Go]),
    ("/gclogs/ibm-j9/", &[Runtime::OpenJ9]),
    ("/gclogs/jdk", &[Runtime::JavaUnified, Runtime::JavaLegacy]),
    ("/gclogs/v8/", &[Runtime::V8]),
];

/// The collected logs, sorted; empty where they are absent.
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
            } else if !name.ends_with(".md") && !name.starts_with("LICENSE") {
                logs.push(path);
            }
        }
    }
    logs.sort();
    logs
}

/// The bytes of a log, unpacked.
pub(crate) fn contents(path: &Path) -> Vec<u8> {
    if path.extension().is_some_and(|end| end == "gz") {
        let unpacked = Command::new("gzip").arg("-dc").arg(path).output();
        return unpacked.expect("gzip starts").stdout;
    }
    std::fs::read(path).expect("a log can be read")
}

/// Lines of a log that may be left unrecognised.
pub(crate) fn unrecognised_max(path: &Path, lines: u64) -> u64 {
    let exception = EXCEPTIONS.iter().find(|(name, ..)| path.ends_with(name));
    exception.map_or(lines / 1000, |(_, count, _)| *count)
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

/// Each line is accounted for, nearly all are recognised, and the log is taken for what it is.
fn check(path: &Path, recorder: &Recorder, outcome: &Outcome) {
    let (lines, name) = (&outcome.lines, path.to_string_lossy());
    let known = lines.events + lines.details + lines.headers + lines.others + lines.blank;
    assert_eq!(lines.total, known + lines.unclassified, "{name}");
    assert!(
        lines.unclassified <= unrecognised_max(path, lines.total),
        "{name}: {} of {} lines: {:?}",
        lines.unclassified,
        lines.total,
        lines.shown,
    );
    let writer = WRITERS.iter().find(|(folder, _)| name.contains(folder));
    let (_, runtimes) = writer.unwrap_or_else(|| panic!("{name}: in no known folder"));
    assert!(
        outcome.runtime.is_some_and(|one| runtimes.contains(&one)),
        "{name}: {:?}",
        outcome.runtime
    );
    let eventless = EVENTLESS.iter().find(|(log, _)| path.ends_with(log));
    assert_eq!(
        recorder.events.is_empty(),
        eventless.is_some(),
        "{name}: {} events; {eventless:?}",
        recorder.events.len()
    );
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
        let (recorder, outcome) = read(&contents(path));
        check(path, &recorder, &outcome);
        let lines = &outcome.lines;
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

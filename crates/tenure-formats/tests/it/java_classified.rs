//! At least 99.9 % of the lines of each collected Java log are recognised.

use tenure_model::timeline::Runtime;

use crate::census::{collected_logs, read};

/// Logs in which other lines stand as well, how many of them, and what they are.
const EXCEPTIONS: [(&str, u64, &str); 1] = [(
    "garbagecat/dataset114.txt",
    22,
    "the application server's own output, before the first collection",
)];

#[test]
fn the_lines_of_java_logs_are_recognised() {
    let logs = collected_logs();
    if logs.is_empty() {
        println!("skipped: ../shared/data/gclogs is absent");
        return;
    }
    let (mut total, mut unclassified) = (0, 0);
    let mut failing = Vec::new();
    for path in &logs {
        let bytes = std::fs::read(path).expect("a collected log can be read");
        let lines = match read(&bytes).1 {
            outcome if outcome.runtime == Some(Runtime::JavaUnified) => outcome.lines,
            outcome if outcome.runtime == Some(Runtime::JavaLegacy) => outcome.lines,
            _ => continue,
        };
        let exception = EXCEPTIONS.iter().find(|(name, ..)| path.ends_with(name));
        let allowed = exception.map_or(lines.total / 1000, |(_, count, _)| *count);
        if lines.unclassified > allowed {
            failing.push(format!("{}: {:?}", path.display(), lines.shown));
        }
        total += lines.total;
        unclassified += lines.unclassified;
    }
    println!("{total} lines, {unclassified} not recognised");
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

#[test]
fn every_java_log_is_known_as_one() {
    for path in collected_logs() {
        let name = path.to_string_lossy();
        if !name.contains("/jdk") || name.ends_with(".gz") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a collected log can be read");
        let runtime = read(&bytes).1.runtime;
        assert!(
            matches!(runtime, Some(Runtime::JavaUnified | Runtime::JavaLegacy)),
            "{name}: {runtime:?}"
        );
    }
}

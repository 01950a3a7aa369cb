//! Wrapped logs give what the bare ones give, and bare ones are not taken for wrapped.

use tenure_model::timeline::{Event, Remark, Runtime};

use crate::census::{collected_logs, read};
use crate::straight::own_logs;

fn events(bytes: &[u8]) -> (Vec<Event>, bool) {
    let (recorder, _) = read(bytes);
    let is_wrapped = recorder
        .remarks
        .iter()
        .any(|(_, remark)| *remark == Remark::Wrapped);
    (recorder.events, is_wrapped)
}

#[test]
fn each_wrapped_log_is_read_whole() {
    for path in own_logs("wrapped") {
        let bytes = std::fs::read(&path).expect("a log can be read");
        let (recorder, outcome) = read(&bytes);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let runtime = match name
            .split(['-', '.'])
            .rfind(|part| *part != "log" && *part != "crlf")
        {
            Some("go") => Runtime::Go,
            Some("v8") => Runtime::V8,
            Some("cpython") => Runtime::CPython,
            Some("openj9") => Runtime::OpenJ9,
            _ => Runtime::JavaUnified,
        };
        assert_eq!(outcome.runtime, Some(runtime), "{name}");
        assert!(!recorder.events.is_empty(), "{name}");
        assert_eq!(
            outcome.lines.unclassified, 0,
            "{name}: {:?}",
            outcome.lines.shown
        );
        let told = recorder
            .remarks
            .iter()
            .filter(|(_, remark)| *remark == Remark::Wrapped);
        assert_eq!(told.count(), 1, "{name}");
    }
}

#[test]
fn wrapping_changes_nothing_but_the_remark() {
    let wrap: [fn(&str) -> String; 4] = [
        |line| format!("2026-11-24T00:35:34.123456789Z stdout F {line}\n"),
        |line| format!("web-1  | {line}\r\n"),
        |line| format!("Nov 24 00:35:34 host-1 app[123]: {line}\n"),
        |line| {
            let text = line
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\t', "\\t");
            format!("{{\"stream\":\"stderr\",\"log\":\"{text}\\n\"}}\n")
        },
    ];
    for folder in ["go", "v8", "cpython", "openj9"] {
        for path in own_logs(folder) {
            let text = std::fs::read_to_string(&path).expect("a log can be read");
            let (bare, bare_is_wrapped) = events(text.as_bytes());
            assert!(!bare_is_wrapped, "{}", path.display());
            for wrap in wrap {
                let wrapped: String = text.lines().map(wrap).collect();
                let (events, is_wrapped) = events(wrapped.as_bytes());
                assert!(is_wrapped, "{}", path.display());
                assert_eq!(events, bare, "{}", path.display());
            }
        }
    }
}

#[test]
fn line_ends_of_windows_and_runs_in_one_file_change_no_event() {
    for folder in ["go", "v8", "cpython", "openj9"] {
        for path in own_logs(folder) {
            let text = std::fs::read_to_string(&path).expect("a log can be read");
            let (once, _) = events(text.as_bytes());
            let (windows, _) = events(text.replace('\n', "\r\n").as_bytes());
            assert_eq!(windows, once, "{}", path.display());
            // A crash repeats what its run told, so two such runs cannot be told apart.
            if text.contains("<--- Last few GCs") {
                continue;
            }
            let (twice, _) = events(format!("{text}\nother output\n{text}").as_bytes());
            assert_eq!(twice.len(), 2 * once.len(), "{}", path.display());
        }
    }
}

#[test]
fn collected_logs_are_bare() {
    let logs = collected_logs();
    if logs.is_empty() {
        println!("skipped: ../shared/data/gclogs is absent");
    }
    for path in logs {
        let bytes = std::fs::read(&path).expect("a log can be read");
        assert!(!events(&bytes).1, "{}", path.display());
    }
}

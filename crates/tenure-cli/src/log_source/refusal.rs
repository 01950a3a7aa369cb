//! What is said of a file that is no log, or a log without an event.

use tenure_formats::gclog::Guess;
use tenure_model::timeline::Runtime;
use tenure_report::quantity::counted;

/// How files begin that are no logs, what they are, and what to give instead.
const OTHERS: [(&[u8], &str); 10] = [
    (
        b"JAVA PROFILE",
        "it is a heap dump of Java; this verb reads logs",
    ),
    (
        b"{\"snapshot\"",
        "it is a heap snapshot of V8; this verb reads logs",
    ),
    (
        b"FLR\0",
        "it is a recording of Java Flight Recorder; write a log with -Xlog:gc*",
    ),
    (
        b"TENURE\r\n",
        "it is a record of `tenure run`; show it with `tenure stats`",
    ),
    (b"\x7fELF", "it is a program; give the log that it writes"),
    (
        b"\xca\xfe\xba\xbe",
        "it is a class file; give the log that the program writes",
    ),
    (b"%PDF", "it is a PDF; give the log itself"),
    (b"BZh", "it is packed by bzip2; unpack it first"),
    (b"\xfd7zXZ\0", "it is packed by xz; unpack it first"),
    (b"7z\xbc\xaf", "it is packed by 7-Zip; unpack it first"),
];

/// What a file is that begins with `head` and is certainly no log.
pub(super) fn other_file(head: &[u8]) -> Option<&'static str> {
    let other = OTHERS.iter().find(|(magic, _)| head.starts_with(magic));
    other.map(|(_, what)| *what)
}

/// Why a file of so many lines has nothing to show, and what it looks like most.
pub(super) fn nothing(name: &str, lines: u64, guess: Option<Guess>) -> String {
    if lines == 0 {
        return format!("{name}: it is empty; let the program run until it collects");
    }
    let reason = match guess {
        Some(guess) => format!(
            "it looks most like {}, but {}",
            guess.runtime.title(),
            flag_of(guess.runtime)
        ),
        None => "it looks like no log that is known: Java -Xlog:gc* or -XX:+PrintGCDetails, \
                 OpenJ9 -verbose:gc, Go GODEBUG=gctrace=1, node --trace-gc, Python \
                 gc.set_debug(gc.DEBUG_STATS)"
            .to_owned(),
    };
    let lines = counted(lines, "line", "lines");
    format!("{name}: no event of a collector in {lines}; {reason}")
}

fn flag_of(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::JavaUnified => "no line tells a collection; log with -Xlog:gc*",
        Runtime::JavaLegacy => "no line tells a collection; log with -XX:+PrintGCDetails",
        Runtime::OpenJ9 => "no element tells a collection; log with -verbose:gc",
        Runtime::Go => "no line tells a collection; run with GODEBUG=gctrace=1",
        Runtime::V8 => "no line tells a collection; run with --trace-gc",
        Runtime::CPython => "no line tells a collection; set gc.set_debug(gc.DEBUG_STATS)",
        Runtime::Tenure => "no line tells a collection",
    }
}

#[cfg(test)]
mod tests {
    //! The reason names what the file is.

    use super::*;

    #[test]
    fn files_that_are_no_logs_are_called_what_they_are() {
        let dump = other_file(b"JAVA PROFILE 1.0.2\0").unwrap();
        assert!(dump.contains("heap dump"), "{dump}");
        assert_eq!(other_file(b"[0.005s][info][gc] Using G1"), None);
        for (magic, what) in OTHERS {
            assert_eq!(other_file(magic), Some(what));
        }
    }

    #[test]
    fn a_file_without_an_event_is_told_what_it_looks_like() {
        let none = nothing("a", 3, None);
        assert!(none.contains("no log that is known") && none.contains("3 lines"));
        assert!(nothing("a", 1, None).contains("in 1 line;"));
        assert!(nothing("a", 0, None).contains("empty"));
    }
}

//! The grammars: what is read, what is refused and in which words.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Reading;
use crate::suppressions::{Frame, LeakKind, Stack, Suppressions};

/// Time for one hostile file, which takes milliseconds: the machine may be busy.
const TIME_MAX: Duration = Duration::from_secs(20);

fn read(text: &[u8]) -> (Suppressions, Reading) {
    let mut known = Suppressions::default();
    let reading = known.read(text, "a.supp");
    assert_eq!(known.iter().count(), reading.entries);
    (known, reading)
}

/// The messages of a file, and the names of what was read all the same.
fn problems(text: &[u8]) -> (Vec<String>, Vec<String>) {
    let (known, reading) = read(text);
    let messages = reading.problems.iter().map(|problem| problem.to_string());
    let names = known.iter().map(|entry| entry.name().to_owned());
    (messages.collect(), names.collect())
}

/// The kinds for which the only entry of `text` hides a block that `a` allocated.
fn kinds(text: &str) -> Vec<LeakKind> {
    let (known, reading) = read(text.as_bytes());
    assert_eq!((reading.entries, reading.problems), (1, vec![]), "{text}");
    let frames = [Frame {
        function: Some("a"),
        ..Frame::default()
    }];
    let hides = |kind: &LeakKind| known.find(Stack::of_callers(&frames), *kind).is_some();
    LeakKind::ALL.into_iter().filter(hides).collect()
}

#[test]
fn both_grammars_stand_in_one_file() {
    let text = b"\xef\xbb\xbf# ours\r\n\r\n\t{ \r\n  the cache: \xe4, {} and #\r\n \
        # not a line of it\r\n  Memcheck:Leak\r\n\r\n  fun:malloc\r\n  ...\r\n\
        obj:/a b.so \r\n}\r\nleak:main\r\n  leak: ^f$ ";
    let (known, reading) = read(text);
    assert_eq!((reading.entries, &reading.problems[..]), (3, &[][..]));
    let entries: Vec<_> = known
        .iter()
        .map(|entry| (entry.name(), entry.line()))
        .collect();
    let expected = [
        ("the cache: \u{fffd}, {} and #", 3),
        ("leak:main", 12),
        ("leak: ^f$", 13),
    ];
    assert_eq!(entries, expected);
    let frames = [Frame {
        module: Some("/a b.so"),
        ..Frame::default()
    }];
    let found = known.find(Stack::of_callers(&frames), LeakKind::Definite);
    assert_eq!(found.map(|entry| entry.line()), Some(3));
}

#[test]
fn an_entry_is_about_the_kinds_that_it_names() {
    use LeakKind::{Definite, Indirect, Possible, Reachable};
    let of = |line: &str| kinds(&format!("{{\nn\nMemcheck:Leak\n{line}\n...\nfun:a\n}}"));
    assert_eq!(of(""), LeakKind::ALL);
    assert_eq!(of("match-leak-kinds:all"), LeakKind::ALL);
    assert_eq!(of("match-leak-kinds: none"), []);
    assert_eq!(of("match-leak-kinds: definite"), [Definite]);
    assert_eq!(
        of("match-leak-kinds: indirect, possible"),
        [Indirect, Possible]
    );
    assert_eq!(
        of("match-leak-kinds:reachable,definite"),
        [Definite, Reachable]
    );
    let other = "{\nn\nAddrcheck,Memcheck:Leak\nfun:malloc\nfun:a\n}";
    assert_eq!(kinds(other), LeakKind::ALL);
}

#[test]
fn what_is_not_about_leaks_is_counted_by_name() {
    let text = b"{\nn\nMemcheck:Cond\nfun:a\n}\n{\nn\nMemcheck:Param\nwrite(buf)\nfun:a\n}\n\
        {\nn\nHelgrind:Race\nfun:a\n}\n{\nn\nMemcheck:Cond\nfun:b\n}\n\
        {\nn\ndrd:ConflictingAccess\n}\n\
        race:a\nthread:b\nrace:c\nvptr:x\n";
    let (known, reading) = read(text);
    assert_eq!(known.iter().count(), 0);
    assert_eq!(reading.problems, []);
    let expected = [
        ("Helgrind:Race", 1),
        ("Memcheck:Cond", 2),
        ("Memcheck:Param", 1),
        ("drd:ConflictingAccess", 1),
        ("race", 2),
        ("thread", 1),
        ("vptr", 1),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(name, count)| (name.to_owned(), count))
        .into();
    assert_eq!(reading.ignored, expected);
}

#[test]
fn a_bad_entry_is_named_and_left_out() {
    let entry = "\"...\", or fun:, obj: or src: and a pattern, or \"}\"; the entry is left out";
    let kinds = "definite, indirect, possible, reachable with commas between them, or all, or \
                 none; the entry is left out";
    let kind = "a tool and a kind, as Memcheck:Leak; the entry is left out";
    let source = "src:FILE or src:FILE:LINE; the entry is left out";
    let twice = "match-leak-kinds: once, before the frames; the entry is left out";
    for (body, line, found, expected) in [
        ("n\nMemcheck:Leak\nfan:main", 4, "\"fan:main\"", entry),
        ("n\nMemcheck:Leak\nfun:a\nfun:", 5, "\"fun:\"", entry),
        ("n\nMemcheck:Leak\n\u{e9}\u{e9}", 4, "\"éé\"", entry),
        (
            "n\nMemcheck:Leak\nmatch-leak-kinds: lost",
            4,
            "\"lost\"",
            kinds,
        ),
        (
            "n\nMemcheck:Leak\nmatch-leak-kinds: definite,all",
            4,
            "\"all\"",
            kinds,
        ),
        ("n\nMemcheck:Leak\nmatch-leak-kinds:", 4, "\"\"", kinds),
        (
            "n\nMemcheck:Leak\nfun:a\nmatch-leak-kinds: all",
            5,
            "\"match-leak-kinds: all\"",
            twice,
        ),
        ("n\nMemcheck:Leak\nsrc:a.c:", 4, "\"src:a.c:\"", source),
        ("n\nMemcheck:Leak\nsrc:a.c:4x", 4, "\"src:a.c:4x\"", source),
        ("n\nMemcheck:Leak\nsrc::4", 4, "\"src::4\"", source),
        (
            "n\nMemcheck:Leak\nsrc:a.c:99999999999",
            4,
            "\"src:a.c:99999999999\"",
            source,
        ),
        ("n\nLeak\nfun:a", 3, "\"Leak\"", kind),
        (
            "n\nMemcheck:Leek\nfun:a",
            3,
            "\"Memcheck:Leek\"",
            "a kind that Memcheck has; the one for leaks is Memcheck:Leak",
        ),
        (
            "n\nMemcheck:Leak\n...\n...",
            6,
            "\"}\"",
            "a frame other than \"...\"; without one the entry would hide every leak",
        ),
        ("n", 3, "\"}\"", kind),
        (
            "",
            3,
            "\"}\"",
            "the name of the suppression; the entry is left out",
        ),
    ] {
        let good = "{\ngood\nMemcheck:Leak\nfun:a\n}\n";
        let text = format!("{{\n{body}\n}}\n{good}");
        let message = format!("a.supp:{line}: found {found}, expected {expected}");
        assert_eq!(
            problems(text.as_bytes()),
            (vec![message], vec!["good".into()]),
            "{body}"
        );
    }
}

#[test]
fn lines_outside_the_entries_are_named_and_skipped() {
    let outside = "a line \"{\" or leak:PATTERN; it is skipped";
    let expected = |line, found: &str| format!("a.supp:{line}: found {found}, expected {outside}");
    let (messages, names) = problems(b"}\nmalloc\x1b[1m\nleak:a");
    let escaped = "\"malloc\\u{1b}[1m\"";
    assert_eq!(messages, [expected(1, "\"}\""), expected(2, escaped)]);
    assert_eq!(names, ["leak:a"]);
}

#[test]
fn an_entry_without_its_end_does_not_swallow_the_next() {
    let good = "{\ngood\nMemcheck:Leak\nfun:a\n}\n";
    for start in [
        "{",
        "{\nn",
        "{\nn\nMemcheck:Leak",
        "{\nn\nMemcheck:Leak\nfun:a",
    ] {
        let (messages, names) = problems(format!("{start}\n{good}").as_bytes());
        let line = start.lines().count() + 1;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].starts_with(&format!("a.supp:{line}: found \"{{\"")),
            "{messages:?}"
        );
        assert_eq!(names, ["good"]);
        let (messages, _) = problems(format!("{good}{start}").as_bytes());
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0].contains(": found the end of the file, "),
            "{messages:?}"
        );
    }
    for start in ["{\nn\nMemcheck:Cond\nfun:b", "{\nn\nHelgrind:Race"] {
        let (messages, names) = problems(format!("{start}\n{good}").as_bytes());
        assert!(
            messages[0].contains("at the end of the entry before"),
            "{messages:?}"
        );
        assert_eq!((messages.len(), names), (1, vec!["good".into()]));
    }
}

#[test]
fn lines_of_lsan_are_held_to_their_grammar() {
    let (messages, names) = problems(b"leak:\nleek:a\nleak:a\n");
    assert_eq!(names, ["leak:a"]);
    assert_eq!(messages.len(), 2);
    assert!(messages[0].starts_with("a.supp:1: found \"leak:\", expected a pattern"));
    assert!(messages[1].starts_with("a.supp:2: found \"leek:a\", expected a line"));
}

#[test]
fn as_many_frames_as_valgrind_reads() {
    let entry = |frames| {
        format!(
            "{{\nn\nMemcheck:Leak\n{}}}\nleak:a",
            "fun:a\n".repeat(frames)
        )
    };
    assert_eq!(problems(entry(500).as_bytes()).0, Vec::<String>::new());
    let (messages, names) = problems(entry(501).as_bytes());
    let expected = "a.supp:504: found \"fun:a\", expected \"}\" behind at most 500 frames; the \
                    entry is left out";
    assert_eq!(messages, [expected]);
    assert_eq!(names, ["leak:a"]);
}

#[test]
fn long_patterns_are_refused_and_shown_in_part() {
    for (start, end) in [("leak:", ""), ("{\nn\nMemcheck:Leak\nfun:", "\n}")] {
        let most = format!("{start}{}{end}", "a".repeat(65_536));
        assert_eq!(problems(most.as_bytes()).0, Vec::<String>::new());
        let (messages, names) = problems(format!("{start}{}{end}", "a".repeat(65_537)).as_bytes());
        assert_eq!((messages.len(), names.len()), (1, 0));
        assert!(messages[0].len() < 200, "{}", messages[0]);
        assert!(messages[0].contains("…, expected a pattern of at most 65,536 bytes"));
    }
}

#[test]
fn a_hostile_file_is_read_in_time_and_told_in_short() {
    let start = Instant::now();
    let (_, reading) = read(&b"}\n".repeat(100_000));
    assert_eq!(
        (reading.problems.len(), reading.problems_beyond),
        (100, 99_900)
    );
    for hostile in [
        vec![b'*'; 1 << 20],
        vec![0; 1 << 20],
        [b"leak:".to_vec(), b"*?".repeat(1 << 19)].concat(),
        b"{\n".repeat(1 << 18),
        b"{\nn\nMemcheck:Leak\n".repeat(1 << 16),
        b"{\nn\nX:Y\n".repeat(1 << 16),
        [b"{\nn\nMemcheck:Leak\n".to_vec(), b"...\n".repeat(1 << 18)].concat(),
    ] {
        let (known, reading) = read(&hostile);
        assert!(known.iter().count() == 0 && !reading.problems.is_empty());
        assert!(reading.problems.len() <= 100);
    }
    assert!(start.elapsed() < TIME_MAX, "{:?}", start.elapsed());
}

#[test]
fn a_file_cut_or_damaged_anywhere_gives_an_answer() {
    let text = b"{\n n\n Memcheck:Leak\n match-leak-kinds: possible,all\n fun:a\n src:b.c:7\n}\n\
        leak:^a*b$\nrace:x\n{\nm\nMemcheck:Cond\n...\n}\n";
    for at in 0..text.len() {
        let _ = read(&text[..at]);
        for byte in [b'\n', b'{', b'}', b':', b'*', 0, 0xff] {
            let mut damaged = text.to_vec();
            damaged[at] = byte;
            let (_, reading) = read(&damaged);
            assert!(reading.problems.iter().all(|problem| problem.line <= 16));
        }
    }
}

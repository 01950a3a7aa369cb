//! Damaged logs: no panic, no hang, no growth, and each line accounted for.
//!
//! `GCLOG_MUTATIONS=10000000 cargo test --release -p tenure-formats --test it mutations -- \
//! --nocapture` makes that many damaged logs of each format; `GCLOG_FILTER=v8`, of that one.

use std::path::Path;
use std::time::{Duration, Instant};

use tenure_formats::gclog::Reader;
use tenure_model::timeline::{Event, Fact, Remark, Sink, Stamp};

/// Damaged logs of each format where the environment does not ask for more.
const MUTATIONS: u64 = 2_000;
/// Bytes of a log that is damaged.
const LOG_BYTES: usize = 3000;
/// Bytes of a log from which a damaged one is taken.
const SEED_BYTES: usize = 24_000;
/// Time for one damaged log of a few kilobytes, which takes microseconds: by the wall clock, on a
/// machine that may be busy with other things.
const LOG_TIME_MAX: Duration = Duration::from_secs(30);
/// Bytes of a hostile line.
const LINE_BYTES: usize = 1 << 18;
/// Time for one hostile line: quadratic work on so much takes minutes.
const LINE_TIME_MAX: Duration = Duration::from_secs(20);
/// Growth of the process over all damaged logs of all formats.
const GROWTH_BYTES_MAX: u64 = 256 << 20;

/// Pieces of syntax that mutations put in.
const WORDS: [&[u8]; 28] = [
    b"gc 18446744073709551615 @",
    b"99999999999999999999.9",
    b"-1.5",
    b"0x",
    b"<gc-end durationms=\"",
    b"</gc-end>",
    b"<cycle-start id=\"4\" type=\"global\">",
    b"<exclusive-start ",
    b"<af ",
    b"</af>",
    b"<!--",
    b"\"",
    b"'",
    b"<",
    b">",
    b"[1:0xffffffffffffffff] 1e9 ms: ",
    b" ms: Mark-sweep ",
    b"pause=",
    b"gc=mc",
    b"(+ ",
    b"gc: collecting generation 9...",
    b"gc: done, ",
    b"{\"log\":\"\\ud83d\\u",
    b"web | ",
    b"\r\n\r\n",
    b"\0\xff\xfe",
    b"18446744073709551615",
    b" secs] [Times: user=",
];

/// A generator that gives the same numbers each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Counts events, and checks what no log may bring about.
#[derive(Default)]
struct Checked {
    events: u64,
}

impl Sink for Checked {
    fn stamp(&mut self, _: Stamp) {}

    fn event(&mut self, event: &Event) {
        self.events += 1;
        assert!(event.line > 0 && event.phases.len() <= 256);
        assert!(event.heap < 64);
    }

    fn fact(&mut self, fact: Fact) {
        if let Fact::Version(text) | Fact::Flags(text) = fact {
            assert!(text.len() <= 64 << 10);
        }
    }

    fn remark(&mut self, number: u64, _: Remark) {
        assert!(number > 0);
    }
}

/// The logs of each folder of `tests/data`, cut to what is worth damaging.
fn formats() -> Vec<(String, Vec<Vec<u8>>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut formats = Vec::new();
    for folder in std::fs::read_dir(root)
        .expect("the data of the tests")
        .flatten()
    {
        let Ok(entries) = std::fs::read_dir(folder.path()) else {
            continue;
        };
        let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in entries.flatten() {
            let Ok(mut bytes) = std::fs::read(entry.path()) else {
                continue;
            };
            bytes.truncate(SEED_BYTES);
            seeds.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
        seeds.sort();
        let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
        if !seeds.is_empty() {
            formats.push((folder.file_name().to_string_lossy().into_owned(), seeds));
        }
    }
    formats.sort();
    formats
}

/// The beginning of a log, or lines from its middle.
fn piece_of<'a>(seed: &'a [u8], chance: &mut Chance) -> &'a [u8] {
    let from = match chance.below(2) {
        0 => 0,
        _ => chance.below(seed.len()),
    };
    let rest = &seed[from..];
    let line = rest.iter().position(|byte| *byte == b'\n');
    let begin = if from == 0 {
        0
    } else {
        line.map_or(0, |at| at + 1)
    };
    let rest = &rest[begin..];
    rest.get(..LOG_BYTES).unwrap_or(rest)
}

/// One to eight damages to `log`.
fn damage(log: &mut Vec<u8>, seeds: &[Vec<u8>], chance: &mut Chance) {
    for _ in 0..=chance.below(8) {
        let at = chance.below(log.len() + 1);
        let to = (at + chance.below(64)).min(log.len());
        match chance.below(8) {
            0 => {
                if let Some(byte) = log.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
            1 => {
                if let Some(byte) = log.get_mut(at) {
                    *byte = chance.next() as u8;
                }
            }
            2 => drop(log.drain(at..to)),
            3 => {
                let word = WORDS[chance.below(WORDS.len())];
                log.splice(at..at, word.iter().copied());
            }
            4 => {
                let copy = log[at..to].to_vec();
                let target = chance.below(log.len() + 1);
                log.splice(target..target, copy);
            }
            5 => log.truncate(at),
            6 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let piece = &other[from..(from + 512).min(other.len())];
                log.splice(at..to, piece.iter().copied());
            }
            _ => {
                let digit = b'0' + chance.below(10) as u8;
                let count = 1 + chance.below(24);
                log.splice(at..at, std::iter::repeat_n(digit, count));
            }
        }
    }
}

fn run(log: &[u8], piece: usize) -> u64 {
    let mut sink = Checked::default();
    let mut reader = Reader::new();
    for piece in log.chunks(piece) {
        reader.feed(piece, &mut sink);
    }
    let lines = reader.finish(&mut sink).lines;
    let known = lines.events + lines.details + lines.headers + lines.others + lines.blank;
    assert_eq!(lines.total, known + lines.unclassified);
    sink.events
}

fn resident_peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

#[test]
fn damaged_logs_are_read_without_panic_hang_or_growth() {
    let asked = std::env::var("GCLOG_MUTATIONS").ok();
    let count = asked.map_or(MUTATIONS, |text| {
        text.parse().expect("a number of mutations")
    });
    let filter = std::env::var("GCLOG_FILTER").unwrap_or_default();
    let peak_before = resident_peak_bytes();
    for (format, seeds) in formats() {
        if !format.contains(&filter) {
            continue;
        }
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        let mut log = Vec::new();
        let (mut events, mut bytes, mut slowest) = (0, 0, Duration::ZERO);
        let begun = Instant::now();
        for index in 0..count {
            log.clear();
            log.extend_from_slice(piece_of(&seeds[chance.below(seeds.len())], &mut chance));
            damage(&mut log, &seeds, &mut chance);
            let piece = 1 + chance.below(4096);
            let read = Instant::now();
            let outcome = std::panic::catch_unwind(|| run(&log, piece));
            let Ok(found) = outcome else {
                let text = log.escape_ascii();
                panic!("{format}: damaged log {index} in pieces of {piece} bytes: {text}");
            };
            let took = read.elapsed();
            assert!(
                took < LOG_TIME_MAX,
                "{format}: damaged log {index} took {took:?}"
            );
            slowest = slowest.max(took);
            events += found;
            bytes += log.len();
        }
        println!(
            "{format}: {count} damaged logs, {bytes} bytes, {events} events, {:.1} s, slowest {:?}",
            begun.elapsed().as_secs_f64(),
            slowest
        );
        assert!(
            events > count / 10,
            "{format}: damage left next to nothing to read"
        );
    }
    let growth = resident_peak_bytes().saturating_sub(peak_before);
    println!("resident peak grew by {growth} bytes");
    assert!(growth < GROWTH_BYTES_MAX, "{growth}");
}

#[test]
fn hostile_lines_take_time_in_proportion() {
    let go = "gc 1 @0.011s 2%: 0.010+12+0.005 ms clock, 0.020+8.8/2.2/0.18+0.010 ms cpu, \
              7->9->8 MB, 8 MB goal, 2 P\n";
    let v8 = "[1:0x1]  22 ms: Scavenge 4.4 (5.6) -> 4.1 (6.6) MB, 1.16 / 0.00 ms  a; \n";
    let cpython = "gc: collecting generation 2...\ngc: collecting generation 2...\n";
    let openj9 = "<verbosegc version=\"1\">\n<gc-start id=\"1\" type=\"scavenge\">\n";
    let java = "[0.123s][info][gc] GC(0) Pause Young (Normal) (a) 5M->1M(8M) 1.5ms\n";
    let heads = [
        go,
        v8,
        cpython,
        openj9,
        java,
        "",
        "web | a\n",
        "{\"log\":\"a\"}\n",
    ];
    let patterns: [&str; 24] = [
        "gc ",
        "gc 1 @",
        "gc 1 @1s 1%: 1+",
        "[",
        "[1",
        "[1:",
        "[1:0x1]",
        "[1:0x1] ",
        "[1:0x1] 1 ms: ",
        "[1:0x1] 1 ms: Scavenge (",
        "[1:0x1] 1 ms: pause=1 a=",
        "gc: ",
        "gc: done, ",
        "gc: collecting generation 1...",
        "<",
        "<a ",
        "<a b=\"",
        "<mem type=\"a\" free=\"1\"",
        "</gc-end>",
        "{",
        "{\"a\":[",
        "\\u",
        "a | ",
        "1.",
    ];
    for head in heads {
        for pattern in patterns {
            let mut log = head.as_bytes().to_vec();
            log.extend(pattern.bytes().cycle().take(LINE_BYTES));
            let begun = Instant::now();
            run(&log, 65_536);
            let took = begun.elapsed();
            assert!(took < LINE_TIME_MAX, "{head:?} {pattern:?}: {took:?}");
        }
    }
}

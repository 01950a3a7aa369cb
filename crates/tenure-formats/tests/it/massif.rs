//! massif.out: by its grammar, and read by `ms_print`.

use crate::shop::{file, odd, output, sheet, text, written};
use tenure_formats::export::Format;

/// A line of a heap tree: how many children it says it has, its bytes.
fn node(line: &str) -> (usize, u64) {
    let (count, rest) = line.trim_start().split_once(": ").expect("a node");
    let bytes = rest.split_once(' ').expect("bytes").0;
    (
        count[1..].parse().expect("a count"),
        bytes.parse().expect("bytes"),
    )
}

/// Reads a node and those below it; the bytes of the node.
fn tree<'a>(lines: &mut impl Iterator<Item = &'a str>, depth: usize) -> u64 {
    let line = lines.next().expect("a node");
    assert_eq!(line.len() - line.trim_start().len(), depth, "{line}");
    let (children, bytes) = node(line);
    let below: u64 = (0..children).map(|_| tree(lines, depth + 1)).sum();
    assert!(below <= bytes, "{below} of {bytes}: {line}");
    bytes
}

#[test]
fn the_trees_hold_the_bytes_of_the_peak_and_of_the_end() {
    for sheet in [sheet(), odd()] {
        let text = text(&sheet, Format::Massif);
        let mut lines = text.lines();
        let mut trees = Vec::new();
        let (mut bytes, mut before, mut snapshots) = (0, 0, 0);
        while let Some(line) = lines.next() {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            match key {
                "snapshot" => {
                    assert_eq!(value.parse(), Ok(snapshots));
                    snapshots += 1;
                }
                "time" => {
                    let time: u64 = value.parse().unwrap();
                    assert!(time >= before, "time goes on");
                    before = time;
                }
                "mem_heap_B" => bytes = value.parse().unwrap(),
                "heap_tree" if value != "empty" => {
                    assert_eq!(tree(&mut lines, 0), bytes);
                    trees.push((value.to_owned(), bytes));
                }
                _ => {}
            }
        }
        let totals = sheet.totals();
        let peak = ("peak".to_owned(), totals.peak_bytes);
        assert_eq!(trees, [peak, ("detailed".to_owned(), totals.live_bytes)]);
        assert!(snapshots <= 105, "{snapshots}");
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[test]
fn ms_print_reads_it() {
    for (sheet, function) in [
        (sheet(), "Pool::grow() (pool.cpp:9)"),
        (odd(), "main (main.c:3)"),
    ] {
        let bytes = file(&written(&sheet, Format::Massif, None));
        let Some(text) = output("ms_print", &["--threshold=0"], bytes.path()) else {
            return;
        };
        assert!(text.contains(function), "{text}");
        assert!(text.contains("(peak)"), "{text}");
        for total in [sheet.totals().peak_bytes, sheet.totals().live_bytes] {
            let root = format!("100.00% ({}B) (heap allocation functions)", grouped(total));
            assert!(text.contains(&root), "{root} in {text}");
        }
    }
}

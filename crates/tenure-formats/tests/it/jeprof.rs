//! jeprof: by its grammar, and read by `jeprof` itself.

use crate::shop::{file, odd, output, sheet, text, written};
use tenure_formats::export::Format;

fn figures(line: &str) -> [u64; 4] {
    let line = line.trim_start().strip_prefix("t*").expect("figures");
    let words = line.split(|letter: char| !letter.is_ascii_digit());
    let words = words.filter(|word| !word.is_empty());
    let numbers: Vec<_> = words.map(|word| word.parse().expect("a number")).collect();
    numbers.try_into().expect("four figures")
}

#[test]
fn the_figures_add_up_to_those_of_the_first_line() {
    for sheet in [sheet(), odd()] {
        let text = text(&sheet, Format::Jeprof);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("heap_v2/0"));
        let totals = figures(lines.next().unwrap());
        let mut sums = [0; 4];
        let mut rows = 0;
        while let Some(stack) = lines.next().filter(|line| !line.is_empty()) {
            assert!(stack.starts_with("@ 0x"), "{stack}");
            let row = figures(lines.next().unwrap());
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, figure)| *sum += figure);
            rows += 1;
        }
        assert_eq!(sums, totals);
        assert_eq!(rows, sheet.rows.len());
        let values = sheet.totals();
        let live = (values.live_blocks, values.live_bytes);
        assert_eq!(
            sums,
            [live.0, live.1, values.allocations, values.allocated_bytes]
        );
        assert_eq!(lines.next(), Some("MAPPED_LIBRARIES:"));
        assert_eq!(lines.count(), sheet.modules.len());
    }
}

#[test]
fn jeprof_reads_it_to_the_byte() {
    let sheet = sheet();
    let bytes = file(&written(&sheet, Format::Jeprof, None));
    let totals = sheet.totals();
    let figures = [
        ("--inuse_space", totals.live_bytes),
        ("--alloc_space", totals.allocated_bytes),
        ("--inuse_objects", totals.live_blocks),
        ("--alloc_objects", totals.allocations),
    ];
    for (figure, total) in figures {
        // The program is any file that its tools can open; the addresses are not in it.
        let arguments = ["--text", figure, "--show_bytes", "/bin/true"];
        let Some(text) = output("jeprof", &arguments, bytes.path()) else {
            return;
        };
        let expected = [
            format!("Total: {total} B"),
            format!("Total: {total} objects"),
        ];
        assert!(
            expected.iter().any(|line| text.contains(line)),
            "{total}: {text}"
        );
    }
}

//! heaptrack: the stream replayed here, and read by `heaptrack_print`.

use crate::shop::{odd, output, text};
use std::collections::HashMap;
use std::io;
use tenure_formats::export::{Format, Images, Sheet, SheetBuilder, Values, write, write_gzipped};
use tenure_model::profile::{Names, sample};

/// What a replay of the stream comes to.
#[derive(Debug, Default)]
struct Replayed {
    strings: usize,
    places: usize,
    traces: usize,
    /// Size and trace of each.
    infos: Vec<(i64, usize)>,
    last: usize,
    allocations: u64,
    temporary: u64,
    peak: i64,
    live: i64,
    /// By trace: allocations, bytes at the peak, bytes now.
    by_trace: HashMap<usize, (u64, i64, i64)>,
}

fn hex(word: &str) -> usize {
    usize::from_str_radix(word, 16).expect("a hexadecimal number")
}

impl Replayed {
    fn of(text: &str) -> Self {
        let mut replayed = Self::default();
        for line in text.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[0] {
                "s" => {
                    let string = line.splitn(3, ' ').nth(2).expect("a string");
                    assert_eq!(hex(words[1]), string.len());
                    replayed.strings += 1;
                }
                "i" => {
                    // Module, then function, file and line again and again.
                    let mut indexes = words[2..].iter().enumerate().filter(|(at, _)| at % 3 != 0);
                    assert!(hex(words[2]) <= replayed.strings);
                    assert!(
                        indexes.all(|(at, word)| at % 3 == 0 || !word.is_empty()),
                        "{line}"
                    );
                    replayed.places += 1;
                }
                "t" => {
                    let is_known = hex(words[2]) <= replayed.traces;
                    assert!(hex(words[1]) <= replayed.places && is_known, "{line}");
                    replayed.traces += 1;
                }
                "a" => {
                    assert!(hex(words[2]) <= replayed.traces);
                    replayed.infos.push((hex(words[1]) as i64, hex(words[2])));
                }
                "+" => replayed.allocate(hex(words[1])),
                "-" => replayed.free(hex(words[1])),
                _ => {}
            }
        }
        replayed
    }

    fn allocate(&mut self, info: usize) {
        let (bytes, trace) = self.infos[info];
        self.last = info;
        self.allocations += 1;
        self.live += bytes;
        let sums = self.by_trace.entry(trace).or_default();
        sums.0 += 1;
        sums.2 += bytes;
        if self.live > self.peak {
            self.peak = self.live;
            self.by_trace.values_mut().for_each(|sums| sums.1 = sums.2);
        }
    }

    fn free(&mut self, info: usize) {
        let (bytes, trace) = self.infos[info];
        self.temporary += u64::from(self.last == info);
        self.last = 0;
        self.live -= bytes;
        let sums = self.by_trace.get_mut(&trace).expect("allocated before");
        sums.2 -= bytes;
        assert!(self.live >= 0 && sums.2 >= 0);
    }
}

/// The shop's parent alone: the peak of one process is that of the record.
fn one_process() -> Sheet {
    let sites = sample::sites_of(&sample::shop()[..1]).expect("sites");
    let symbols = sample::symbols();
    Sheet::of(&Names::new(&sites, &symbols), None)
}

#[test]
fn a_replay_has_the_sums_of_the_record() {
    for sheet in [one_process(), odd()] {
        assert_eq!(sheet.images, Images::One);
        let replayed = Replayed::of(&text(&sheet, Format::Heaptrack));
        let totals = sheet.totals();
        assert_eq!(replayed.allocations, totals.allocations);
        assert_eq!(replayed.peak as u64, totals.peak_bytes);
        assert_eq!(replayed.live as u64, totals.live_bytes);
        assert_eq!(replayed.temporary, 0);
        let mut traces: Vec<_> = replayed.by_trace.into_values().collect();
        let mut rows: Vec<_> = (sheet.rows.iter().map(|row| row.values))
            .map(|row| {
                (
                    row.allocations,
                    row.peak_bytes as i64,
                    row.live_bytes as i64,
                )
            })
            .collect();
        traces.sort_unstable();
        rows.sort_unstable();
        assert_eq!(traces, rows);
    }
}

#[derive(Default)]
struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn more_allocations_than_anyone_reads_are_cut_and_said_to_be() {
    let mut builder = SheetBuilder::new();
    let place = builder.location(Some(1), None, &[], "0x1");
    let values = Values {
        allocations: 1 << 40,
        allocated_bytes: 1 << 50,
        peak_blocks: 3,
        peak_bytes: 1000,
        live_blocks: 2,
        live_bytes: 10,
        lifetime_ns: 0,
    };
    builder.row(vec![place], values);
    let mut sink = Count::default();
    let notes = write(&builder.finish(), Format::Heaptrack, None, &mut sink).expect("written");
    assert!(
        notes
            .iter()
            .any(|note| note.contains("left out of the count")),
        "{notes:?}"
    );
    assert!(sink.0 < 200 << 20, "{} bytes", sink.0);
}

#[test]
fn heaptrack_print_reads_it() {
    let sheet = one_process();
    // As `heaptrack` itself leaves it; the reader goes by the name.
    let bytes = tempfile::NamedTempFile::with_suffix(".gz").unwrap();
    let mut packed = Vec::new();
    write_gzipped(&sheet, Format::Heaptrack, None, &mut packed).expect("written");
    std::fs::write(bytes.path(), packed).unwrap();
    let folded = tempfile::NamedTempFile::new().unwrap();
    let path = folded.path().to_str().unwrap();
    let figures = [
        ("allocations", sheet.totals().allocations),
        ("leaked", sheet.totals().live_bytes),
        ("peak", sheet.totals().peak_bytes),
    ];
    for (figure, total) in figures {
        let arguments = ["--flamegraph-cost-type", figure, "-F", path, "-f"];
        let Some(text) = output("heaptrack_print", &arguments, bytes.path()) else {
            return;
        };
        assert!(text.contains("Pool::grow()"), "{text}");
        assert!(!text.contains("failed to parse"), "{text}");
        // Its own folded output has exact numbers.
        let folded = std::fs::read_to_string(folded.path()).unwrap();
        let values = folded
            .lines()
            .map(|line| line.rsplit(' ').next().unwrap_or(""));
        let sum: u64 = values
            .map(|value| value.parse::<u64>().expect("a number"))
            .sum();
        assert_eq!(sum, total, "{figure}: {folded}");
    }
}

//! How fast Java logs are read: run with `--release -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use tenure_formats::gclog::Reader;
use tenure_model::timeline::{Event, Fact, Remark, Sink, Stamp};

use crate::census::collected_logs;

/// Bytes read of each log, over and over.
const BYTES: usize = 1 << 28;

/// Counts, as a figure would.
#[derive(Default)]
struct Counter {
    events: u64,
    last_ns: u64,
}

impl Sink for Counter {
    fn stamp(&mut self, stamp: Stamp) {
        self.last_ns = stamp.run_ns;
    }

    fn event(&mut self, event: &Event) {
        black_box(event);
        self.events += 1;
    }

    fn fact(&mut self, _: Fact) {}

    fn remark(&mut self, _: u64, _: Remark) {}
}

#[test]
#[ignore = "a measurement"]
fn logs_are_read_fast() {
    let wanted = [
        "own/jdk25-g1.log",
        "own/jdk25-genzgc.log",
        "own/jdk25-shenandoah.log",
        "g1gc_minimal.log",
        "cms_gc_trace.log",
        "preg1gc_fine_gc_fine.log",
        "preps_details_premature2.log",
        "precms_938_par.cms.nd.nt.log",
    ];
    let filter = std::env::var("GCLOG_FILTER").unwrap_or_default();
    for path in collected_logs() {
        let is_filtered = path.to_string_lossy().contains(&filter);
        if !is_filtered || !wanted.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a collected log can be read");
        let mut counter = Counter::default();
        let mut reader = Reader::new();
        let start = Instant::now();
        let mut total = 0;
        while total < BYTES {
            for piece in bytes.chunks(1 << 16) {
                reader.feed(piece, &mut counter);
            }
            total += bytes.len();
        }
        reader.finish(&mut counter);
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{:7.0} MB/s {:9} events {}",
            total as f64 / 1e6 / seconds,
            counter.events,
            path.display()
        );
    }
}

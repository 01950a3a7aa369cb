//! A log as one page that opens without a network.
//!
//! Its scripts stand in `ui/gclog/`, beside those that all pages share in `ui/shared/`.

use serde::Serialize;
use tenure_model::timeline::advice::Advice;
use tenure_model::timeline::{HeapPoint, PausePoint, Runtime, Timeline};

use super::document::{Document, seconds};
use crate::web_page::{BASE_STYLE, SHARED, WebPage};

const STYLE: &str = include_str!("../../ui/gclog/page.css");
const MAIN: &str = include_str!("../../ui/gclog/main.js");
/// Modules that others import, by the name under which they do.
const MODULES: [(&str, &str); 3] = [
    (
        "tenure/gclog/charts",
        include_str!("../../ui/gclog/charts.js"),
    ),
    (
        "tenure/gclog/tables",
        include_str!("../../ui/gclog/tables.js"),
    ),
    (
        "tenure/gclog/advice",
        include_str!("../../ui/gclog/advice.js"),
    ),
];
/// Bounds of the distribution's bins: ten for each power of ten from 1 µs to 1000 s.
const BINS: usize = 90;

/// The log as HTML; `name` is the file's.
pub fn page(log: &Timeline, name: &str, advice: &[Advice]) -> String {
    let bounds: Vec<u64> = (0..=BINS)
        .map(|bin| (1e3 * 10_f64.powf(bin as f64 / 10.0)).round() as u64)
        .collect();
    let data = Data {
        name,
        runtime: log.runtime.map(runtime),
        log: Document::of(log, advice),
        pauses: log.pause_points.iter().map(pause).collect(),
        heap: log.heap_points.iter().map(heap).collect(),
        bin_bounds_s: bounds.iter().copied().map(seconds).collect(),
        bins: log.pauses.all.durations.bins(&bounds),
        live: log.live.map(|live| live.bytes),
    };
    let title = format!("{name} – collector log");
    let page = WebPage {
        title: &title,
        styles: &[BASE_STYLE, STYLE],
        modules: &[&SHARED[..], &MODULES].concat(),
        main: MAIN,
    };
    page.html(&data)
}

#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    runtime: Option<&'static str>,
    log: Document<'a>,
    /// Start in seconds, duration in seconds, kind.
    pauses: Vec<(f64, f64, &'static str)>,
    /// Time in seconds, bytes before, bytes after, capacity.
    heap: Vec<(f64, u64, u64, u64)>,
    bin_bounds_s: Vec<f64>,
    bins: Vec<u64>,
    live: Option<u64>,
}

/// The runtime as the head of the page has it: where a version follows, that says which Java.
fn runtime(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::JavaLegacy | Runtime::JavaUnified => "Java",
        other => other.title(),
    }
}

fn pause(point: &PausePoint) -> (f64, f64, &'static str) {
    (
        seconds(point.at_ns),
        seconds(point.duration_ns),
        point.kind.name(),
    )
}

fn heap(point: &HeapPoint) -> (f64, u64, u64, u64) {
    (
        seconds(point.at_ns),
        point.before,
        point.after,
        point.capacity,
    )
}

//! A log as one page that opens without a network.
//!
//! # Shape
//!
//! Style, data and the modules of `ui/gclog/` stand inside. Modules import each other by bare
//! names, which an import map resolves to data addresses: so they stay plain ES modules that a
//! type checker and a test can read as they are, and no bundler is needed.

use serde::Serialize;
use tenure_model::timeline::advice::Advice;
use tenure_model::timeline::{HeapPoint, PausePoint, Timeline};

use super::document::{Document, seconds};
use crate::visible::visible;

const STYLE: &str = include_str!("../../ui/gclog/page.css");
const MAIN: &str = include_str!("../../ui/gclog/main.js");
/// Modules that others import, by the name under which they do.
const MODULES: [(&str, &str); 4] = [
    ("tenure/units", include_str!("../../ui/gclog/units.js")),
    ("tenure/chart", include_str!("../../ui/gclog/chart.js")),
    ("tenure/tables", include_str!("../../ui/gclog/tables.js")),
    ("tenure/advice", include_str!("../../ui/gclog/advice.js")),
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
        log: Document::of(log, advice),
        pauses: log.pause_points.iter().map(pause).collect(),
        heap: log.heap_points.iter().map(heap).collect(),
        bin_bounds_s: bounds.iter().copied().map(seconds).collect(),
        bins: log.pauses.all.durations.bins(&bounds),
        live: log.live.map(|live| live.bytes),
    };
    // A script element ends at "</script", and a comment in it begins with "<!--".
    let data = serde_json::to_string(&data)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let imports: Vec<_> = MODULES
        .iter()
        .map(|(name, source)| format!("\"{name}\":\"data:text/javascript,{}\"", encoded(source)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – collector log</title>\n<style>\n{STYLE}</style>\n\
         <script type=\"importmap\">{{\"imports\":{{{imports}}}}}</script>\n</head>\n<body>\n\
         <main id=\"page\"></main>\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script type=\"module\">\n{MAIN}</script>\n</body>\n</html>\n",
        title = escaped(name),
        imports = imports.join(","),
    )
}

#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    log: Document<'a>,
    /// Start in seconds, duration in seconds, kind.
    pauses: Vec<(f64, f64, &'static str)>,
    /// Time in seconds, bytes before, bytes after, capacity.
    heap: Vec<(f64, u64, u64, u64)>,
    bin_bounds_s: Vec<f64>,
    bins: Vec<u64>,
    live: Option<u64>,
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

/// `text` for a place between tags.
fn escaped(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// `text` for a data address inside a JSON string inside a script element.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*()=;:,/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

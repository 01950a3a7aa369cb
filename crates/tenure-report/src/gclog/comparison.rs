//! Two logs side by side, as text and as JSON (schema `gclog-diff/1`).

use serde::Serialize;
use tenure_model::timeline::{Collector, Comparison, Measure, Runtime, Timeline};

use super::advice as counsel;
use super::document::Document;
use super::text::{percent, time};
use crate::quantity::bytes;
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};

/// Below this chance a difference is called one.
const P_VALUE_MAX: f64 = 0.01;

/// How a figure is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Time,
    Share,
    Rate,
    Bytes,
    Number,
}

const ROWS: [(&str, Measure, Form); 14] = [
    ("throughput", Measure::Throughput, Form::Share),
    ("pauses", Measure::Count, Form::Number),
    ("full collections", Measure::Full, Form::Number),
    ("pause total", Measure::Total, Form::Time),
    ("pause mean", Measure::Mean, Form::Time),
    ("pause p50", Measure::Quantile(0.5), Form::Time),
    ("pause p90", Measure::Quantile(0.9), Form::Time),
    ("pause p99", Measure::Quantile(0.99), Form::Time),
    ("pause max", Measure::Max, Form::Time),
    ("stop max", Measure::StopMax, Form::Time),
    (
        "utilisation 100 ms",
        Measure::Utilisation(100_000_000),
        Form::Share,
    ),
    ("allocation rate", Measure::Allocation, Form::Rate),
    ("live set", Measure::Live, Form::Bytes),
    ("GC share of CPU", Measure::Cpu, Form::Share),
];

/// The logs side by side; `names` are the files'.
pub fn diff_text(first: &Timeline, second: &Timeline, names: (&str, &str), style: Style) -> String {
    let column = 16;
    let name = |name: &str| {
        cut(
            &visible(name.rsplit('/').next().unwrap_or(name)),
            column - 1,
        )
    };
    let head = format!(
        "  {:<20}{:>column$}{:>column$}{:>11}",
        "",
        name(names.0),
        name(names.1),
        "change"
    );
    let mut text = format!("{}\n", style.paint(Tone::Quiet, &head));
    for (label, measure, form) in ROWS {
        let (from, to) = (measure.of(first), measure.of(second));
        if from.is_none() && to.is_none() {
            continue;
        }
        let show =
            |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |one| form.show(one));
        let change = from
            .zip(to)
            .map_or(String::new(), |(from, to)| form.change(from, to));
        text.push_str(&format!(
            "  {label:<20}{:>column$}{:>column$}{change:>11}\n",
            show(from),
            show(to)
        ));
    }
    text.push('\n');
    for line in conclusion(first, second) {
        text.push_str(&counsel::fill(&line, "  ", "    ", style));
    }
    text
}

fn conclusion(first: &Timeline, second: &Timeline) -> Vec<String> {
    let comparison = Comparison::of(first, second);
    let mut lines = Vec::new();
    let (from, to) = (first.collector(), second.collector());
    let are_told = from != Collector::Unknown && to != Collector::Unknown;
    if first.runtime != second.runtime || (from != to && are_told) {
        lines.push(format!(
            "the first log is of {}, the second of {}: what counts as one pause may differ",
            writer(first),
            writer(second)
        ));
    }
    if let Some(ratio) = comparison.p99 {
        let sure = if ratio.low > 1.0 {
            "longer"
        } else if ratio.high < 1.0 {
            "shorter"
        } else {
            "no sure difference"
        };
        lines.push(format!(
            "p99 × {}, 99 % interval {} to {}: {sure}",
            factor(ratio.ratio),
            factor(ratio.low),
            factor(ratio.high)
        ));
    }
    if let Some(ranks) = comparison.ranks {
        let sure = match ranks.p_value < P_VALUE_MAX {
            true if ranks.chance_longer > 0.5 => "pauses are longer",
            true => "pauses are shorter",
            false => "no sure difference",
        };
        let chance = match ranks.p_value {
            0.001.. => format!("p = {:.3}", ranks.p_value),
            _ => "p < 0.001".to_owned(),
        };
        lines.push(format!(
            "a pause of the second is longer than one of the first in {:.0} % of pairs \
             (Mann-Whitney {chance}): {sure}",
            ranks.chance_longer * 100.0,
        ));
    }
    lines
}

/// Who wrote a log.
fn writer(log: &Timeline) -> String {
    let runtime = log.runtime.map_or("no runtime", Runtime::title);
    match log.collector().name() {
        "unknown" => runtime.to_owned(),
        name if name == runtime => name.to_owned(),
        name => format!("{name} ({runtime})"),
    }
}

/// A ratio to three digits.
fn factor(ratio: f64) -> String {
    match ratio {
        100.0.. => format!("{ratio:.0}"),
        1.0.. => format!("{ratio:.2}"),
        0.01.. => format!("{ratio:.3}"),
        _ => format!("{ratio:.1e}"),
    }
}

impl Form {
    fn show(self, value: f64) -> String {
        match self {
            Form::Time => time(value),
            Form::Share => percent(value),
            Form::Rate => format!("{}/s", bytes(value as u64)),
            Form::Bytes => bytes(value as u64),
            Form::Number => format!("{value:.0}"),
        }
    }

    fn change(self, from: f64, to: f64) -> String {
        if self == Form::Share {
            return format!("{:+.2} pt", (to - from) * 100.0);
        }
        if from == to {
            return "=".to_owned();
        }
        if from <= 0.0 {
            return String::new();
        }
        format!("{:+.1} %", (to / from - 1.0) * 100.0)
    }
}

/// The logs and their comparison as JSON, schema `gclog-diff/1`.
pub fn diff_json(first: &Timeline, second: &Timeline) -> String {
    let comparison = Comparison::of(first, second);
    let document = DiffJson {
        tenure: "gclog-diff/1",
        p99_ratio: comparison.p99.map(|one| one.ratio),
        p99_ratio_low: comparison.p99.map(|one| one.low),
        p99_ratio_high: comparison.p99.map(|one| one.high),
        chance_longer: comparison.ranks.map(|one| one.chance_longer),
        mann_whitney_p: comparison.ranks.map(|one| one.p_value),
        first: Document::of(first, &[]),
        second: Document::of(second, &[]),
    };
    let mut json = serde_json::to_string_pretty(&document).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
struct DiffJson<'a> {
    tenure: &'static str,
    p99_ratio: Option<f64>,
    p99_ratio_low: Option<f64>,
    p99_ratio_high: Option<f64>,
    chance_longer: Option<f64>,
    mann_whitney_p: Option<f64>,
    first: Document<'a>,
    second: Document<'a>,
}

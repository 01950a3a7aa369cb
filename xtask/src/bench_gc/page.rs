//! The text of the results: the promises, then a table for each load.

use super::figures::{Figures, Row, Spread};
use super::{Options, PART};
use std::fmt::Write as _;

/// What is promised: a figure of ours is at most so much, or at most so many times another's.
struct Promise {
    load: &'static str,
    who: &'static str,
    figure: &'static str,
    most: f64,
    of: Option<&'static str>,
}

const fn alone(load: &'static str, figure: &'static str, most: f64) -> Promise {
    Promise {
        load,
        who: "tenure",
        figure,
        most,
        of: None,
    }
}

const fn beside(load: &'static str, figure: &'static str, most: f64, of: &'static str) -> Promise {
    Promise {
        load,
        who: "tenure",
        figure,
        most,
        of: Some(of),
    }
}

/// Of the counted heap.
const fn counted(load: &'static str, figure: &'static str, most: f64, of: &'static str) -> Promise {
    let mut promise = beside(load, figure, most, of);
    promise.who = "tenure-cc";
    promise
}

const PROMISES: [Promise; 16] = [
    alone("trees", "user_ms", 600.0),
    beside("trees", "cpu_ms", 1.0 / 3.0, "rc"),
    beside("trees", "cpu_ms", 1.0 / 6.0, "dumpster"),
    beside("trees", "cpu_ms", 1.0 / 8.0, "gc-arena-stw"),
    beside("trees", "cpu_ms", 1.0 / 4.0, "go"),
    beside("trees", "cpu_ms", 1.2, "java serial"),
    beside("trees", "peak_kib", 1.0 / 3.0, "java serial"),
    counted("trees", "cpu_ms", 1.0, "dumpster"),
    counted("trees", "cpu_ms", 1.0, "rust-cc"),
    counted("clone", "cpu_ms", 1.3, "rc"),
    alone("store", "extra_ns", 0.5),
    alone("array", "minor_p50_us", 5_000.0),
    alone("churn", "step_p99_us", 1_000.0),
    alone("churn", "step_max_us", 2_000.0),
    alone("churn", "minor_p99_us", 5_000.0),
    alone("compact", "times_live", 1.3),
];

/// The page, and whether every promise is kept.
pub(super) fn text(options: &Options<'_>, figures: &Figures) -> (String, bool) {
    let rounds = options.rounds;
    let mut text = format!("Command: `cargo xtask bench {PART} --rounds {rounds} --write`\n\n");
    text.push_str("Medians of the rounds, and the lowest and highest where they differ.\n\n");
    text.push_str("| load | who | figure | at most | of | reached |\n|---|---|---|---|---|---|\n");
    let mut is_kept = true;
    for promise in &PROMISES {
        let Promise {
            load, who, figure, ..
        } = promise;
        let ours = figures.median(load, who, figure);
        let theirs = promise
            .of
            .map_or(Some(1.0), |who| figures.median(load, who, figure));
        let reached = match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours / theirs <= promise.most => number(ours / theirs),
            (Some(ours), Some(theirs)) => {
                is_kept = false;
                format!("**missed**: {}", number(ours / theirs))
            }
            _ => "not measured".to_owned(),
        };
        let (most, of) = (number(promise.most), promise.of.unwrap_or("itself"));
        let _ = writeln!(
            text,
            "| {load} | {who} | {figure} | {most} | {of} | {reached} |"
        );
    }
    for load in figures.loads() {
        text.push_str(&table(figures, load));
        let mut sums = figures.rows(load).filter_map(|row| row.spreads.get("sum"));
        if let Some(first) = sums.next()
            && sums.any(|sum| sum != first)
        {
            is_kept = false;
            text.push_str("\n**The sums differ: not everybody did the same.**\n");
        }
    }
    (text, is_kept)
}

fn table(figures: &Figures, load: &str) -> String {
    let rows: Vec<&Row> = figures.rows(load).collect();
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(|row| row.spreads.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let size = rows.first().map_or(0, |row| row.size);
    let mut text = format!(
        "\n### {load} {size}\n\n| who | {} |\n|---",
        names.join(" | ")
    );
    text.push_str(&"|---".repeat(names.len()));
    text.push_str("|\n");
    for row in rows {
        let cell = |name: &&str| row.spreads.get(*name).map_or("–".to_owned(), told);
        let cells: Vec<String> = names.iter().map(cell).collect();
        let _ = write!(text, "| {} | {} |", row.who, cells.join(" | "));
        if let Some(fault) = &row.fault {
            let _ = write!(text, " failed: {fault}");
        }
        text.push('\n');
    }
    text
}

fn told(spread: &Spread) -> String {
    let [low, median, high] = [spread.low, spread.median, spread.high].map(number);
    if low == high {
        median
    } else {
        format!("{median} ({low}–{high})")
    }
}

/// Three digits, or all before the point.
fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 || value == value.trunc() => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

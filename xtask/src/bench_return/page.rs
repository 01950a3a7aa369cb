//! The section of the page of results.

use super::Runs;
use super::loads::{Figure, SILENT, STOPPED, Target};
use super::options::Options;
use super::rivals::{OURS, Rival};

const DOUBLE_FREE: &str = "double-free";

/// The lowest, the middle and the highest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

impl Spread {
    /// Of at least one number.
    pub(super) fn of(mut numbers: Vec<f64>) -> Option<Self> {
        numbers.sort_by(f64::total_cmp);
        let (&low, &high) = (numbers.first()?, numbers.last()?);
        let middle = numbers.len() / 2;
        let median = match numbers.len() % 2 {
            1 => numbers[middle],
            _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
        };
        Some(Self { low, median, high })
    }
}

/// Everything that was measured.
pub(super) fn text(options: &Options, rivals: &[Rival], all: &[Runs]) -> String {
    let mut text = format!(
        "Command: `{}`\n\nMedian of {} rounds, and the lowest and highest where they differ. \
         MB are 10^6 bytes resident (`Rss` of `smaps_rollup`); peaks are `VmHWM`. Every malloc at \
         its defaults, preloaded; the programs ask for nothing but blocks, `trim` excepted. \
         Measured from outside while the program sleeps.\n\n",
        options.command(),
        options.rounds
    );
    for rival in rivals {
        text.push_str(&format!("- `{}`: {}\n", rival.name, rival.about));
    }
    let (mut missed, mut faults) = (Vec::new(), String::new());
    let names: Vec<&str> = rivals.iter().map(|rival| rival.name.as_str()).collect();
    text.push_str(&format!(
        "\n| | target | {} |\n|---|---|",
        names.join(" | ")
    ));
    text.push_str(&"---|".repeat(rivals.len()));
    text.push('\n');
    for runs in all {
        for (at, figure) in runs.load.figures.iter().enumerate() {
            let words = runs.load.name == DOUBLE_FREE;
            let mut row = format!(
                "| {}: {} | {} |",
                runs.load.name,
                figure.name,
                aim(figure, words)
            );
            for (rival, rounds) in rivals.iter().zip(&runs.by_rival) {
                let spread = spread(rounds, at);
                row.push_str(&format!(
                    " {} |",
                    spread.map_or("failed".into(), |s| cell(s, words))
                ));
                let is_kept = spread.is_some_and(|spread| keeps(figure.target, spread.median));
                if rival.name == OURS && !is_kept {
                    missed.push(format!("{}: {}", runs.load.name, figure.name));
                }
            }
            text.push_str(&row);
            text.push('\n');
        }
        for (rival, rounds) in rivals.iter().zip(&runs.by_rival) {
            if let Some(fault) = rounds.iter().find_map(|run| run.as_ref().err()) {
                let (load, name) = (runs.load.name, &rival.name);
                faults.push_str(&format!("\nFailed: {name} on {load}: {fault}.\n"));
            }
        }
    }
    text.push('\n');
    for runs in all {
        text.push_str(&format!("- `{}`: {}\n", runs.load.name, runs.load.about));
    }
    if names.contains(&OURS) {
        let list = if missed.is_empty() {
            "none".into()
        } else {
            missed.join("; ")
        };
        text.push_str(&format!("\nTargets that `{OURS}` misses: {list}.\n"));
    }
    text + &faults
}

/// The numbers of one figure; `None` when a run failed.
fn spread(rounds: &[super::Run], at: usize) -> Option<Spread> {
    let numbers = rounds.iter().map(|run| run.as_ref().ok()?.get(at).copied());
    Spread::of(numbers.collect::<Option<_>>()?)
}

pub(super) fn keeps(target: Target, number: f64) -> bool {
    match target {
        Target::None => true,
        Target::AtMost(most) => number <= most,
        Target::AtLeast(least) => number >= least,
    }
}

fn aim(figure: &Figure, words: bool) -> String {
    match figure.target {
        Target::None => String::new(),
        Target::AtMost(number) if words => word(number).into(),
        Target::AtLeast(number) if words => word(number).into(),
        Target::AtMost(number) => format!("≤ {number}"),
        Target::AtLeast(number) => format!("≥ {number}"),
    }
}

fn word(number: f64) -> &'static str {
    match number {
        n if n <= STOPPED => "stopped",
        n if n <= SILENT => "silent",
        _ => "handed out twice",
    }
}

pub(super) fn cell(spread: Spread, words: bool) -> String {
    let show = |number: f64| match number {
        n if words => word(n).to_owned(),
        n if n.abs() >= 100.0 => format!("{n:.0}"),
        n if n.abs() >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    };
    let (low, median, high) = (show(spread.low), show(spread.median), show(spread.high));
    if low == high {
        median
    } else {
        format!("{median} ({low}–{high})")
    }
}

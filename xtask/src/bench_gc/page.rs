//! The text of the results: the promises, then a table for each load.

use super::figures::{Figures, Row, Spread};
use super::notes;
use super::promises::{PROMISES, Promise, Reached};
use super::{Options, PART};
use std::fmt::Write as _;

/// The page, and whether every promise is kept.
pub(super) fn text(options: &Options<'_>, figures: &Figures) -> (String, bool) {
    let rounds = options.rounds;
    let mut text = format!("Command: `cargo xtask bench {PART} --rounds {rounds} --write`\n\n");
    text.push_str("Medians of the rounds, and the lowest and highest where they differ.\n\n");
    text.push_str("| load | who | figure | at least | at most | of | reached |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    let mut is_kept = true;
    for promise in &PROMISES {
        let reached = promise.reached(figures);
        is_kept &= !matches!(reached, Reached::Missed(_) | Reached::Failed);
        text.push_str(&line(promise, reached));
    }
    for load in figures.loads() {
        text.push_str(&table(figures, load));
        if !notes::of(load).is_empty() {
            let _ = write!(text, "\n{}", notes::of(load));
        }
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

/// A promise, as a line of their table.
fn line(promise: &Promise, reached: Reached) -> String {
    let Promise {
        load, who, figure, ..
    } = promise;
    let least = promise.least.map_or("–".to_owned(), number);
    let (most, of) = (number(promise.most), promise.of.unwrap_or("itself"));
    let reached = match reached {
        Reached::Kept(times) => number(times),
        Reached::Missed(times) => format!("**missed**: {}", number(times)),
        Reached::Failed => "**failed**".to_owned(),
        Reached::NotMeasured => "not measured".to_owned(),
    };
    format!("| {load} | {who} | {figure} | {least} | {most} | {of} | {reached} |\n")
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

#[cfg(test)]
mod tests {
    use super::super::{Contender, Run};
    use super::*;

    /// The page of one round in which `pace` at 100 percent had that figure.
    fn page(run: Run) -> (String, bool) {
        let contender = Contender {
            load: "pace".to_owned(),
            who: "tenure-100".to_owned(),
            size: 256,
            program: None,
            runs: vec![run],
        };
        let options = Options {
            rounds: 1,
            only: None,
            is_quick: false,
            write: false,
        };
        text(&options, &Figures::of(&[contender]))
    }

    fn with(aim: f64) -> (String, bool) {
        page(Ok([("peak_over_aim".to_owned(), aim)].into()))
    }

    #[test]
    fn a_peak_that_is_too_low_is_told_as_a_miss() {
        let head = "| pace | tenure-100 | peak_over_aim | 0.90 | 1.10 | itself |";
        for (aim, reached, kept) in [
            (0.85, "**missed**: 0.85", false),
            (1.0, "1", true),
            (1.2, "**missed**: 1.20", false),
        ] {
            let (text, is_kept) = with(aim);
            assert!(text.contains(&format!("{head} {reached} |\n")), "{text}");
            assert_eq!(is_kept, kept);
        }
    }

    #[test]
    fn a_load_that_failed_says_why_and_breaks_its_promise() {
        let (text, is_kept) = page(Err("signal: 6".to_owned()));
        assert!(text.contains("| 1.10 | itself | **failed** |"), "{text}");
        assert!(text.contains("| pace | tenure-50 | peak_over_aim | 0.90 | 1.10 | itself | not"));
        assert!(!is_kept);
        assert!(
            text.contains("| tenure-100 |  | failed: signal: 6"),
            "{text}"
        );
    }

    #[test]
    fn what_needs_words_has_them_below_its_table() {
        let (text, _) = with(1.0);
        assert!(
            text.contains("| tenure-100 | 1 |\n\nThe number is `Pacing"),
            "{text}"
        );
        assert_eq!(notes::of("trees"), "");
    }
}

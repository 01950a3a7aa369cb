//! The tables: one row for each load or program, one column for each rival.

use super::rows::{ALL_SETS, Row, SETS};
use super::samples::{Figure, Samples};
use super::score::{ratio, set_mean, spread, within_rounds};

/// What stands where a rival was run and failed.
const FAILED: &str = "failed";

/// What stands where a rival was not run.
const NONE: &str = "–";

/// Who stands in the tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    /// Ratios are to this one.
    pub(super) reference: &'a str,
    /// The same once more, whose distance from 1 is noise.
    pub(super) again: &'a str,
    /// All, in the order of the list.
    pub(super) rivals: &'a [&'a str],
}

impl<'a> Columns<'a> {
    /// All but the reference and its twin.
    fn others(&self) -> impl Iterator<Item = &'a str> {
        let (reference, again) = (self.reference, self.again);
        let rivals = self.rivals.iter().copied();
        rivals.filter(move |rival| *rival != reference && *rival != again)
    }
}

/// The means of the sets: one line for each rival, processor time and peak memory.
pub(super) fn means(columns: Columns<'_>, rows: &[Row], samples: &Samples) -> String {
    let mut sets: Vec<&str> = SETS
        .into_iter()
        .filter(|set| rows.iter().any(|row| row.set == *set))
        .collect();
    sets.push(ALL_SETS);
    let mut text = row_line(
        ["ratio to the reference".to_owned()]
            .into_iter()
            .chain(sets.iter().map(|set| format!("CPU, {set}")))
            .chain(sets.iter().map(|set| format!("memory, {set}"))),
    );
    text.push_str(&format!("|---|{}\n", "---|".repeat(2 * sets.len())));
    for own in columns.rivals {
        let cell = |figure, set: &&str| {
            let mean = set_mean(set, own, columns.reference, rows, samples, figure);
            mean.map_or(NONE.to_owned(), |mean| {
                format!("{:.2}{}", mean.ratio, mean.remark())
            })
        };
        let cells = sets.iter().map(|set| cell(Figure::Cpu, set));
        let more = sets.iter().map(|set| cell(Figure::Memory, set));
        text.push_str(&row_line(
            [format!("`{own}`")].into_iter().chain(cells).chain(more),
        ));
    }
    text
}

/// Every row of one figure: minimum and median of the reference, then ratios.
pub(super) fn figure(
    columns: Columns<'_>,
    rows: &[Row],
    samples: &Samples,
    figure: Figure,
) -> String {
    let head = [
        "load".to_owned(),
        columns.reference.to_owned(),
        "again".to_owned(),
    ];
    let mut text = row_line(head.into_iter().chain(columns.others().map(str::to_owned)));
    text.push_str(&format!(
        "|---|---|---|{}\n",
        "---|".repeat(columns.others().count())
    ));
    for row in rows {
        let own = spread(&row.name, columns.reference, samples, figure);
        let own = own.map_or(FAILED.to_owned(), |own| {
            let (unit, divisor) = unit(figure, own.low);
            let (low, median) = (own.low / divisor, own.median / divisor);
            format!("{} / {} {unit}", significant(low), significant(median))
        });
        let first = [
            row.name.clone(),
            own,
            again(columns, &row.name, samples, figure),
        ];
        let others = columns
            .others()
            .map(|rival| cell(columns.reference, rival, &row.name, samples, figure));
        text.push_str(&row_line(first.into_iter().chain(others)));
    }
    text
}

/// The unit in which a number is easy to read, and what it is divided by.
fn unit(figure: Figure, number: f64) -> (&'static str, f64) {
    match figure {
        Figure::Memory => ("MiB", 1024.0 * 1024.0),
        Figure::Instructions if number < 1e6 => ("", 1.0),
        Figure::Instructions => (" million", 1e6),
        Figure::Cpu if number < 1e4 => ("ns", 1.0),
        Figure::Cpu if number < 1e7 => ("µs", 1e3),
        Figure::Cpu => ("ms", 1e6),
    }
}

/// The reference beside itself: the ratio of the minima, and the spread within the rounds.
fn again(columns: Columns<'_>, row: &str, samples: &Samples, figure: Figure) -> String {
    let (reference, again) = (columns.reference, columns.again);
    let minima = ratio(row, again, reference, samples, figure);
    let rounds = within_rounds(row, again, reference, samples, figure);
    match minima.zip(rounds) {
        Some((minima, rounds)) => format!("{:.2} ±{:.0} %", minima.of_minima, rounds.percent()),
        None => NONE.to_owned(),
    }
}

fn cell(reference: &str, rival: &str, row: &str, samples: &Samples, figure: Figure) -> String {
    match ratio(row, rival, reference, samples, figure) {
        Some(ratio) => format!("{:.2} / {:.2}", ratio.of_minima, ratio.of_medians),
        None if samples.of(row, rival).is_empty() => NONE.to_owned(),
        None => FAILED.to_owned(),
    }
}

/// Instructions, of which there is one number each.
pub(super) fn instructions(columns: Columns<'_>, rows: &[Row], samples: &Samples) -> String {
    let head = ["load".to_owned(), columns.reference.to_owned()];
    let mut text = row_line(head.into_iter().chain(columns.others().map(str::to_owned)));
    text.push_str(&format!(
        "|---|---|{}\n",
        "---|".repeat(columns.others().count())
    ));
    let counted = rows.iter().filter(|row| samples.counted(&row.name));
    for row in counted {
        let figure = Figure::Instructions;
        let own = spread(&row.name, columns.reference, samples, figure);
        let own = own.map_or(FAILED.to_owned(), |own| {
            let (unit, divisor) = unit(figure, own.low);
            format!("{}{unit}", significant(own.low / divisor))
        });
        let others = columns.others().map(|rival| {
            let ratio = ratio(&row.name, rival, columns.reference, samples, figure);
            match ratio {
                Some(ratio) => format!("{:.2}", ratio.of_minima),
                None if samples.of(&row.name, rival).is_empty() => NONE.to_owned(),
                None => FAILED.to_owned(),
            }
        });
        text.push_str(&row_line([row.name.clone(), own].into_iter().chain(others)));
    }
    let means = columns.others().map(|rival| {
        let figure = Figure::Instructions;
        let mean = set_mean(ALL_SETS, rival, columns.reference, rows, samples, figure);
        mean.map_or(NONE.to_owned(), |mean| {
            format!("**{:.2}**{}", mean.ratio, mean.remark())
        })
    });
    let head = ["geometric mean".to_owned(), String::new()];
    text.push_str(&row_line(head.into_iter().chain(means)));
    text
}

/// One line of a table.
pub(super) fn row_line(cells: impl Iterator<Item = String>) -> String {
    let mut text = "|".to_owned();
    for cell in cells {
        text.push_str(&format!(" {cell} |"));
    }
    text.push('\n');
    text
}

/// Three digits that mean something.
pub(super) fn significant(number: f64) -> String {
    match number {
        n if n >= 100.0 => format!("{n:.0}"),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

//! What we want to reach, as `bench/rivals.toml` lists it, and whether it was.

use toml::de::DeTable;

use super::rivals::string;
use super::rows::{ALL_SETS, Row};
use super::samples::{Figure, Samples};
use super::score::{ratio_of_minima, set_mean, worst};
use super::table::row_line;

/// One demand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) figure: Figure,
    pub(super) of: Part,
    /// The rival to whom the ratio is taken.
    pub(super) against: String,
    pub(super) at_most: f64,
}

/// Of what the ratio is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The geometric mean of the rows of a set, or of all.
    Mean(String),
    /// The row that does worst.
    Worst,
    /// One row.
    Row(String),
}

impl Target {
    /// Parses one `[[target]]`.
    pub(super) fn parse(table: &DeTable<'_>) -> Result<Target, String> {
        let figure = match string(table, "figure")?.as_str() {
            "cpu" => Figure::Cpu,
            "memory" => Figure::Memory,
            "instructions" => Figure::Instructions,
            other => return Err(format!("`{other}` is no figure")),
        };
        let of = match string(table, "of")?.as_str() {
            "worst" => Part::Worst,
            set @ ("micro" | "suite" | "real" | ALL_SETS) => Part::Mean(set.to_owned()),
            row => Part::Row(row.to_owned()),
        };
        let against = string(table, "against")?;
        let at_most = table.get("at_most").map(|value| value.get_ref());
        let at_most = at_most.and_then(|value| value.as_float()?.as_str().parse().ok());
        let at_most = at_most.ok_or("`at_most` is no number like 1.0")?;
        Ok(Target {
            figure,
            of,
            against,
            at_most,
        })
    }

    /// The words of its line.
    fn words(&self) -> String {
        let figure = self.figure.words();
        match &self.of {
            Part::Mean(set) => format!("{figure}, mean of {set}"),
            Part::Worst => format!("{figure}, worst row"),
            Part::Row(row) => format!("{figure}, {row}"),
        }
    }

    /// What `own` reached, and a remark; nothing where it was not measured.
    pub(super) fn reached(
        &self,
        own: &str,
        rows: &[Row],
        samples: &Samples,
    ) -> Option<(f64, String)> {
        let (figure, against) = (self.figure, self.against.as_str());
        match &self.of {
            Part::Mean(set) => {
                let mean = set_mean(set, own, against, rows, samples, figure)?;
                Some((mean.ratio, mean.remark()))
            }
            Part::Worst => {
                let (ratio, row) = worst(own, against, rows, samples, figure)?;
                Some((ratio, format!(" ({row})")))
            }
            Part::Row(row) => {
                let ratio = ratio_of_minima(row, own, against, samples, figure)?;
                Some((ratio, String::new()))
            }
        }
    }
}

/// The table of targets beside what each of `judged` reached; empty without targets.
pub(super) fn table(
    targets: &[Target],
    judged: &[&str],
    rows: &[Row],
    samples: &Samples,
) -> String {
    if targets.is_empty() {
        return String::new();
    }
    let mut text = "| target: ratio of | to | at most |".to_owned();
    for own in judged {
        text.push_str(&format!(" {own} |"));
    }
    text.push_str(&format!("\n|---|---|---|{}\n", "---|".repeat(judged.len())));
    for target in targets {
        let cells = judged
            .iter()
            .map(|own| match target.reached(own, rows, samples) {
                Some((ratio, remark)) if ratio <= target.at_most => format!("{ratio:.2}{remark}"),
                Some((ratio, remark)) => format!("**missed**: {ratio:.2}{remark}"),
                None => "not measured".to_owned(),
            });
        let first = [
            target.words(),
            target.against.clone(),
            format!("{:.2}", target.at_most),
        ];
        text.push_str(&row_line(first.into_iter().chain(cells)));
    }
    text
}

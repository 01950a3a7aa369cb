//! The arithmetic: minima, medians, ratios, means of sets, worst rows.
//!
//! Interference only adds, so the minimum of the rounds is nearest to what the work costs; the
//! median stands beside it, and the spread says how much was added.

use super::rows::{ALL_SETS, Row};
use super::samples::{Figure, Samples};

/// The least, the middle and the most of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

impl Spread {
    /// Of at least one number.
    pub(super) fn of(mut numbers: Vec<f64>) -> Option<Spread> {
        numbers.sort_by(f64::total_cmp);
        let (low, high) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = match numbers.len() % 2 {
            1 => numbers[middle],
            _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
        };
        Some(Spread { low, median, high })
    }

    /// Half the distance from lowest to highest, in percent of the median.
    pub(super) fn percent(&self) -> f64 {
        50.0 * (self.high - self.low) / self.median
    }
}

/// How one rival's figure stands to another's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ratio {
    pub(super) of_minima: f64,
    pub(super) of_medians: f64,
}

/// What `own` did on a row: minimum and median of the rounds.
pub(super) fn spread(row: &str, own: &str, samples: &Samples, figure: Figure) -> Option<Spread> {
    Spread::of(samples.numbers(row, own, figure)?)
}

/// The ratios of `own` to `against` on a row.
pub(super) fn ratio(
    row: &str,
    own: &str,
    against: &str,
    samples: &Samples,
    figure: Figure,
) -> Option<Ratio> {
    let own = spread(row, own, samples, figure)?;
    let against = spread(row, against, samples, figure)?;
    Some(Ratio {
        of_minima: own.low / against.low,
        of_medians: own.median / against.median,
    })
}

/// The ratio that means and targets are made of.
pub(super) fn ratio_of_minima(
    row: &str,
    own: &str,
    against: &str,
    samples: &Samples,
    figure: Figure,
) -> Option<f64> {
    Some(ratio(row, own, against, samples, figure)?.of_minima)
}

/// Round by round, the ratio of `own` to `against`: how far two of the same lie apart.
pub(super) fn within_rounds(
    row: &str,
    own: &str,
    against: &str,
    samples: &Samples,
    figure: Figure,
) -> Option<Spread> {
    let own = samples.numbers(row, own, figure)?;
    let against = samples.numbers(row, against, figure)?;
    Spread::of(own.iter().zip(&against).map(|(a, b)| a / b).collect())
}

/// The geometric mean of some ratios.
pub(super) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let count = ratios.len();
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (count > 0).then(|| (logs / count as f64).exp())
}

/// A mean, and of how many rows it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    pub(super) ratio: f64,
    pub(super) rows: usize,
    /// Rows that the other one ran.
    pub(super) rows_of_other: usize,
}

impl Mean {
    /// Says so when rows are missing: the mean is of fewer then.
    pub(super) fn remark(&self) -> String {
        match self.rows == self.rows_of_other {
            true => String::new(),
            false => format!(" ({} of {} rows)", self.rows, self.rows_of_other),
        }
    }
}

/// The geometric mean of the rows of a set, or of all.
pub(super) fn set_mean(
    set: &str,
    own: &str,
    against: &str,
    rows: &[Row],
    samples: &Samples,
    figure: Figure,
) -> Option<Mean> {
    let rows = rows.iter().filter(|row| set == ALL_SETS || row.set == set);
    let rows: Vec<&str> = rows.map(|row| row.name.as_str()).collect();
    let ratios: Vec<f64> = rows
        .iter()
        .filter_map(|row| ratio_of_minima(row, own, against, samples, figure))
        .collect();
    let others = rows
        .iter()
        .filter(|row| samples.numbers(row, against, figure).is_some());
    Some(Mean {
        ratio: geometric_mean(&ratios)?,
        rows: ratios.len(),
        rows_of_other: others.count(),
    })
}

/// The row on which `own` does worst beside `against`.
pub(super) fn worst(
    own: &str,
    against: &str,
    rows: &[Row],
    samples: &Samples,
    figure: Figure,
) -> Option<(f64, String)> {
    let ratio = |row: &Row| {
        let ratio = ratio_of_minima(&row.name, own, against, samples, figure)?;
        Some((ratio, row.name.clone()))
    };
    rows.iter()
        .filter_map(ratio)
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

//! Medians, and how far the rounds lie apart.

use super::rounds::Sample;

/// The middle of some numbers, and the lowest and highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) low: f64,
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
        Some(Spread { median, low, high })
    }

    /// Half the distance from lowest to highest, in percent of the median.
    pub(super) fn percent(&self) -> f64 {
        50.0 * (self.high - self.low) / self.median
    }
}

/// The ratios of `ours` to `theirs`, each within its own round.
pub(super) fn ratios(
    ours: &[Option<Sample>],
    theirs: &[Option<Sample>],
    number: fn(&Sample) -> f64,
) -> Option<Spread> {
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    let complete = ours.iter().chain(theirs).all(Option::is_some);
    complete
        .then(|| Spread::of(pairs.map(|(a, b)| number(a) / number(b)).collect()))
        .flatten()
}

/// The middle of what one rival did.
pub(super) fn median(runs: &[Option<Sample>], number: fn(&Sample) -> f64) -> Option<f64> {
    Some(Spread::of(runs.iter().flatten().map(number).collect())?.median)
}

/// The geometric mean of some ratios.
pub(super) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let count = ratios.len();
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (count > 0).then(|| (logs / count as f64).exp())
}

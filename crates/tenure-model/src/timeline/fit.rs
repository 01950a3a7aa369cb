//! How well a simple model explains the times between collections, and what they cost.

use super::Interval;
use super::allocation::median;

/// Intervals needed for a fit.
const INTERVALS_MIN: usize = 8;

/// The model "time to the next collection = bytes to be filled / allocation rate", with a
/// collection that costs the same whatever was filled, fitted to the log's own intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Median time between collections, in seconds.
    pub interval_s: f64,
    /// Median bytes allocated between them.
    pub bytes: u64,
    /// Rate of the model, in bytes per second.
    pub bytes_per_s: f64,
    /// Median of |model − log| / log over the intervals; 0.2 is 20 %.
    pub error: f64,
    /// Intervals used.
    pub intervals: usize,
    /// What the collections take; `None` where the log does not tell their durations.
    pub share: Option<FitShare>,
}

/// The part of the time that collections take, by the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitShare {
    /// True if it is of the time of all processors, false if of the clock on the wall.
    pub is_of_processors: bool,
    /// Median over the intervals, 0 to 1.
    pub share: f64,
    /// Median of |model − log| / log over the intervals.
    pub error: f64,
    /// Median cost of a collection, in seconds: of all processors, or of the clock.
    pub cost_s: f64,
    /// Median time of a collection that is not part of the interval before it, in seconds.
    pub apart_s: f64,
}

impl Fit {
    /// Fits the model to `intervals`; `None` with fewer than 8 of use.
    pub fn to(intervals: &[Interval], processors: Option<u64>) -> Option<Self> {
        let of_use = |interval: &&Interval| interval.duration_ns > 0 && interval.bytes > 0;
        let used: Vec<_> = intervals.iter().filter(of_use).collect();
        if used.len() < INTERVALS_MIN {
            return None;
        }
        let rates = used
            .iter()
            .map(|one| one.bytes as f64 / seconds(one.duration_ns))
            .collect();
        let bytes_per_s = median(rates)?;
        let off = |one: &&Interval| {
            (one.bytes as f64 / bytes_per_s / seconds(one.duration_ns) - 1.0).abs()
        };
        let between = used.iter().map(|one| seconds(one.duration_ns));
        Some(Self {
            interval_s: median(between.collect())?,
            bytes: median(used.iter().map(|one| one.bytes as f64).collect())? as u64,
            bytes_per_s,
            error: median(used.iter().map(off).collect())?,
            intervals: used.len(),
            share: FitShare::to(&used, bytes_per_s, processors),
        })
    }

    /// Seconds between collections if `bytes` may be filled between them.
    pub fn interval_with(&self, bytes: u64) -> f64 {
        bytes as f64 / self.bytes_per_s
    }

    /// Part of the time that collections take if `bytes` may be filled between them, 0 to 1.
    pub fn share_with(&self, bytes: u64) -> Option<f64> {
        let share = self.share?;
        let period_s = self.interval_with(bytes) + share.apart_s;
        (period_s > 0.0).then(|| (share.cost_s / period_s).min(1.0))
    }
}

impl FitShare {
    fn to(used: &[&Interval], bytes_per_s: f64, processors: Option<u64>) -> Option<Self> {
        let told = processors.filter(|_| used.iter().all(|one| one.cpu_ns > 0));
        let cost_s = |one: &&Interval| match told {
            Some(processors) => seconds(one.cpu_ns) / processors.max(1) as f64,
            None => seconds(one.cost_ns),
        };
        let shared: Vec<_> = used
            .iter()
            .copied()
            .filter(|one| cost_s(one) > 0.0 && one.period_ns > 0)
            .collect();
        if shared.len() < INTERVALS_MIN {
            return None;
        }
        let of = |figure: &dyn Fn(&&Interval) -> f64| median(shared.iter().map(figure).collect());
        let apart_s = |one: &&Interval| seconds(one.period_ns.saturating_sub(one.duration_ns));
        let share = |one: &&Interval| (cost_s(one) / seconds(one.period_ns)).min(1.0);
        let (cost_middle_s, apart_middle_s) = (of(&cost_s)?, of(&apart_s)?);
        let off = |one: &&Interval| {
            let period_s = one.bytes as f64 / bytes_per_s + apart_middle_s;
            ((cost_middle_s / period_s).min(1.0) / share(one) - 1.0).abs()
        };
        Some(Self {
            is_of_processors: told.is_some(),
            share: of(&share)?,
            error: of(&off)?,
            cost_s: cost_middle_s,
            apart_s: apart_middle_s,
        })
    }
}

fn seconds(time_ns: u64) -> f64 {
    time_ns as f64 / 1e9
}

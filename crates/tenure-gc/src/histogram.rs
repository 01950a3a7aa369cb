//! A histogram of durations with 32 buckets between two powers of two.

use alloc::boxed::Box;
use core::ops::RangeInclusive;

/// Bits of a duration that its bucket keeps.
const KEPT_BITS: u32 = 5;
const BUCKETS_PER_POWER: usize = 1 << KEPT_BITS;
/// Durations of more bits than this, 73 minutes, fall into the last bucket.
const BITS_MAX: u32 = 42;
const BUCKETS: usize = (BITS_MAX - KEPT_BITS + 1) as usize * BUCKETS_PER_POWER;

/// How many durations were how long: of each at least five binary digits are kept, so a percentile
/// is at most a thirty-second too long. Count, sum and maximum are exact.
///
/// 9.5 KiB, none before the first duration. After HdrHistogram (Tene 2012).
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    buckets: Option<Box<[u64; BUCKETS]>>,
    count: u64,
    sum_ns: u64,
    max_ns: u64,
}

impl Histogram {
    /// Adds a duration. O(1).
    pub(crate) fn add(&mut self, duration_ns: u64) {
        let buckets = self.buckets.get_or_insert_with(|| Box::new([0; BUCKETS]));
        buckets[bucket(duration_ns)] += 1;
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(duration_ns);
        self.max_ns = self.max_ns.max(duration_ns);
    }

    /// How many durations there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All durations together, in nanoseconds.
    #[must_use]
    pub fn sum_ns(&self) -> u64 {
        self.sum_ns
    }

    /// The longest, in nanoseconds; 0 if there is none.
    #[must_use]
    pub fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// The duration that `percent` of all do not exceed, in nanoseconds; 0 if there is none. At
    /// most a thirty-second too long, and never longer than the longest. O(buckets).
    #[must_use]
    pub fn percentile_ns(&self, percent: f64) -> u64 {
        let Some(buckets) = &self.buckets else {
            return 0;
        };
        let wanted = (self.count as f64 * percent / 100.0) as u64;
        // Rounded up, and at least the first.
        let wanted = wanted + u64::from((wanted as f64) < self.count as f64 * percent / 100.0);
        let mut seen = 0;
        for (at, count) in buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return (*range(at).end()).min(self.max_ns);
            }
        }
        self.max_ns
    }

    /// The buckets in use, as the durations that fall into them and how many did, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (RangeInclusive<u64>, u64)> {
        let buckets = self.buckets.as_deref().map_or(&[][..], |buckets| buckets);
        let used = buckets.iter().enumerate().filter(|(_, count)| **count > 0);
        used.map(|(at, count)| (range(at), *count))
    }
}

fn bucket(duration_ns: u64) -> usize {
    let bits = 64 - duration_ns.leading_zeros();
    if bits <= KEPT_BITS {
        return duration_ns as usize;
    }
    if bits > BITS_MAX {
        return BUCKETS - 1;
    }
    let shift = bits - KEPT_BITS - 1;
    let power = (shift + 1) as usize * BUCKETS_PER_POWER;
    power + (duration_ns >> shift) as usize - BUCKETS_PER_POWER
}

fn range(bucket: usize) -> RangeInclusive<u64> {
    if bucket < BUCKETS_PER_POWER {
        return bucket as u64..=bucket as u64;
    }
    if bucket == BUCKETS - 1 {
        return *range(bucket - 1).end() + 1..=u64::MAX;
    }
    let shift = bucket / BUCKETS_PER_POWER - 1;
    let first = ((bucket % BUCKETS_PER_POWER + BUCKETS_PER_POWER) as u64) << shift;
    first..=first + (1 << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut next = 0;
        for at in 0..BUCKETS {
            let range = range(at);
            assert_eq!(*range.start(), next, "bucket {at}");
            assert_eq!(bucket(*range.start()), at);
            assert_eq!(bucket(*range.end()), at);
            next = range.end().wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bucket ends with the numbers");
    }

    #[test]
    fn percentiles_are_a_thirty_second_too_long_at_most() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile_ns(99.0), 0);
        for duration in 1..=10_000 {
            histogram.add(duration * 1_000);
        }
        for (percent, exact) in [(0.0, 1e3), (50.0, 5e6), (99.0, 9.9e6), (100.0, 1e7)] {
            let found = histogram.percentile_ns(percent) as f64;
            assert!(
                found >= exact && found <= exact * 33.0 / 32.0,
                "{percent}: {found}"
            );
        }
        assert_eq!(histogram.max_ns(), 10_000_000);
        assert_eq!(histogram.sum_ns(), 50_005_000_000);
        assert_eq!(
            histogram.buckets().map(|(_, count)| count).sum::<u64>(),
            10_000
        );
    }

    #[test]
    fn the_longest_duration_has_a_place() {
        let mut histogram = Histogram::default();
        histogram.add(u64::MAX);
        histogram.add(u64::MAX);
        assert_eq!(histogram.percentile_ns(50.0), u64::MAX);
        assert_eq!(histogram.sum_ns(), u64::MAX);
    }
}

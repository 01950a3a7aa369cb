//! How long the blocks of a site lived, when some of them still do.
//!
//! A block that is live at the end has not told its lifetime: it is *censored*, known only to be
//! longer than its age. Percentiles are by nearest rank over all blocks, freed and live, with the
//! live ones behind the freed ones. A rank among the live ones has no number; it is at least
//! their mean age.

use super::Histogram;

/// The lifetimes of a site's blocks, in nanoseconds or in bytes allocated meanwhile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifetimes {
    /// The lifetimes of freed blocks.
    pub freed: Histogram,
    /// The mean lifetime of freed blocks; `None` where none was freed.
    pub mean: Option<u64>,
    /// How many blocks live on, in the unit of the histogram's counts.
    pub survivors: u64,
    /// The mean age of the blocks that live on; `None` where none does, or nobody knows.
    pub mean_age: Option<u64>,
}

/// A percentile of lifetimes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// The lifetime of a freed block. From a histogram by powers of two, so exact to a factor of
    /// two; interpolated within it.
    Ended(u64),
    /// The rank falls among blocks that live on: it is at least this, their mean age, where that
    /// is known.
    AtLeast(Option<u64>),
}

impl Lifetime {
    /// The lifetime where it has ended.
    pub fn ended(self) -> Option<u64> {
        match self {
            Self::Ended(span) => Some(span),
            Self::AtLeast(_) => None,
        }
    }

    /// The lifetime, or what it is at least; 0 where nothing is known.
    pub fn least(self) -> u64 {
        match self {
            Self::Ended(span) => span,
            Self::AtLeast(age) => age.unwrap_or(0),
        }
    }
}

impl Lifetimes {
    /// The lifetime that `percent` of the blocks do not exceed; `None` where there is no block.
    pub fn percentile(&self, percent: u8) -> Option<Lifetime> {
        let freed = self.freed.total();
        let blocks = u128::from(freed) + u128::from(self.survivors);
        if blocks == 0 {
            return None;
        }
        let percent = u128::from(percent.min(100));
        let rank = (blocks * percent).div_ceil(100).max(1);
        let rank = u64::try_from(rank).unwrap_or(u64::MAX);
        match self.freed.at_rank(rank) {
            Some((bucket, place)) => {
                let alone = bucket.count == freed;
                let mean = self.mean.filter(|_| alone);
                Some(Lifetime::Ended(within(&bucket, place, mean)))
            }
            None => Some(Lifetime::AtLeast(self.mean_age)),
        }
    }

    /// The median.
    pub fn p50(&self) -> Option<Lifetime> {
        self.percentile(50)
    }

    /// The 90th percentile.
    pub fn p90(&self) -> Option<Lifetime> {
        self.percentile(90)
    }

    /// The 99th percentile.
    pub fn p99(&self) -> Option<Lifetime> {
        self.percentile(99)
    }
}

/// The number at `place` (from 1) of a bucket, were its numbers spread evenly over it; or, where
/// their mean is known, over the widest part of it that has this mean.
fn within(bucket: &super::Bucket, place: u64, mean: Option<u64>) -> u64 {
    let (mut low, mut high) = (bucket.low, bucket.high);
    if let Some(mean) = mean.filter(|mean| (low..=high).contains(mean)) {
        let reach = (mean - low).min(high - mean);
        (low, high) = (mean - reach, mean + reach);
    }
    let span = u128::from(high - low);
    let count = u128::from(bucket.count.max(1));
    let step = span * (2 * u128::from(place) - 1) / (2 * count);
    low.saturating_add(u64::try_from(step).unwrap_or(u64::MAX))
        .min(high)
}

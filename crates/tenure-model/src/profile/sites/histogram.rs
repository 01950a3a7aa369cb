//! A histogram by powers of two that keeps only the buckets in use.

use tenure_trace::profile::histogram::range;

/// How many numbers fell between two powers of two: 0, 1, 2–3, 4–7, 8–15 and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Bucket (length in bits) and count, ascending by bucket, no count of 0.
    buckets: Vec<(u8, u64)>,
}

/// One bucket of a [`Histogram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The smallest number that falls into it.
    pub low: u64,
    /// The largest number that falls into it.
    pub high: u64,
    /// How many did.
    pub count: u64,
}

impl Histogram {
    /// The histogram whose bucket `i` has `counts[i]`.
    pub fn of(counts: &[u64]) -> Self {
        let mut histogram = Self::default();
        for (bucket, &count) in (0_u8..=64).zip(counts) {
            histogram.add(bucket, count);
        }
        histogram
    }

    fn add(&mut self, bucket: u8, count: u64) {
        if count == 0 {
            return;
        }
        match self.buckets.binary_search_by_key(&bucket, |entry| entry.0) {
            Ok(at) => self.buckets[at].1 = self.buckets[at].1.saturating_add(count),
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for &(bucket, count) in &other.buckets {
            self.add(bucket, count);
        }
    }

    /// How many numbers it holds.
    pub fn total(&self) -> u64 {
        let counts = self.buckets.iter().map(|entry| entry.1);
        crate::unit::saturating_sum(counts)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The buckets in use, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + use<'_> {
        self.buckets.iter().map(|&(bucket, count)| {
            let (low, high) = range(usize::from(bucket));
            Bucket { low, high, count }
        })
    }

    /// The bucket in which the number of this rank (from 1, ascending) lies, and how many numbers
    /// of the bucket are at or before it.
    pub(super) fn at_rank(&self, rank: u64) -> Option<(Bucket, u64)> {
        let mut before = 0_u64;
        for bucket in self.buckets() {
            let behind = before.saturating_add(bucket.count);
            if rank > before && rank <= behind {
                return Some((bucket, rank - before));
            }
            before = behind;
        }
        None
    }
}

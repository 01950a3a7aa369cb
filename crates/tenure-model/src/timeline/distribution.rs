//! Durations with their counts: totals and extremes exact, percentiles by nearest rank, bounded.

/// Distinct values kept; beyond, neighbouring values are put together.
const DISTINCT_MAX: usize = 1 << 15;
/// Values waiting to be sorted in.
const PENDING_MAX: usize = 1 << 12;

/// A multiset of durations in nanoseconds.
///
/// # Invariants
///
/// D1. `count` and `total_ns` are exact, and so are the smallest and the largest value.
/// D2. At most 32,768 distinct values are kept. Up to that number each percentile is exact;
///     beyond, values are rounded down to a multiple of [`grain_ns`](Self::grain_ns).
#[derive(Clone, Debug)]
pub struct Distribution {
    sorted: Vec<(u64, u64)>,
    pending: Vec<u64>,
    count: u64,
    total_ns: u128,
    min_ns: u64,
    max_ns: u64,
    grain_ns: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            sorted: Vec::new(),
            pending: Vec::new(),
            count: 0,
            total_ns: 0,
            min_ns: u64::MAX,
            max_ns: 0,
            grain_ns: 1,
        }
    }
}

impl Distribution {
    /// Adds one value.
    pub fn add(&mut self, value_ns: u64) {
        self.count += 1;
        self.total_ns += u128::from(value_ns);
        self.min_ns = self.min_ns.min(value_ns);
        self.max_ns = self.max_ns.max(value_ns);
        self.pending.push(value_ns);
        if self.pending.len() >= PENDING_MAX {
            self.settle();
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum.
    pub fn total_ns(&self) -> u64 {
        u64::try_from(self.total_ns).unwrap_or(u64::MAX)
    }

    /// The smallest; `None` without values.
    pub fn min_ns(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min_ns)
    }

    /// The largest; `None` without values.
    pub fn max_ns(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max_ns)
    }

    /// The mean; `None` without values.
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total_ns as f64 / self.count as f64)
    }

    /// Width to which values have been rounded; 1 while each is exact.
    pub fn grain_ns(&self) -> u64 {
        self.grain_ns
    }

    /// Sorts in what waits. The readers below see settled values only.
    pub fn settle(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.pending.sort_unstable();
        let mut merged = Vec::with_capacity(self.sorted.len() + self.pending.len());
        let mut old = self.sorted.drain(..).peekable();
        for value in self.pending.drain(..) {
            let value = value - value % self.grain_ns;
            while let Some(pair) = old.next_if(|pair| pair.0 <= value) {
                push(&mut merged, pair);
            }
            push(&mut merged, (value, 1));
        }
        old.for_each(|pair| push(&mut merged, pair));
        self.sorted = merged;
        while self.sorted.len() > DISTINCT_MAX {
            self.grain_ns *= 2;
            let grain = self.grain_ns;
            let mut coarser = Vec::with_capacity(self.sorted.len());
            for (value, count) in self.sorted.drain(..) {
                push(&mut coarser, (value - value % grain, count));
            }
            self.sorted = coarser;
        }
    }

    /// Distinct values with their counts, ascending.
    pub fn values(&self) -> &[(u64, u64)] {
        &self.sorted
    }

    /// The value at `share` (0 to 1) by nearest rank: the smallest value that at least that
    /// share of all values does not exceed. `None` without values.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = (share * self.count as f64 - 1e-9).ceil().max(1.0) as u64;
        if rank >= self.count {
            return Some(self.max_ns);
        }
        let mut seen = 0;
        let at_rank = self.sorted.iter().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        at_rank.map(|(value, _)| *value).or(Some(self.max_ns))
    }

    /// True if there are enough values that one lies beyond `share`: n ≥ 10 for 90 %, n ≥ 100
    /// for 99 %, n ≥ 1000 for 99.9 %.
    pub fn is_firm(&self, share: f64) -> bool {
        let needed = if share > 0.99 {
            1000.0
        } else {
            (1.0 / (1.0 - share)).round()
        };
        self.count as f64 >= needed
    }

    /// Counts of values in `bounds.len() + 1` bins: below the first bound, and so on.
    pub fn bins(&self, bounds: &[u64]) -> Vec<u64> {
        let mut bins = vec![0; bounds.len() + 1];
        for (value, count) in &self.sorted {
            let bin = bounds.partition_point(|bound| bound <= value);
            bins[bin] += count;
        }
        bins
    }
}

fn push(pairs: &mut Vec<(u64, u64)>, (value, count): (u64, u64)) {
    match pairs.last_mut() {
        Some(last) if last.0 == value => last.1 += count,
        _ => pairs.push((value, count)),
    }
}

//! Two logs side by side: is the second really different, and by how much?

use super::slope::within;
use super::{Distribution, Timeline};

/// Resamples of the bootstrap.
const RESAMPLES: usize = 2000;
/// Share of resamples inside the interval.
const INSIDE: f64 = 0.99;

/// What two logs' pauses say of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// p99 of the second over p99 of the first.
    pub p99: Option<RatioInterval>,
    /// Whether the pauses of one log are longer as a whole.
    pub ranks: Option<RankTest>,
}

/// A ratio with its 99 % bootstrap interval; 1 is "no difference".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioInterval {
    /// Second over first.
    pub ratio: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Mann and Whitney's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// Chance that a pause of the second log is longer than one of the first; ties count half.
    pub chance_longer: f64,
    /// Chance to see such a difference between equal logs, two-sided.
    pub p_value: f64,
}

impl Comparison {
    /// Compares the pauses of two logs.
    pub fn of(first: &Timeline, second: &Timeline) -> Self {
        let (first, second) = (&first.pauses.all.durations, &second.pauses.all.durations);
        Self {
            p99: quantile_ratio(first, second, 0.99),
            ranks: RankTest::of(first, second),
        }
    }
}

/// The ratio of a quantile of two samples, with its 99 % interval.
///
/// The k-th smallest of n values drawn again from a sample is the value at a place that follows
/// the beta distribution of k and n − k + 1: drawing the place alone gives the same interval
/// as drawing n values, without doing so.
pub(super) fn quantile_ratio(
    first: &Distribution,
    second: &Distribution,
    share: f64,
) -> Option<RatioInterval> {
    let (from, to) = (first.quantile(share)?, second.quantile(share)?);
    let (places, other_places) = (Places::of(first), Places::of(second));
    let mut random = Random::default();
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let from = places.redrawn(share, &mut random);
            ratio(from, other_places.redrawn(share, &mut random))
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let outside = (1.0 - INSIDE) / 2.0;
    let low = ratios[(RESAMPLES as f64 * outside) as usize];
    let high = ratios[((RESAMPLES as f64 * (1.0 - outside)) as usize).min(RESAMPLES - 1)];
    Some(RatioInterval {
        ratio: ratio(from, to),
        low,
        high,
    })
}

fn ratio(first: u64, second: u64) -> f64 {
    second as f64 / first.max(1) as f64
}

/// The values of a sample with the ranks at which they end, for many look-ups.
struct Places<'a> {
    sample: &'a Distribution,
    ends: Vec<u64>,
}

impl<'a> Places<'a> {
    fn of(sample: &'a Distribution) -> Self {
        let end = |seen: &mut u64, (_, count): &(u64, u64)| {
            *seen += count;
            Some(*seen)
        };
        Self {
            sample,
            ends: sample.values().iter().scan(0, end).collect(),
        }
    }

    /// The quantile of the sample drawn again.
    fn redrawn(&self, share: f64, random: &mut Random) -> u64 {
        let count = self.sample.count() as f64;
        let rank = (share * count - 1e-9).ceil().clamp(1.0, count);
        let (below, above) = (random.gamma(rank), random.gamma(count - rank + 1.0));
        let place = ((below / (below + above) * count).ceil() as u64).max(1);
        let at = self.ends.partition_point(|end| *end < place);
        let values = self.sample.values();
        values
            .get(at)
            .or(values.last())
            .map_or(0, |(value, _)| *value)
    }
}

impl RankTest {
    /// Compares two samples by ranks; `None` if one is empty.
    pub fn of(first: &Distribution, second: &Distribution) -> Option<Self> {
        let (n, m) = (first.count() as f64, second.count() as f64);
        if n == 0.0 || m == 0.0 {
            return None;
        }
        let mut wins = 0.0;
        let mut ties = 0.0;
        let mut below = 0.0;
        let mut rest = first.values();
        let tie = |count: f64| count * count * count - count;
        for (value, count) in second.values() {
            while let Some(((_, many), tail)) = rest.split_first().filter(|(one, _)| one.0 < *value)
            {
                below += *many as f64;
                ties += tie(*many as f64);
                rest = tail;
            }
            let equal = match rest.split_first() {
                Some(((same, many), tail)) if same == value => {
                    rest = tail;
                    *many as f64
                }
                _ => 0.0,
            };
            wins += *count as f64 * (below + equal / 2.0);
            ties += tie(*count as f64 + equal);
            below += equal;
        }
        ties += rest.iter().map(|(_, many)| tie(*many as f64)).sum::<f64>();
        let all = n + m;
        let spread = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)).max(1.0));
        let off = ((wins - n * m / 2.0).abs() - 0.5).max(0.0);
        let z = if spread > 0.0 {
            off / spread.sqrt()
        } else {
            0.0
        };
        Some(Self {
            chance_longer: wins / (n * m),
            p_value: 1.0 - within(z),
        })
    }
}

/// A small generator with a fixed seed, so that a report is the same each time (xorshift64*).
#[derive(Clone, Copy, Debug)]
struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Random {
    /// Uniform above 0 and below 1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        (bits as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Gamma variate of a shape of at least 1 (Marsaglia and Tsang).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape.max(1.0) - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}

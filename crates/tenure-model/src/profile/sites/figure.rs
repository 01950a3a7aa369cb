//! A figure: exact, or an estimate from samples with its 95 % interval.
//!
//! # The interval
//!
//! Each allocation of S bytes is sampled with its own probability p, independently of the others,
//! so `Σ S/p` over the samples is unbiased with variance `Σ S²(1−p)/p²` (V, itself estimated). The
//! interval `T ± 1.96 √V` holds too rarely while samples are few: when chance gives too small a T,
//! it gives too small a V with it. So the figure is asked which truths would make T likely: the
//! truth θ has variance θ·w, where w = V/T is what one sample stands for, and
//! `(T − θ)² ≤ z² θ w` has the solution
//!
//! ```text
//! θ  =  T + z²w/2  ±  z √(V + z²w²/4)
//! ```
//!
//! (the score interval). Where weights differ, as those of counts do when sizes do, the upper
//! border takes the larger `Σ w³ / Σ w²`, which makes up for the skewness. With many samples it
//! becomes the normal interval; without variance (every block was seen) it is the point T itself;
//! without samples it reaches from 0 to z²w.
//!
//! **Limit:** what was never sampled leaves no trace. When a site asks for sizes that differ many
//! times over, the count of its blocks rests on the small ones, which are sampled rarely; until
//! some were, the interval of the *count* is too narrow. That of the bytes is not.

/// Of the normal distribution, the two-sided quantile of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A count or a number of bytes: exact, or estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The number; of an estimate the nearest whole one.
    pub value: u64,
    /// Where the truth lies with 95 % confidence; `None` for an exact figure.
    pub interval_95: Option<Interval>,
    /// Variance of an estimate, in the unit squared; 0 for an exact figure.
    pub variance: f64,
}

/// The borders of an interval, both of them in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// The lower one.
    pub low: u64,
    /// The upper one.
    pub high: u64,
}

impl Figure {
    /// A figure that is known.
    pub fn exact(value: u64) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }

    /// An estimate with its variance.
    ///
    /// `weight_min` is what one sample stands for at least: it decides where no sample was left,
    /// and where samples of very different weight were added up. `certain` is what was seen and
    /// is the least that the figure can be.
    pub fn estimate(estimate: f64, variance: f64, weight_min: f64, certain: u64) -> Self {
        let estimate = finite(estimate).max(certain as f64);
        let variance = finite(variance);
        let own = match estimate > 0.0 {
            true => variance / estimate,
            false => 0.0,
        };
        let heavy = own.max(finite(weight_min));
        let centre = |weight: f64| estimate + Z * Z * weight / 2.0;
        let half = |weight: f64| Z * (variance + Z * Z * weight * weight / 4.0).sqrt();
        let low = centre(own) - half(own);
        let high = centre(heavy) + half(heavy);
        // Large numbers lose their last digits on the way through `f64`.
        let value = (estimate.round() as u64).max(certain);
        Self {
            value,
            interval_95: Some(Interval {
                low: (low.round() as u64).max(certain).min(value),
                high: (high.round() as u64).max(value),
            }),
            variance,
        }
    }

    /// The sum of independent figures; exact when all of them are.
    pub fn sum(figures: impl IntoIterator<Item = Self>) -> Self {
        let (mut exact, mut estimated, mut variance) = (0_u64, 0_u64, 0.0);
        let mut sampled = false;
        for figure in figures {
            if figure.interval_95.is_none() {
                exact = exact.saturating_add(figure.value);
            } else {
                sampled = true;
                estimated = estimated.saturating_add(figure.value);
                variance += figure.variance;
            }
        }
        if !sampled {
            return Self::exact(exact);
        }
        let part = Self::estimate(estimated as f64, variance, 0.0, 0);
        let shifted = |border: u64| border.saturating_add(exact);
        Self {
            value: shifted(estimated),
            interval_95: part.interval_95.map(|interval| Interval {
                low: shifted(interval.low.min(estimated)),
                high: shifted(interval.high.max(estimated)),
            }),
            variance: part.variance,
        }
    }
}

/// `number` where it is a number above zero, else 0. Damaged records can hold any bits.
fn finite(number: f64) -> f64 {
    if number.is_finite() {
        number.max(0.0)
    } else {
        0.0
    }
}

/// A sum in the making: what is known, what is estimated, and its variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Quantity {
    pub(super) exact: u64,
    pub(super) estimate: f64,
    pub(super) variance: f64,
    /// What was seen of the estimated part, without weights.
    pub(super) seen: u64,
    /// Whether any part is estimated.
    pub(super) sampled: bool,
}

impl Quantity {
    pub(super) fn exact(value: u64) -> Self {
        Self {
            exact: value,
            ..Self::default()
        }
    }

    pub(super) fn estimated(estimate: f64, variance: f64, seen: u64) -> Self {
        Self {
            exact: 0,
            estimate: finite(estimate),
            variance: finite(variance),
            seen,
            sampled: true,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.exact = self.exact.saturating_add(other.exact);
        self.estimate += other.estimate;
        self.variance += other.variance;
        self.seen = self.seen.saturating_add(other.seen);
        self.sampled |= other.sampled;
    }

    /// What one sample stands for.
    pub(super) fn weight(&self) -> f64 {
        if self.estimate > 0.0 {
            self.variance / self.estimate
        } else {
            0.0
        }
    }

    /// The whole, estimated or not, as a number.
    pub(super) fn total(&self) -> f64 {
        self.exact as f64 + self.estimate
    }

    /// The figure; `weight_min` as in [`Figure::estimate`].
    pub(super) fn figure(&self, weight_min: f64) -> Figure {
        if !self.sampled {
            return Figure::exact(self.exact);
        }
        let part = Figure::estimate(self.estimate, self.variance, weight_min, self.seen);
        let shifted = |border: u64| border.saturating_add(self.exact);
        Figure {
            value: shifted(part.value),
            interval_95: part.interval_95.map(|interval| Interval {
                low: shifted(interval.low),
                high: shifted(interval.high),
            }),
            variance: part.variance,
        }
    }
}

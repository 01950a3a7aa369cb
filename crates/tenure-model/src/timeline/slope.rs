//! A robust slope through points: Theil and Sen's median of slopes, with its interval.

/// Points used at most: the number of pairs grows with the square.
const POINTS_MAX: usize = 256;
/// Points needed.
const POINTS_MIN: usize = 6;
/// Normal deviate of a two-sided 95 % interval.
const DEVIATE_95: f64 = 1.96;

/// The slope of a row of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Median of the slopes of all pairs of points, in bytes per second.
    pub bytes_per_s: f64,
    /// The 95 % interval of it, in bytes per second.
    pub interval: (f64, f64),
    /// Confidence that there is a slope at all, 0 to 1 (Mann and Kendall's test, two-sided).
    pub confidence: f64,
    /// Points used.
    pub points: usize,
}

impl Slope {
    /// The slope through points of time in nanoseconds and size in bytes, in order of time;
    /// `None` with fewer than 6 points, or all at one moment.
    pub fn through(points: &[(u64, u64)]) -> Option<Self> {
        let every = points.len().div_ceil(POINTS_MAX).max(1);
        let points: Vec<_> = points.iter().copied().step_by(every).collect();
        if points.len() < POINTS_MIN {
            return None;
        }
        let mut slopes = Vec::new();
        let mut score: i64 = 0;
        for (index, earlier) in points.iter().enumerate() {
            for later in points.iter().skip(index + 1) {
                score += (later.1 > earlier.1) as i64 - (later.1 < earlier.1) as i64;
                if later.0 > earlier.0 {
                    let rise = later.1 as f64 - earlier.1 as f64;
                    slopes.push(rise / ((later.0 - earlier.0) as f64 / 1e9));
                }
            }
        }
        if slopes.is_empty() {
            return None;
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let count = points.len() as f64;
        let deviation = (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
        let reach = DEVIATE_95 * deviation / 2.0;
        let middle = slopes.len() as f64 / 2.0;
        let at = |place: f64| slopes[(place.max(0.0) as usize).min(slopes.len() - 1)];
        let z = (score.unsigned_abs() as f64 - 1.0).max(0.0) / deviation;
        Some(Self {
            bytes_per_s: at(middle),
            interval: (at(middle - reach), at(middle + reach)),
            confidence: within(z),
            points: points.len(),
        })
    }

    /// True if the interval lies above zero: what is measured grows.
    pub fn is_growth(&self) -> bool {
        self.interval.0 > 0.0 && self.confidence >= 0.95
    }
}

/// Probability that a normal variate lies within `z` deviations (Abramowitz and Stegun 7.1.26).
pub(super) fn within(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = ((((1.061_405_429 * t - 1.453_152_027) * t) + 1.421_413_741) * t - 0.284_496_736)
        * t
        + 0.254_829_592;
    (1.0 - series * t * (-x * x).exp()).clamp(0.0, 1.0)
}

//! Which bytes are drawn: gaps between samples, and what a sample stands for.
//!
//! Of all bytes asked for, each is drawn with the same small chance, so the gap from one to the
//! next is exponential with mean R, the *rate*; a block is a sample if it has a drawn byte. A block
//! of S bytes is one with p = 1 − e^(−S/R), and stands for 1/p blocks of its kind: summed over the
//! samples that is unbiased for every site on its own, whatever the rates were (Horvitz and
//! Thompson, 1952). The variance of that sum is estimated by Σ S²(1−p)/p².

use core::f64::consts::{LN_2, SQRT_2};

/// What a sample stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weight {
    /// Blocks: 1/p.
    pub(crate) blocks: f64,
    /// What it adds to the variance of the number of blocks: (1−p)/p².
    pub(crate) variance: f64,
}

impl Weight {
    /// Of a block of `bytes` drawn at `rate_bytes`.
    pub(crate) fn of(bytes: u64, rate_bytes: u64) -> Self {
        let ratio = bytes.max(1) as f64 / rate_bytes.max(1) as f64;
        let p = 1.0 - exp_of_minus(ratio);
        Self {
            blocks: 1.0 / p,
            variance: (1.0 - p) / (p * p),
        }
    }

    /// The blocks, rounded: 1 at least.
    pub(crate) fn times(self) -> u64 {
        (self.blocks + 0.5) as u64
    }

    /// What blocks of `bytes` come to, rounded.
    pub(crate) fn bytes(self, bytes: u64) -> i64 {
        (self.blocks * bytes as f64 + 0.5) as i64
    }
}

/// e^(−x) for x ≥ 0, to a few units in the last place.
fn exp_of_minus(x: f64) -> f64 {
    if x > 700.0 {
        return 0.0;
    }
    let halvings = (x / LN_2 + 0.5) as u64;
    let rest = halvings as f64 * LN_2 - x;
    // |rest| ≤ ln 2 / 2: sixteen terms of the series are exact to the last place.
    let sum = (1..=16)
        .rev()
        .fold(1.0, |sum, n| 1.0 + rest / f64::from(n) * sum);
    sum * f64::from_bits((1023 - halvings) << 52)
}

/// ln x for finite x > 0, to a few units in the last place.
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > SQRT_2 {
        // Near 1 nothing may cancel.
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh((m − 1)/(m + 1)), and the quotient is below 0.18.
    let quotient = (mantissa - 1.0) / (mantissa + 1.0);
    let square = quotient * quotient;
    let sum = (0..=17)
        .rev()
        .fold(0.0, |sum, n| sum * square + 1.0 / f64::from(2 * n + 1));
    2.0 * quotient * sum + exponent as f64 * LN_2
}

/// A source of gaps (xorshift64*: Vigna, 2016).
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` has it.
    pub(crate) const fn new(seed: u64) -> Self {
        // Mixed, since neighbouring seeds would give neighbouring first throws; never zero.
        let mixed = (seed ^ seed >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) | 1)
    }

    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Bytes to the next drawn one at `rate_bytes`; at least 1.
    pub(crate) fn gap_bytes(&mut self, rate_bytes: u64) -> u64 {
        // In (0, 1]: 53 bits, and never zero.
        let unit = ((self.throw() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        let gap = -ln(unit) * rate_bytes as f64;
        (gap as u64).saturating_add(1)
    }
}

/// Which rate comes at which point of a process's life.
///
/// Without a rate of the user's the first samples are close together, so that a small program is
/// seen too, and the gaps grow with what has been allocated, up to [`RATE_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    /// The user's own, or 0.
    pub(crate) fixed_bytes: u64,
}

/// The rate that a process comes to.
pub(crate) const RATE_BYTES: u64 = 512 << 10;
/// The rate it starts with.
const FIRST_RATE_SHIFT: u32 = 12;
const LAST_RATE_SHIFT: u32 = 19;
/// Samples that are wanted of what a process has allocated so far, before the last rate.
const SAMPLES_SHIFT: u32 = 8;

const _: () = assert!(RATE_BYTES == 1 << LAST_RATE_SHIFT);

impl Rates {
    /// The number of the rate that holds once `allocated_bytes` were asked for.
    pub(crate) fn number_at(self, allocated_bytes: u64) -> u16 {
        let wanted = (allocated_bytes >> SAMPLES_SHIFT).max(1).ilog2();
        wanted.clamp(FIRST_RATE_SHIFT, LAST_RATE_SHIFT) as u16
    }

    /// The rate of that number, in bytes.
    pub(crate) fn bytes(self, number: u16) -> u64 {
        match self.fixed_bytes {
            0 => 1 << u32::from(number).min(LAST_RATE_SHIFT),
            fixed => fixed,
        }
    }

    /// The rate that a process comes to.
    pub(crate) fn last_bytes(self) -> u64 {
        self.bytes(LAST_RATE_SHIFT as u16)
    }
}

#[cfg(test)]
mod tests;

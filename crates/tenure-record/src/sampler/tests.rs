//! The functions against those of std, and the sampler against programs that are known.

use super::*;
use std::vec::Vec;

#[test]
fn functions_agree_with_those_of_std() {
    for step in 1..200_000u32 {
        let x = f64::from(step) * 0.000_37;
        let (mine, right) = (exp_of_minus(x), (-x).exp());
        assert!(
            (mine - right).abs() <= right * 1e-14,
            "e^-{x}: {mine} {right}"
        );
        let unit = f64::from(step) / 200_000.0;
        let (mine, right) = (ln(unit), unit.ln());
        assert!((mine - right).abs() <= right.abs() * 1e-14, "ln {unit}");
    }
    assert_eq!(exp_of_minus(0.0), 1.0);
    assert_eq!(exp_of_minus(1e9), 0.0);
    assert!((ln(1.0 / (1u64 << 53) as f64) + 53.0 * LN_2).abs() < 1e-12);
}

#[test]
fn gaps_have_their_mean_and_their_shape() {
    const RATE: u64 = 10_000;
    let mut dice = Dice::new(1);
    let gaps: Vec<u64> = (0..400_000).map(|_| dice.gap_bytes(RATE)).collect();
    let mean = gaps.iter().sum::<u64>() as f64 / gaps.len() as f64;
    assert!((mean / RATE as f64 - 1.0).abs() < 0.01, "{mean}");
    let short = gaps.iter().filter(|&&gap| gap <= RATE).count() as f64 / gaps.len() as f64;
    assert!((short - (1.0 - (-1.0f64).exp())).abs() < 0.005, "{short}");
}

/// The sites of a known program: (size in bytes, blocks of it in each round).
const SITES: [(u64, u32); 4] = [(24, 400), (100, 100), (1500, 30), (60_000, 2)];
const ROUNDS: u32 = 60;

/// What one run of the known program is estimated at: per site (bytes, variance of them).
fn estimate(seed: u64, rates: Rates) -> [(f64, f64); 4] {
    let mut dice = Dice::new(seed);
    let mut sums = [(0.0, 0.0); 4];
    let (mut allocated, mut number) = (0, rates.number_at(0));
    let mut left = dice.gap_bytes(rates.bytes(number)) as i64;
    for _ in 0..ROUNDS {
        for ((size, blocks), sum) in SITES.iter().zip(&mut sums) {
            for _ in 0..*blocks {
                allocated += size;
                left -= *size as i64;
                if left > 0 {
                    continue;
                }
                let weight = Weight::of(*size, rates.bytes(number));
                let bytes = *size as f64;
                sum.0 += bytes * weight.blocks;
                sum.1 += bytes * bytes * weight.variance;
                number = rates.number_at(allocated);
                left = dice.gap_bytes(rates.bytes(number)) as i64;
            }
        }
    }
    sums
}

fn is_unbiased_and_covered(rates: Rates, seeds: u64) {
    let mut means = [0.0; 4];
    let mut covered = [0u32; 4];
    for seed in 0..seeds {
        for (site, (bytes, variance)) in estimate(seed, rates).into_iter().enumerate() {
            let truth = SITES[site].0 as f64 * f64::from(SITES[site].1 * ROUNDS);
            means[site] += bytes / truth / seeds as f64;
            if (bytes - truth).abs() <= 1.96 * variance.sqrt() {
                covered[site] += 1;
            }
        }
    }
    for site in 0..SITES.len() {
        assert!(
            (means[site] - 1.0).abs() < 0.01,
            "{rates:?}: mean {means:?}"
        );
        let share = f64::from(covered[site]) / seeds as f64;
        // Blocks much larger than the rate are nearly all drawn: no interval is left to miss.
        let all_drawn = SITES[site].0 > 2 * rates.last_bytes().min(5_000);
        assert!(
            (0.94..=0.96).contains(&share) || all_drawn && share > 0.96,
            "{rates:?}: covered {share} of {site}"
        );
    }
}

#[test]
fn each_site_is_unbiased_and_its_interval_covers() {
    is_unbiased_and_covered(Rates { fixed_bytes: 5_000 }, 3_000);
    is_unbiased_and_covered(Rates { fixed_bytes: 0 }, 3_000);
}

#[test]
fn rates_grow_with_the_process() {
    let rates = Rates { fixed_bytes: 0 };
    assert_eq!(rates.bytes(rates.number_at(0)), 4096);
    assert_eq!(rates.bytes(rates.number_at(8 << 20)), 32 << 10);
    assert_eq!(rates.bytes(rates.number_at(u64::MAX)), RATE_BYTES);
    let fixed = Rates {
        fixed_bytes: 100_000,
    };
    assert_eq!(fixed.bytes(fixed.number_at(7)), 100_000);
    assert_eq!(fixed.last_bytes(), 100_000);
}

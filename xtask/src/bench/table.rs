//! The tables: one row for each load, one column for each rival.

use super::rounds::{Load, Sample, Samples};
use super::spread::{geometric_mean, median, ratios};

/// What stands where a rival could not be run.
const FAILED: &str = "failed";

/// Processor time for one operation: the reference in nanoseconds, the others as ratios to it.
pub(super) fn time(reference: &str, rivals: &[&str], loads: &[Load], samples: &Samples) -> String {
    let mut text = format!(
        "\n### Time\n\nNanoseconds of all processors for one operation of `{reference}` (median), and \
         the others as ratios to it: the median of the rounds, each with its own round, and half the \
         distance from the lowest to the highest. Under 1 is faster.\n\n"
    );
    let number: fn(&Sample) -> f64 = |sample| sample.operation_ns;
    text.push_str(&ratio_table(
        "ns", reference, rivals, loads, samples, number,
    ));
    text
}

/// Peak resident memory: the reference in mebibytes, the others as ratios to it.
pub(super) fn memory(
    reference: &str,
    rivals: &[&str],
    loads: &[Load],
    samples: &Samples,
) -> String {
    let mut text = format!(
        "\n### Memory\n\nMebibytes resident at the peak with `{reference}`, and the others as \
         ratios to it. Under 1 is less.\n\n"
    );
    let number: fn(&Sample) -> f64 = |sample| sample.peak_resident_bytes / (1024.0 * 1024.0);
    text.push_str(&ratio_table(
        "MiB", reference, rivals, loads, samples, number,
    ));
    text
}

fn ratio_table(
    unit: &str,
    reference: &str,
    rivals: &[&str],
    loads: &[Load],
    samples: &Samples,
    number: fn(&Sample) -> f64,
) -> String {
    let others: Vec<&str> = rivals
        .iter()
        .copied()
        .filter(|rival| *rival != reference)
        .collect();
    let mut means: Vec<Vec<f64>> = vec![Vec::new(); others.len()];
    let mut text = header(&format!("{reference}, {unit}"), &others);
    for load in loads {
        let base = samples.of(&load.name, reference);
        let own = median(base, number).map_or(FAILED.to_owned(), significant);
        text.push_str(&format!("| {} | {own} |", load.name));
        for (column, rival) in others.iter().enumerate() {
            let ratio = ratios(samples.of(&load.name, rival), base, number);
            text.push_str(&match ratio {
                Some(ratio) => {
                    means[column].push(ratio.median);
                    format!(" {:.2} ±{:.0} % |", ratio.median, ratio.percent())
                }
                None => format!(" {FAILED} |"),
            });
        }
        text.push('\n');
    }
    text.push_str("| geometric mean | |");
    for column in &means {
        let mean = geometric_mean(column).map_or(String::new(), |mean| format!("**{mean:.2}**"));
        text.push_str(&format!(" {mean} |"));
    }
    text.push('\n');
    text
}

/// The two lines that open a table of loads.
pub(super) fn header(first: &str, others: &[&str]) -> String {
    let mut text = format!("| load | {first} |");
    for other in others {
        text.push_str(&format!(" {other} |"));
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(others.len()));
    text.push('\n');
    text
}

/// Three digits that mean something.
pub(super) fn significant(number: f64) -> String {
    match number {
        n if n >= 100.0 => format!("{n:.0}"),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

/// One line for each of `ours` that ran beside `rival`: the load on which it does worst.
pub(super) fn worst_against(
    rival: &str,
    ours: &[&str],
    loads: &[Load],
    samples: &Samples,
) -> String {
    let mut text = String::new();
    for own in ours {
        let ratio = |load: &Load| {
            let (own, other) = (samples.of(&load.name, own), samples.of(&load.name, rival));
            Some((
                ratios(own, other, |sample| sample.operation_ns)?.median,
                load.name.clone(),
            ))
        };
        let worst = loads
            .iter()
            .filter_map(ratio)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((worst, load)) = worst {
            text.push_str(&format!(
                "\nWorst row of `{own}` against `{rival}`: {load}, {worst:.2} times its time.\n"
            ));
        }
    }
    text
}

//! The text of the benchmark: what a person wants first, then the long tables.

use super::binaries::{Contestant, Found};
use super::options::Options;
use super::rivals::Rivals;
use super::rows::Row;
use super::samples::{Figure, Samples};
use super::score::worst;
use super::table::{self, Columns};
use super::targets;

/// All of it.
pub(super) fn text(
    machine: &str,
    options: &Options,
    list: &Rivals,
    found: &Found,
    rows: &[Row],
    samples: &Samples,
) -> String {
    let names: Vec<&str> = found
        .present
        .iter()
        .map(|rival| rival.name.as_str())
        .collect();
    let columns = Columns {
        reference: &list.reference,
        again: &list.again,
        rivals: &names,
    };
    let judged: Vec<&str> = list.judged.iter().map(String::as_str).collect();
    let mut text = format!(
        "Command: `{}`\n\n{machine}\n{}",
        options.command(),
        how_to_read(&list.reference)
    );
    text.push_str("\n### In short\n\n");
    text.push_str(&targets::table(&list.targets, &judged, rows, samples));
    text.push('\n');
    text.push_str(&table::means(columns, rows, samples));
    text.push_str(&worst_rows(&judged, rows, samples));
    text.push_str("\n### Who took part\n\n");
    found
        .present
        .iter()
        .for_each(|rival| text.push_str(&line(rival)));
    for absent in &found.absent {
        text.push_str(&format!("- left out: {absent}\n"));
    }
    for (place, fault) in &samples.faults {
        text.push_str(&format!("- failed: {place}: {fault}\n"));
    }
    text.push_str("\n### Processor time\n\n");
    text.push_str(&table::figure(columns, rows, samples, Figure::Cpu));
    text.push_str("\n### Peak memory\n\n");
    text.push_str(&table::figure(columns, rows, samples, Figure::Memory));
    if rows.iter().any(|row| samples.counted(&row.name)) {
        text.push_str("\n### Instructions\n\n");
        text.push_str(&table::instructions(columns, rows, samples));
    }
    text
}

fn how_to_read(reference: &str) -> String {
    format!(
        "Numbers are ratios to `{reference}`; under 1 is faster or smaller. Processor time is user \
         and system time of all threads, for one operation of a load or one run of a program. Two \
         numbers `a / b` are minimum and median of the rounds; means are geometric, of minima. \
         `again` is the reference a second time: what it differs from 1, and its spread round by \
         round, is noise.\n"
    )
}

fn line(rival: &Contestant) -> String {
    match &rival.version {
        Some(version) => format!("- `{}`: {} ({version})\n", rival.name, rival.about),
        None => format!("- `{}`: {}\n", rival.name, rival.about),
    }
}

/// One line for each of ours that ran beside glibc: the row on which it does worst.
fn worst_rows(judged: &[&str], rows: &[Row], samples: &Samples) -> String {
    let mut text = String::new();
    for own in judged {
        for figure in [Figure::Cpu, Figure::Memory] {
            if let Some((ratio, row)) = worst(own, "glibc", rows, samples, figure) {
                text.push_str(&format!(
                    "\nWorst row of `{own}` against `glibc`, {}: {row}, {ratio:.2}.\n",
                    figure.words()
                ));
            }
        }
    }
    text
}

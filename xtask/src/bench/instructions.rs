//! Instructions for one operation, counted by callgrind: no noise, and no cache misses either.
//!
//! Each load runs twice, the second time with twice the operations. The difference leaves out
//! what starting and preparing cost.

use std::fs;
use std::process::{Command, Stdio};

use super::binaries::Contestant;
use super::rounds::{Load, parse_sample};
use super::spread::geometric_mean;
use super::table::{header, significant};

/// Callgrind is some fifty times slower than the processor.
const FEWER_OPERATIONS: u64 = 50;

/// Counts every load that neither waits nor starts threads; the table as text.
pub(super) fn count(
    rivals: &[Contestant],
    loads: &[Load],
    reference: &str,
) -> Result<String, String> {
    let version = Command::new("valgrind")
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    let Ok(version) = version else {
        return Ok("\nInstructions: not counted, valgrind is not installed.\n".into());
    };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let others: Vec<&Contestant> = rivals.iter().filter(|r| r.name != reference).collect();
    let Some(base) = rivals.iter().find(|rival| rival.name == reference) else {
        return Ok(format!(
            "\nInstructions: not counted, `{reference}` is missing.\n"
        ));
    };
    let names: Vec<&str> = others.iter().map(|rival| rival.name.as_str()).collect();
    let mut text = format!(
        "\n### Instructions\n\nInstructions for one operation of `{reference}` as callgrind \
         ({version}) counts them, and the others as ratios to it.\n\n{}",
        header(reference, &names)
    );
    let mut means: Vec<Vec<f64>> = vec![Vec::new(); others.len()];
    // A rival that failed once is not asked again: some do not run under valgrind at all.
    let mut failed = vec![false; others.len()];
    for load in loads.iter().filter(|load| load.countable) {
        eprintln!("counting instructions of {}", load.name);
        let own = per_operation(base, load);
        text.push_str(&format!(
            "| {} | {} |",
            load.name,
            own.map_or("failed".into(), significant)
        ));
        for (column, rival) in others.iter().enumerate() {
            let count = if failed[column] {
                None
            } else {
                per_operation(rival, load)
            };
            failed[column] |= count.is_none();
            let ratio = count.zip(own).map(|(other, own)| other / own);
            means[column].extend(ratio);
            text.push_str(&ratio.map_or(" failed |".into(), |ratio| format!(" {ratio:.2} |")));
        }
        text.push('\n');
    }
    text.push_str("| geometric mean | |");
    for column in &means {
        let mean = geometric_mean(column).map_or(String::new(), |mean| format!("**{mean:.2}**"));
        text.push_str(&format!(" {mean} |"));
    }
    text.push('\n');
    Ok(text)
}

fn per_operation(rival: &Contestant, load: &Load) -> Option<f64> {
    let operations = (load.operations / FEWER_OPERATIONS).max(1);
    let (once, instructions_once) = run(rival, &load.name, operations)?;
    let (twice, instructions_twice) = run(rival, &load.name, 2 * once)?;
    let more = twice.checked_sub(once).filter(|&more| more > 0)?;
    Some((instructions_twice.checked_sub(instructions_once)?) as f64 / more as f64)
}

/// Operations done and instructions executed, by all of the process.
fn run(rival: &Contestant, load: &str, operations: u64) -> Option<(u64, u64)> {
    let file = std::env::temp_dir().join(format!("tenure-callgrind-{}", std::process::id()));
    let out = format!("--callgrind-out-file={}", file.display());
    let mut command = rival.command(&["valgrind", "--tool=callgrind", &out]);
    let output = command.arg(load).arg(operations.to_string()).output().ok();
    let profile = fs::read_to_string(&file);
    // The file is ours; that it may be missing already is no fault.
    let _ = fs::remove_file(&file);
    let output = output.filter(|output| output.status.success())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    parse_sample(&printed)?;
    let done = printed.split_whitespace().next()?.parse().ok()?;
    Some((done, parse_total(&profile.ok()?)?))
}

/// The `totals:` of a callgrind profile.
pub(crate) fn parse_total(profile: &str) -> Option<u64> {
    profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))?
        .trim()
        .parse()
        .ok()
}

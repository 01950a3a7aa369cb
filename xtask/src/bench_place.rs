//! `cargo xtask bench place`: placement strategies and their rivals over one region of 8 MiB.
//!
//! Each run is a process of its own. A round runs everybody once, every second one backwards.

use crate::results_page;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench place [--rounds N] [--write]";

/// Who keeps the promises, and against whom.
const OURS: &str = "tlsf";
const RIVALS: [&str; 5] = [
    "talc",
    "rlsf",
    "buddy_system_allocator",
    "offset-allocator",
    "linked_list_allocator",
];
/// The part of the region that must be handed out before the first failure.
const FILL_MIN: f64 = 0.96;
/// Operations of a timed run. Strategies that search long lists get fewer.
const MIXED: u64 = 1_000_000;
const WIDE: u64 = 100_000;
const FEWER: u64 = 20;
const SEARCHERS: [&str; 5] = ["first", "next", "best", "worst", "address"];
/// Operations of a run under callgrind; a second run has twice as many.
const COUNTED: u64 = 50_000;

/// What was measured of one contestant.
struct Row {
    name: String,
    mixed_ns: Vec<f64>,
    wide_ns: Vec<f64>,
    instructions: Option<f64>,
    fill: f64,
    churned: f64,
}

/// Measures; false if a promise is not kept.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let (mut rounds, mut write, mut rest) = (5, false, args);
    while let [name, tail @ ..] = rest {
        rest = match (*name, tail) {
            ("--write", tail) => {
                write = true;
                tail
            }
            ("--rounds", [number, tail @ ..]) => {
                rounds = number.parse().map_err(|_| format!("{number}: no number"))?;
                tail
            }
            _ => return Err(format!("{name}: not known; {USAGE}")),
        };
    }
    if rounds == 0 {
        return Err(format!("--rounds 0: nothing to measure; {USAGE}"));
    }
    let binary = build(root)?;
    let machine = crate::bench::machine::describe(root);
    let rows = measure(&binary, rounds)?;
    let mut text = format!(
        "Command: `cargo xtask bench place --rounds {rounds} --write`\n\n{machine}\n{}",
        table(&rows)
    );
    let broken = judge(&rows)?;
    text.push_str(&format!(
        "\nPromised of `{OURS}`: no more time on `mixed` than the best rival, and {:.0} % filled \
         both ways. ",
        FILL_MIN * 100.0
    ));
    text.push_str(&match broken.as_slice() {
        [] => "All are kept.\n".to_owned(),
        broken => format!("Not kept: {}.\n", broken.join("; ")),
    });
    println!("{text}");
    if write {
        results_page::write(root, "place", &text)?;
    }
    Ok(broken.is_empty())
}

fn build(root: &Path) -> Result<PathBuf, String> {
    let target = root.join("target/bench-place");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--features=rivals",
        ])
        .arg("--manifest-path")
        .arg(root.join("bench/place/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status();
    match status {
        Ok(status) if status.success() => Ok(target.join("release/place")),
        Ok(status) => Err(format!("building bench/place failed: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

fn measure(binary: &Path, rounds: u32) -> Result<Vec<Row>, String> {
    let names = output(Command::new(binary).arg("list"))?;
    let mut rows = Vec::new();
    for name in names.split_whitespace() {
        rows.push(Row {
            name: name.to_owned(),
            mixed_ns: Vec::new(),
            wide_ns: Vec::new(),
            instructions: instructions(binary, name)?,
            fill: share(binary, name, "fill")?,
            churned: share(binary, name, "churned")?,
        });
    }
    for round in 0..rounds {
        for at in 0..rows.len() {
            let at = if round % 2 == 0 {
                at
            } else {
                rows.len() - 1 - at
            };
            let row = &mut rows[at];
            let fewer = if SEARCHERS.contains(&row.name.as_str()) {
                FEWER
            } else {
                1
            };
            row.mixed_ns
                .push(nanoseconds(binary, &row.name, "mixed", MIXED / fewer)?);
            row.wide_ns
                .push(nanoseconds(binary, &row.name, "wide", WIDE / fewer)?);
        }
    }
    for row in &mut rows {
        row.mixed_ns.sort_unstable_by(f64::total_cmp);
        row.wide_ns.sort_unstable_by(f64::total_cmp);
    }
    Ok(rows)
}

/// Nanoseconds for one operation.
fn nanoseconds(binary: &Path, name: &str, load: &str, operations: u64) -> Result<f64, String> {
    let told = output(Command::new(binary).args([name, load, &operations.to_string()]))?;
    let figures: Vec<f64> = told.split_whitespace().flat_map(str::parse).collect();
    match figures[..] {
        [operations, taken] if operations > 0.0 => Ok(taken / operations),
        _ => Err(format!("place {name} {load} told no time: {told}")),
    }
}

fn share(binary: &Path, name: &str, load: &str) -> Result<f64, String> {
    let told = output(Command::new(binary).args([name, load, "1"]))?;
    let share = told.trim().parse();
    share.map_err(|_| format!("place {name} {load} told no share: {told}"))
}

/// Instructions for one operation of `mixed`, what draws it included; none without valgrind.
fn instructions(binary: &Path, name: &str) -> Result<Option<f64>, String> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let once = total(binary, name, COUNTED)?;
    let twice = total(binary, name, 2 * COUNTED)?;
    Ok(Some((twice - once) / COUNTED as f64))
}

fn total(binary: &Path, name: &str, operations: u64) -> Result<f64, String> {
    let file = std::env::temp_dir().join(format!("tenure-place-{}", std::process::id()));
    let out = format!("--callgrind-out-file={}", file.display());
    let done = output(
        Command::new("valgrind")
            .args(["--tool=callgrind", &out])
            .arg(binary)
            .args([name, "mixed", &operations.to_string()]),
    );
    let profile = fs::read_to_string(&file).unwrap_or_default();
    // The file is ours; that it may be missing already is no fault.
    let _ = fs::remove_file(&file);
    done?;
    let total = crate::bench::instructions::parse_total(&profile);
    total
        .map(|total| total as f64)
        .ok_or_else(|| format!("callgrind told no total of {name}"))
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}: {told}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "Nanoseconds for one operation: the median, and the lowest and highest. Instructions of\n\
         `mixed` by callgrind, about 43 of which draw the operation. What was handed out before\n\
         the first failure, in percent of the region.\n\n\
         - `mixed`: a slot of 3000 at random; its block is freed, or it gets 4 to 2048 bytes\n\
         - `wide`: 16 bytes to 64 KiB, each doubling as frequent as the next, 70 % full\n\
         - `fill`: sizes of `mixed`, none freed; `churned`: one freed for each two\n\
         - {}: a {FEWER}th of the operations\n\n\
         | | mixed, ns | wide, ns | instructions | fill, % | churned, % |\n\
         |---|---|---|---|---|---|\n",
        SEARCHERS.map(|name| format!("`{name}`")).join(", "),
    );
    for row in rows {
        let counted = row
            .instructions
            .map_or("-".into(), |count| format!("{count:.0}"));
        text.push_str(&format!(
            "| {} | {} | {} | {counted} | {:.1} | {:.1} |\n",
            row.name,
            spread(&row.mixed_ns),
            spread(&row.wide_ns),
            row.fill * 100.0,
            row.churned * 100.0
        ));
    }
    text
}

/// The middle of sorted figures, and their ends.
fn spread(sorted: &[f64]) -> String {
    match (sorted.first(), sorted.last()) {
        (Some(low), Some(high)) => {
            format!("{:.1} ({low:.1} to {high:.1})", sorted[sorted.len() / 2])
        }
        _ => "-".into(),
    }
}

/// The promises that are not kept.
fn judge(rows: &[Row]) -> Result<Vec<String>, String> {
    let median = |row: &Row| row.mixed_ns[row.mixed_ns.len() / 2];
    let ours = rows.iter().find(|row| row.name == OURS);
    let ours = ours.ok_or_else(|| format!("place has no {OURS}"))?;
    let rivals = rows
        .iter()
        .filter(|row| RIVALS.contains(&row.name.as_str()));
    let best = rivals.min_by(|one, other| median(one).total_cmp(&median(other)));
    let best = best.ok_or("place has no rivals")?;
    let mut broken = Vec::new();
    if median(ours) > median(best) {
        broken.push(format!(
            "`mixed` takes {:.2} times as long as {}",
            median(ours) / median(best),
            best.name
        ));
    }
    for (load, share) in [("fill", ours.fill), ("churned", ours.churned)] {
        if share < FILL_MIN {
            broken.push(format!("`{load}` reaches {:.1} %", share * 100.0));
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests;

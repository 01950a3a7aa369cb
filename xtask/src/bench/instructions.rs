//! Instructions, counted by callgrind: no noise, and no cache misses either.
//!
//! Each load runs twice, the second time with twice the operations. The difference leaves out
//! what starting and preparing cost. A program is counted from beginning to end.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::binaries::Contestant;
use super::programs::Program;
use super::rows::{Row, Work};
use super::samples::{Samples, parse_sample};

/// Callgrind is some fifty times slower than the processor.
const FEWER_OPERATIONS: u64 = 20;

/// Counts every load that neither waits nor starts threads, and the programs that are marked.
/// False when valgrind is not installed.
pub(super) fn count(rivals: &[Contestant], rows: &[Row], samples: &mut Samples) -> bool {
    let version = Command::new("valgrind")
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    if version.is_err() {
        return false;
    }
    for row in rows.iter().filter(|row| row.countable) {
        eprintln!("counting instructions of {}", row.name);
        for rival in rivals {
            // One that failed may do so on one row alone: each is tried.
            let count = match &row.work {
                Work::Load(operations) => per_operation(rival, &row.name, *operations),
                Work::Program(program) => of_program(rival, program),
            };
            let runs = matches!(row.work, Work::Load(_)) || rival.programs;
            match count {
                Some(count) => samples.add_instructions(&row.name, &rival.name, count),
                None if runs => samples.add_uncounted(&row.name, &rival.name),
                None => {}
            }
        }
    }
    true
}

fn of_program(rival: &Contestant, program: &Program) -> Option<f64> {
    if !rival.programs {
        return None;
    }
    let profile = profile_file();
    let out = format!("--callgrind-out-file={}", profile.display());
    let before = ["valgrind", "--tool=callgrind", &out];
    let mut command = program.counted_command(&before, rival);
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let total = total_of(&profile);
    status.ok().filter(|status| status.success())?;
    total.map(|total| total as f64)
}

fn per_operation(rival: &Contestant, load: &str, operations: u64) -> Option<f64> {
    let operations = (operations / FEWER_OPERATIONS).max(1);
    let (once, instructions_once) = run(rival, load, operations)?;
    let (twice, instructions_twice) = run(rival, load, 2 * once)?;
    let more = twice.checked_sub(once).filter(|&more| more > 0)?;
    Some((instructions_twice.checked_sub(instructions_once)?) as f64 / more as f64)
}

/// Operations done and instructions executed, by all of the process.
fn run(rival: &Contestant, load: &str, operations: u64) -> Option<(u64, u64)> {
    let profile = profile_file();
    let out = format!("--callgrind-out-file={}", profile.display());
    let mut command = rival.load_command(&["valgrind", "--tool=callgrind", &out])?;
    let output = command.arg(load).arg(operations.to_string()).output().ok();
    let total = total_of(&profile);
    let output = output.filter(|output| output.status.success())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    parse_sample(&printed)?;
    let done = printed.split_whitespace().next()?.parse().ok()?;
    Some((done, total?))
}

fn profile_file() -> PathBuf {
    std::env::temp_dir().join(format!("tenure-callgrind-{}", std::process::id()))
}

/// The total of a profile, whose file is then removed.
fn total_of(profile: &PathBuf) -> Option<u64> {
    let text = fs::read_to_string(profile);
    // The file is ours; that it may be missing already is no fault.
    let _ = fs::remove_file(profile);
    parse_total(&text.ok()?)
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

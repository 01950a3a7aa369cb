//! `cargo xtask bench gclog`: how fast a unified log of 1 GB is read, and in how much memory; and
//! how long one of 4 MB takes.
//!
//! The log is the smaller one of the tests, repeated with its clock going on, and is removed
//! afterwards. The command is measured as users run it: reading, parsing, figures and JSON.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench gclog [--runs N] [--log FILE]";

/// Bytes of the log that is made.
const LOG_BYTES: u64 = 1_000_000_000;
/// Bytes of the small log, and how often it is read: once takes less than the clock can tell.
const SMALL_BYTES: u64 = 4_000_000;
const SMALL_RUNS: u32 = 20;
/// Processor time in seconds that GCViewer 1.36 took for a log of that size.
const GCVIEWER_S: f64 = 1.4;
/// How many times less is promised.
const GCVIEWER_RATIO_MIN: f64 = 50.0;
/// Megabytes a second of processor time that are promised.
const RATE_MIN: f64 = 400.0;
/// Resident memory that is promised, in KiB.
const RESIDENT_MAX_KIB: u64 = 64 << 10;
/// The log that is repeated.
const SEED: &str = "crates/tenure-formats/tests/data/java/jdk17-g1.log";

/// Measures; false if a promise is not kept by the median run.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let mut runs = 5;
    let mut seed = root.join(SEED);
    let mut rest = args;
    while let [name, value, tail @ ..] = rest {
        match *name {
            "--runs" => {
                runs = value
                    .parse()
                    .map_err(|_| format!("--runs {value}: no number"))?
            }
            "--log" => seed = value.into(),
            other => return Err(format!("{other}: not known; {USAGE}")),
        }
        rest = tail;
    }
    build(root)?;
    let log = root.join("target/bench-gclog.log");
    let failed = |error| format!("{}: {error}", seed.display());
    let bytes = repeat(&seed, &log, LOG_BYTES).map_err(failed)?;
    let measured: Result<Vec<_>, _> = (0..runs).map(|_| measure(root, &log)).collect();
    let small_bytes = repeat(&seed, &log, SMALL_BYTES).map_err(failed)?;
    let small: Result<Vec<_>, _> = (0..SMALL_RUNS).map(|_| measure(root, &log)).collect();
    let _ = std::fs::remove_file(&log);
    let name = seed.file_name().unwrap_or_default().to_string_lossy();
    println!("{bytes} bytes, repeated from {name}, {runs} runs:");
    let large_kept = show(bytes, measured?)?;
    let small_s = small?.iter().map(|(seconds, _)| seconds).sum::<f64>() / f64::from(SMALL_RUNS);
    let ratio = GCVIEWER_S / small_s.max(1e-4);
    println!(
        "{small_bytes} bytes: {:.1} ms of processor time, mean of {SMALL_RUNS} runs; GCViewer's \
         {GCVIEWER_S} s are {ratio:.0} times that, {GCVIEWER_RATIO_MIN} are promised",
        small_s * 1e3
    );
    Ok(large_kept && ratio >= GCVIEWER_RATIO_MIN)
}

/// Prints the runs over a log of `bytes`; true if the median keeps the promises.
fn show(bytes: u64, mut runs: Vec<(f64, u64)>) -> Result<bool, String> {
    runs.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let rate = |run: &(f64, u64)| bytes as f64 / 1e6 / run.0;
    let (Some(best), Some(worst)) = (runs.first(), runs.last()) else {
        return Err(format!("--runs 0: nothing to measure; {USAGE}"));
    };
    let median = rate(&runs[runs.len() / 2]);
    let resident_kib = runs.iter().map(|run| run.1).max().unwrap_or(0);
    println!("| median MB/s of processor time | slowest to fastest | resident KiB |");
    println!("|---|---|---|");
    println!(
        "| {median:.0} | {:.0} to {:.0} | {resident_kib} |",
        rate(worst),
        rate(best)
    );
    println!("promised: {RATE_MIN} MB/s in {RESIDENT_MAX_KIB} KiB");
    Ok(median >= RATE_MIN && resident_kib <= RESIDENT_MAX_KIB)
}

fn build(root: &Path) -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "tenure-cli"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("building tenure-cli failed: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// Writes `seed` again and again, its clock in seconds going on, until there are `least` bytes.
/// Gives the bytes written.
fn repeat(seed: &Path, log: &Path, least: u64) -> std::io::Result<u64> {
    let text = std::fs::read_to_string(seed)?;
    let stamps = text
        .lines()
        .filter_map(|line| split(line).map(|(stamp, _)| stamp));
    let span = stamps.fold(0.0, f64::max) + 1.0;
    let mut out = BufWriter::new(File::create(log)?);
    let mut bytes = 0;
    let mut begin = 0.0;
    while bytes < least {
        for line in text.lines() {
            let line = match split(line) {
                Some((stamp, tail)) => format!("[{:.3}s]{tail}\n", begin + stamp),
                None => format!("{line}\n"),
            };
            bytes += line.len() as u64;
            out.write_all(line.as_bytes())?;
        }
        begin += span;
    }
    out.flush()?;
    Ok(bytes)
}

/// The uptime at the beginning of a line, in seconds, and what follows it.
fn split(line: &str) -> Option<(f64, &str)> {
    let (stamp, tail) = line.strip_prefix('[')?.split_once("s]")?;
    Some((stamp.parse().ok()?, tail))
}

/// Processor time in seconds and the resident peak in KiB of one run.
fn measure(root: &Path, log: &Path) -> Result<(f64, u64), String> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %M"])
        .arg(root.join("target/release/tenure"))
        .args(["gclog", "--json"])
        .arg(log)
        .output()
        .map_err(|error| format!("/usr/bin/time: {error}; install it (package `time`)"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let last = told.lines().last().unwrap_or_default();
    let mut figures = last.split_whitespace().map(str::parse::<f64>);
    match (
        figures.next(),
        figures.next(),
        figures.next(),
        output.status.success(),
    ) {
        (Some(Ok(user)), Some(Ok(system)), Some(Ok(kib)), true) => Ok((user + system, kib as u64)),
        _ => Err(format!("tenure gclog failed: {told}")),
    }
}

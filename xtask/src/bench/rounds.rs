//! The interleaved run itself.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::binaries::Contestant;
use super::options::Options;
use super::programs::Launcher;
use super::rows::{Row, Work};
use super::samples::{Sample, Samples, parse_sample};

/// After this long a run is taken to hang.
const RUN_SECONDS_MAX: u64 = 120;

/// Runs every rival on every row, round by round, every second round backwards.
pub(super) fn run(
    rivals: &[Contestant],
    rows: &[Row],
    launcher: &Launcher,
    options: &Options,
) -> Result<Samples, String> {
    let mut samples = Samples::default();
    let begun = Instant::now();
    for (at, row) in rows.iter().enumerate() {
        let seconds = begun.elapsed().as_secs();
        eprintln!(
            "{seconds} s: {} of {}, {}: {}",
            at + 1,
            rows.len(),
            row.name,
            row.about
        );
        for round in 0..options.rounds {
            let mut order: Vec<&Contestant> = rivals.iter().collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for rival in order {
                match &row.work {
                    Work::Load(operations) => {
                        let less = if options.quick { 10 } else { 1 };
                        let outcome = run_load(rival, &row.name, (operations / less).max(1));
                        samples.add(&row.name, &rival.name, outcome);
                    }
                    Work::Program(program) if rival.programs => {
                        let outcome = launcher.run(program, rival, options.quick);
                        samples.add(&row.name, &rival.name, outcome);
                    }
                    Work::Program(_) => {}
                }
            }
        }
    }
    if !samples.any() {
        return Err(format!("no run succeeded: {:?}", samples.faults));
    }
    Ok(samples)
}

fn run_load(rival: &Contestant, load: &str, operations: u64) -> Result<Sample, String> {
    let command = rival.load_command(&[]);
    let mut command = command.ok_or_else(|| "it has no binary".to_owned())?;
    command.arg(load).arg(operations.to_string());
    let output = output_in_time(&mut command)?;
    parse_sample(&output).ok_or_else(|| format!("it printed `{}`", output.trim()))
}

/// Runs to the end, or kills the child when its time is over; what it printed, or how it failed.
///
/// What it prints must fit a pipe: it is read at the end.
pub(super) fn output_in_time(command: &mut Command) -> Result<String, String> {
    let fault = |error| format!("it cannot be run: {error}");
    let mut child: Child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fault)?;
    let begun = Instant::now();
    while child.try_wait().map_err(fault)?.is_none() {
        if begun.elapsed() > Duration::from_secs(RUN_SECONDS_MAX) {
            child.kill().map_err(fault)?;
            child.wait().map_err(fault)?;
            return Err(format!("it still ran after {RUN_SECONDS_MAX} s"));
        }
        thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().map_err(fault)?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

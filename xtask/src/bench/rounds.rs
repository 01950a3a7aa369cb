//! The interleaved run itself.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::binaries::Contestant;
use super::options::Options;

/// After this long a run is taken to hang.
const RUN_SECONDS_MAX: u64 = 120;

/// A load as the binaries list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) name: String,
    /// The set whose mean it counts in.
    pub(super) set: String,
    pub(super) operations: u64,
    /// Whether its instructions can be counted.
    pub(super) countable: bool,
    pub(super) about: String,
}

/// One run of one load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) operation_ns: f64,
    pub(super) peak_resident_bytes: f64,
}

/// All runs.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// By load and rival; one entry for each round, empty where the run failed.
    runs: BTreeMap<(String, String), Vec<Option<Sample>>>,
    /// The first fault of each load and rival.
    pub(super) faults: BTreeMap<String, String>,
}

impl Samples {
    /// The runs of `rival` on `load`, round by round.
    pub(super) fn of(&self, load: &str, rival: &str) -> &[Option<Sample>] {
        let runs = self.runs.get(&(load.to_owned(), rival.to_owned()));
        runs.map_or(&[], Vec::as_slice)
    }

    /// Adds the outcome of one run.
    pub(super) fn add(&mut self, load: &str, rival: &str, outcome: Result<Sample, String>) {
        let runs = self
            .runs
            .entry((load.to_owned(), rival.to_owned()))
            .or_default();
        match outcome {
            Ok(sample) => runs.push(Some(sample)),
            Err(fault) => {
                runs.push(None);
                self.faults
                    .entry(format!("{rival} on {load}"))
                    .or_insert(fault);
            }
        }
    }
}

/// Asks a binary for its loads.
pub(super) fn list(contestant: &Contestant) -> Result<Vec<Load>, String> {
    let output = contestant.command(&[]).arg("list").output();
    let output = output.map_err(|error| format!("{} cannot be run: {error}", contestant.name))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let loads: Option<Vec<Load>> = text.lines().map(parse_load).collect();
    loads.ok_or_else(|| format!("{} lists no loads: {text}", contestant.name))
}

/// Parses `name set operations countable about…`.
fn parse_load(line: &str) -> Option<Load> {
    let mut parts = line.splitn(5, ' ');
    Some(Load {
        name: parts.next()?.to_owned(),
        set: parts.next()?.to_owned(),
        operations: parts.next()?.parse().ok()?,
        countable: parts.next()? == "countable",
        about: parts.next()?.to_owned(),
    })
}

/// Runs every rival on every load, round by round, every second round backwards.
pub(super) fn run(
    rivals: &[Contestant],
    loads: &[Load],
    options: &Options,
) -> Result<Samples, String> {
    let mut samples = Samples::default();
    for load in loads {
        eprintln!("{} ({} rounds): {}", load.name, options.rounds, load.about);
        let operations = if options.quick {
            load.operations / 10
        } else {
            load.operations
        };
        for round in 0..options.rounds {
            let mut order: Vec<&Contestant> = rivals.iter().collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for rival in order {
                let outcome = run_once(rival, &load.name, operations.max(1));
                samples.add(&load.name, &rival.name, outcome);
            }
        }
    }
    match samples.runs.values().flatten().flatten().next() {
        Some(_) => Ok(samples),
        None => Err(format!("no run succeeded: {:?}", samples.faults)),
    }
}

fn run_once(rival: &Contestant, load: &str, operations: u64) -> Result<Sample, String> {
    let mut command = rival.command(&[]);
    command.arg(load).arg(operations.to_string());
    let (done, output) = output_in_time(&mut command)?;
    if !done {
        return Err(format!("it still ran after {RUN_SECONDS_MAX} s"));
    }
    parse_sample(&output).ok_or_else(|| format!("it printed `{}`", output.trim()))
}

/// Parses `operations cpu_nanoseconds peak_resident_bytes`.
pub(super) fn parse_sample(output: &str) -> Option<Sample> {
    let numbers: Vec<f64> = output
        .split_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let [operations, nanoseconds, peak_resident_bytes] = numbers[..] else {
        return None;
    };
    Some(Sample {
        operation_ns: nanoseconds / operations,
        peak_resident_bytes,
    })
}

/// Runs to the end, or kills the child when its time is over; what it printed, or how it failed.
fn output_in_time(command: &mut Command) -> Result<(bool, String), String> {
    let fault = |error| format!("it cannot be run: {error}");
    let mut child: Child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fault)?;
    let begun = Instant::now();
    while child.try_wait().map_err(fault)?.is_none() {
        if begun.elapsed() > Duration::from_secs(RUN_SECONDS_MAX) {
            child.kill().map_err(fault)?;
            child.wait().map_err(fault)?;
            return Ok((false, String::new()));
        }
        thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().map_err(fault)?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    Ok((true, String::from_utf8_lossy(&output.stdout).into_owned()))
}

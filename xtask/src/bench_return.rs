//! `cargo xtask bench return`: what a malloc gives back, wastes and detects, beside its rivals.
//!
//! Small C programs (`bench/return`) stop where there is something to measure; memory is read from
//! outside while they sleep. Each run is a process of its own; a round runs every rival once.

mod child;
mod loads;
mod options;
mod page;
mod rivals;

use crate::results_page;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, thread};

use crate::bench_record::checked;
use loads::{LOADS, Load};
use options::Options;
use rivals::Rival;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = options::USAGE;

/// What one run of a load gave: a number for each of its figures, or what went wrong.
type Run = Result<Vec<f64>, String>;

/// The runs of one load: for each rival, round by round.
struct Runs {
    load: &'static Load,
    by_rival: Vec<Vec<Run>>,
}

/// Measures and prints; false when nothing could be run.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let options = Options::parse(args)?;
    let (rivals, absent) = rivals::find(root, &options)?;
    let programs = compile(root)?;
    let loads = LOADS
        .iter()
        .filter(|load| options.only.is_empty() || options.only.iter().any(|n| n == load.name));
    let runs: Vec<Runs> = loads
        .map(|load| measure(load, &rivals, &programs, options.rounds))
        .collect();
    let mut text = page::text(&options, &rivals, &runs);
    for line in absent {
        text.push_str(&format!("\nLeft out: {line}.\n"));
    }
    println!("{text}");
    if options.write {
        results_page::write(root, "return", &text)?;
    }
    Ok(runs
        .iter()
        .any(|runs| runs.by_rival.iter().flatten().any(Result::is_ok)))
}

/// Compiles every program; gives their folder.
fn compile(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/bench-return");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for program in loads::PROGRAMS {
        let mut compile = Command::new("cc");
        compile.args(["-O2", "-fno-builtin", "-pthread", "-o"]);
        compile.arg(folder.join(program));
        checked(compile.arg(root.join(format!("bench/return/{program}.c"))))?;
    }
    Ok(folder)
}

/// Runs a load for all rivals, round by round, every second round backwards.
fn measure(load: &'static Load, rivals: &[Rival], programs: &Path, rounds: usize) -> Runs {
    eprintln!("{} ({rounds} rounds): {}", load.name, load.about);
    let mut by_rival: Vec<Vec<Run>> = rivals.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        if load.sleeps {
            // They sleep nearly all the time, and memory is all that is measured.
            thread::scope(|scope| {
                for (rival, runs) in rivals.iter().zip(&mut by_rival) {
                    scope.spawn(move || runs.push((load.run)(rival, programs)));
                }
            });
            continue;
        }
        let mut order: Vec<usize> = (0..rivals.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            by_rival[at].push((load.run)(&rivals[at], programs));
        }
    }
    Runs { load, by_rival }
}

#[cfg(test)]
mod tests;

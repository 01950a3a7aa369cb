//! `cargo xtask bench gc`: collected and counted heaps beside their rivals.
//!
//! The program of `bench/gc` lists its loads and does one a process; foreign runtimes are run by
//! it, so that all are measured alike. A round does every load of every contender once.

mod figures;
mod foreign;
mod notes;
mod page;
mod promises;

use crate::results_page;
use figures::{Figures, Run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench gc [--only LOAD] [--rounds N] [--quick] [--write]";

/// The mark of the part of the page of results.
const PART: &str = "gc";

/// One load of one contender.
struct Contender {
    load: String,
    who: String,
    /// How much of it; the same for all contenders of a load.
    size: u64,
    /// The program that does it, when it is not that of `bench/gc`.
    program: Option<Vec<String>>,
    runs: Vec<Run>,
}

struct Options<'a> {
    rounds: u32,
    only: Option<&'a str>,
    is_quick: bool,
    write: bool,
}

/// Measures; false if a promise is not kept.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let options = parse(args)?;
    let program = build(root)?;
    let mut contenders = list(&program, &options)?;
    let (foreign, absent) = foreign::of(root, &contenders);
    contenders.extend(foreign);
    contenders.sort_by(|left, right| left.load.cmp(&right.load));
    if contenders.is_empty() {
        return Err(format!("{}: no such load", options.only.unwrap_or("")));
    }
    let begin = Instant::now();
    for round in 1..=options.rounds {
        for contender in &mut contenders {
            let (load, who) = (&contender.load, &contender.who);
            let seconds = begin.elapsed().as_secs();
            eprintln!(
                "{seconds} s: round {round} of {}: {load}, {who}",
                options.rounds
            );
            contender.runs.push(once(&program, contender));
        }
    }
    let figures = Figures::of(&contenders);
    let (mut text, kept) = page::text(&options, &figures);
    for line in absent {
        text.push_str(&format!("\nLeft out: {line}.\n"));
    }
    println!("{text}");
    if options.write && !options.is_quick && options.only.is_none() {
        results_page::write(root, PART, &text)?;
    }
    Ok(kept || options.is_quick)
}

fn parse<'a>(args: &[&'a str]) -> Result<Options<'a>, String> {
    let mut options = Options {
        rounds: 5,
        only: None,
        is_quick: false,
        write: false,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} wants a value; {USAGE}"));
        match *arg {
            "--write" => options.write = true,
            "--quick" => options.is_quick = true,
            "--only" => options.only = Some(value()?),
            "--rounds" => {
                let number = value()?;
                let rounds = number.parse().ok().filter(|rounds| *rounds > 0);
                options.rounds =
                    rounds.ok_or(format!("--rounds {number}: not a number above 0"))?;
            }
            _ => return Err(format!("{arg}: not known; {USAGE}")),
        }
    }
    Ok(options)
}

fn build(root: &Path) -> Result<PathBuf, String> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--manifest-path",
            "bench/gc/Cargo.toml",
        ])
        .args(["--target-dir", "target/bench"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(root.join("target/bench/release/tenure-bench-gc")),
        Ok(status) => Err(format!("building bench/gc failed: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The loads that the program of `bench/gc` knows: `LOAD WHO SIZE QUICK-SIZE`.
fn list(program: &Path, options: &Options<'_>) -> Result<Vec<Contender>, String> {
    let output = Command::new(program)
        .output()
        .map_err(|error| format!("bench/gc: {error}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let mut contenders = Vec::new();
    for line in told.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [load, who, size, quick] = words[..] else {
            return Err(format!("bench/gc listed `{line}`, which is no load"));
        };
        let size = if options.is_quick { quick } else { size };
        if options.only.is_none_or(|only| only == load) {
            contenders.push(Contender {
                load: load.to_owned(),
                who: who.to_owned(),
                size: size.parse().map_err(|_| format!("{size}: no size"))?,
                program: None,
                runs: Vec::new(),
            });
        }
    }
    Ok(contenders)
}

/// One run: what it printed, or what went wrong.
fn once(program: &Path, contender: &Contender) -> Run {
    let mut command = Command::new(program);
    match &contender.program {
        None => command.args([&contender.load, &contender.who, &contender.size.to_string()]),
        Some(foreign) => command.arg("run").args(foreign),
    };
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let last = told.lines().last().unwrap_or_default();
        return Err(format!("{}: {last}", output.status));
    }
    figures::read(&String::from_utf8_lossy(&output.stdout))
}

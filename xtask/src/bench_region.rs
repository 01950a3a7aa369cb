//! `cargo xtask bench region`: arenas and pools beside their rivals, and the guide's claims.
//!
//! Each load is a process of its own, the program of `bench/region`. Times are the best of the
//! rounds, all rivals in each; instructions are those of one function, counted by callgrind.

use crate::results_page;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench region [--only arena] [--rounds N] [--quick] [--write]";

/// The mark of the part of the page of results.
const PART: &str = "region";

/// Functions whose instructions are counted, with what is promised: instructions, branches.
const PROBES: [(&str, &str, f64, f64); 6] = [
    ("u32", "u32", 12.0, 1.0),
    ("grow", "grow", 25.0, 2.0),
    ("object", "object", f64::INFINITY, f64::INFINITY),
    ("keyed-pair", "keyed", f64::INFINITY, f64::INFINITY),
    ("local", "local", f64::INFINITY, f64::INFINITY),
    ("static", "static", f64::INFINITY, f64::INFINITY),
];
/// Times that are promised, in nanoseconds.
const TIMES: [(&str, f64); 3] = [("tail-scope", 2.5), ("side-scope", 5.0), ("object", 6.0)];
/// A load that is promised to take no longer than another so many times.
const TIMES_OF_OTHERS: [(&str, &str, f64); 1] = [("object-2", "object", 1.3)];
/// What the guide says how many times as fast as malloc something is, and the load that tries it.
const CLAIMS: [(&str, &str, f64, f64); 15] = [
    ("a pool", "guide-pool-pair", 10.0, 50.0),
    ("a pool", "guide-pool-few", 10.0, 50.0),
    ("a pool", "guide-pool-few-all", 10.0, 50.0),
    ("a pool", "guide-pool-many", 10.0, 50.0),
    ("a pool", "guide-pool-many-all", 10.0, 50.0),
    ("a pool", "guide-pool-first", 10.0, 50.0),
    ("a pool", "guide-static-many", 10.0, 50.0),
    ("a pool", "guide-slots-many", 10.0, 50.0),
    ("an arena", "guide-arena-pair", 5.0, 20.0),
    ("an arena", "guide-arena-tail", 5.0, 20.0),
    ("an arena", "guide-arena-untouched", 5.0, 20.0),
    ("an arena", "guide-arena-written", 5.0, 20.0),
    ("an arena", "guide-arena-untouched-new", 5.0, 20.0),
    ("an arena", "guide-arena-written-new", 5.0, 20.0),
    ("an arena", "guide-arena-first", 5.0, 20.0),
];

/// A load of a rival, as the program lists it.
struct Load {
    name: String,
    rival: String,
    operations: u64,
}

/// Measures; false if a promise is not kept.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let (mut rounds, mut quick, mut write, mut rest) = (5u32, false, false, args);
    while let [name, tail @ ..] = rest {
        rest = match (*name, tail) {
            ("--write", tail) => {
                write = true;
                tail
            }
            ("--quick", tail) => {
                quick = true;
                tail
            }
            ("--only", ["arena", tail @ ..]) => tail,
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
    build(root)?;
    let loads = list(root)?;
    let divisor = if quick { 100 } else { 1 };
    let mut broken = Vec::new();
    let mut text = format!("Command: `cargo xtask bench region --rounds {rounds} --write`\n\n");
    text.push_str(&times(root, &loads, rounds, divisor, &mut broken)?);
    text.push_str(&instructions(root, &loads, &mut broken));
    text.push_str(&match broken.as_slice() {
        [] => "\nAll promises are kept.\n".to_owned(),
        broken => format!("\nNot kept: {}.\n", broken.join("; ")),
    });
    println!("{text}");
    if write && !quick {
        results_page::write(root, PART, &text)?;
    }
    Ok(quick || broken.is_empty())
}

fn program(root: &Path) -> std::path::PathBuf {
    root.join("target/bench/release/tenure-bench-region")
}

fn build(root: &Path) -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--manifest-path",
            "bench/region/Cargo.toml",
        ])
        .args(["--target-dir", "target/bench"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("building bench/region failed: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

fn list(root: &Path) -> Result<Vec<Load>, String> {
    let output = Command::new(program(root))
        .output()
        .map_err(|error| format!("bench/region: {error}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let loads = told.lines().map(|line| {
        let mut words = line.split(' ');
        Some(Load {
            name: words.next()?.to_owned(),
            rival: words.next()?.to_owned(),
            operations: words.next()?.parse().ok()?,
        })
    });
    loads
        .collect::<Option<Vec<Load>>>()
        .ok_or_else(|| format!("bench/region listed no loads: {told}"))
}

/// The table of nanoseconds, the best and the median of the rounds.
fn times(
    root: &Path,
    loads: &[Load],
    rounds: u32,
    divisor: u64,
    broken: &mut Vec<String>,
) -> Result<String, String> {
    let mut samples: Vec<Vec<f64>> = loads.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (load, samples) in loads.iter().zip(&mut samples) {
            samples.push(once(root, load, load.operations / divisor)?);
        }
    }
    let mut text = format!(
        "Nanoseconds for one operation: the best of {rounds} rounds, and the median.\n\n\
         | load | who | best | median |\n|---|---|---|---|\n"
    );
    for (load, samples) in loads.iter().zip(&mut samples) {
        samples.sort_by(f64::total_cmp);
        let (best, median) = (samples[0], samples[samples.len() / 2]);
        let (name, rival) = (&load.name, &load.rival);
        text.push_str(&format!("| {name} | {rival} | {best:.2} | {median:.2} |\n"));
        let promise = TIMES.iter().find(|(promised, _)| name == promised);
        if let Some((_, most)) = promise.filter(|(_, most)| rival == "tenure" && best > *most) {
            broken.push(format!("{name} takes {best:.2} ns, promised {most}"));
        }
    }
    // The samples are sorted: the first is the best.
    let best = |name: &str, rival: &str| {
        let at = (loads.iter()).position(|load| load.name == name && load.rival == rival)?;
        samples[at].first().copied()
    };
    for (name, other, most) in TIMES_OF_OTHERS {
        let both = best(name, "tenure").zip(best(other, "tenure"));
        if let Some((one, other_ns)) = both.filter(|(one, other)| *one > other * most) {
            broken.push(format!(
                "{name} takes {one:.2} ns, promised {most} times {other}'s {other_ns:.2}"
            ));
        }
    }
    text.push_str(&claims(best));
    Ok(text)
}

/// The table of the guide's claims, each beside what was measured.
fn claims(best: impl Fn(&str, &str) -> Option<f64>) -> String {
    let mut text = String::from(
        "\nWhat the guide says, in each shape (the best of malloc by the best of ours):\n\n\
         | claim | load | measured | verdict |\n|---|---|---|---|\n",
    );
    for (what, load, least, most) in CLAIMS {
        let Some((ours, malloc)) = best(load, "tenure").zip(best(load, "malloc")) else {
            continue;
        };
        let ratio = malloc / ours;
        let verdict = match ratio {
            ratio if ratio < least => "does not hold",
            ratio if ratio > most => "holds, and more",
            _ => "holds",
        };
        text.push_str(&format!(
            "| {what} is {least} to {most} times as fast | {load} | {ratio:.1} | {verdict} |\n"
        ));
    }
    text
}

fn once(root: &Path, load: &Load, operations: u64) -> Result<f64, String> {
    let output = Command::new(program(root))
        .args([&load.name, &load.rival, &operations.to_string()])
        .output()
        .map_err(|error| format!("bench/region: {error}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    (told.trim().parse()).map_err(|_| format!("{} {}: {told}", load.name, load.rival))
}

/// The table of instructions and branches of one call of a function.
fn instructions(root: &Path, loads: &[Load], broken: &mut Vec<String>) -> String {
    let mut text = String::from(
        "\nOne call, as callgrind counts it (instructions · conditional branches):\n\n\
         | call | who | instructions | branches |\n|---|---|---|---|\n",
    );
    for (load_name, probe, most, most_branches) in PROBES {
        for load in loads.iter().filter(|load| load.name == load_name) {
            let rival = load.rival.replace('-', "_");
            let function = format!("*probe_{probe}_{rival}*");
            let Some((instructions, branches)) = count(root, load, &function) else {
                text.push_str(&format!("| {probe} | {} | not counted | |\n", load.rival));
                if load.rival == "tenure" {
                    broken.push(format!("{probe} could not be counted"));
                }
                continue;
            };
            text.push_str(&format!(
                "| {probe} | {} | {instructions:.1} | {branches:.1} |\n",
                load.rival
            ));
            if load.rival == "tenure" && instructions > most + 0.5 {
                broken.push(format!(
                    "{probe}: {instructions:.1} instructions, promised {most}"
                ));
            }
            if load.rival == "tenure" && branches > most_branches + 0.5 {
                broken.push(format!(
                    "{probe}: {branches:.1} branches, promised {most_branches}"
                ));
            }
        }
    }
    text
}

/// Operations that callgrind looks at.
const COUNTED: u64 = 100_000;

/// Instructions and conditional branches of one call.
fn count(root: &Path, load: &Load, function: &str) -> Option<(f64, f64)> {
    let file = std::env::temp_dir().join(format!("tenure-region-{}", std::process::id()));
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--branch-sim=yes",
            "--collect-atstart=no",
        ])
        .arg(format!("--toggle-collect={function}"))
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program(root))
        .args([&load.name, &load.rival, &COUNTED.to_string()])
        .output();
    let profile = fs::read_to_string(&file);
    // The file is ours; that it may be missing already is no fault.
    let _ = fs::remove_file(&file);
    let profile = profile
        .ok()
        .filter(|_| output.is_ok_and(|o| o.status.success()))?;
    let column = |line: &str, wanted: &str| {
        let names = profile
            .lines()
            .find_map(|line| line.strip_prefix("events: "))?;
        let index = names.split_whitespace().position(|name| name == wanted)?;
        line.split_whitespace().nth(index)?.parse::<f64>().ok()
    };
    let totals = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))?;
    // Events that did not occur are left out at the end of the line.
    let (instructions, branches) = (column(totals, "Ir")?, column(totals, "Bc").unwrap_or(0.0));
    Some((instructions / COUNTED as f64, branches / COUNTED as f64)).filter(|(i, _)| *i > 1.0)
}

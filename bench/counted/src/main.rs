//! Counted heaps beside their rivals: `counted` lists the loads, `counted LOAD RIVAL SIZE` runs
//! one.
//!
//! Prints one row of names and numbers: user and system time of the process, and its peak in RAM.
//! The loop of `clone` stands in a function of its own for each rival, so that callgrind can tell
//! its instructions apart.

mod rings;
mod sharing;
mod trees;
mod usage;

use std::process::ExitCode;

/// One load with one rival.
struct Load {
    name: &'static str,
    rival: &'static str,
    /// The size that is compared: depth, objects or pairs.
    size: u64,
    /// Runs it; returns what it counted, so that the work is not optimised away.
    run: fn(u64) -> u64,
}

/// Each load with each rival that can run it.
const ALL: &[Load] = &[
    load("trees", "cc-trial", 18, trees::ours::trial),
    load("trees", "cc-subtraction", 18, trees::ours::subtraction),
    load("trees", "rc", 18, trees::rc::run),
    load("trees", "box", 18, trees::boxed::run),
    load("trees", "dumpster", 18, trees::dumpster::run),
    load("trees", "rust-cc", 18, trees::rust_cc::run),
    load("ring", "cc-trial", 1_000_000, rings::trial),
    load("ring", "cc-subtraction", 1_000_000, rings::subtraction),
    load("ring", "dumpster", 1_000_000, rings::dumpster),
    load("ring", "rust-cc", 1_000_000, rings::rust_cc),
    load("clone", "cc-trial", 100_000_000, sharing::trial),
    load("clone", "rc", 100_000_000, sharing::rc),
    load("clone", "dumpster", 100_000_000, sharing::dumpster),
    load("clone", "rust-cc", 100_000_000, sharing::rust_cc),
];

/// One row of [`ALL`].
const fn load(name: &'static str, rival: &'static str, size: u64, run: fn(u64) -> u64) -> Load {
    Load {
        name,
        rival,
        size,
        run,
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            for load in ALL {
                println!("{} {} {}", load.name, load.rival, load.size);
            }
        }
        [name, rival, size] => {
            let found = ALL
                .iter()
                .find(|load| load.name == *name && load.rival == *rival);
            let (Some(load), Ok(size)) = (found, size.parse()) else {
                eprintln!("{name} {rival} {size}: no such load");
                return ExitCode::from(2);
            };
            let counted = (load.run)(size);
            let used = usage::so_far();
            println!(
                "{name} {rival} {size} counted {counted} user_ms {} system_ms {} peak_kib {}",
                used.user_ms, used.system_ms, used.peak_kib
            );
        }
        _ => {
            eprintln!("usage: counted [LOAD RIVAL SIZE]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

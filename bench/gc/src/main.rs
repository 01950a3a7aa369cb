//! A collected heap under loads: `gc` lists them, `gc LOAD ARGUMENTS` runs one.
//!
//! Prints what the load computes to stdout and what the collector did to stderr. Take the user
//! time of the whole process, as `time` tells it.

mod barrier;
mod pauses;
mod trees;

use std::process::ExitCode;

const USAGE: &str = "usage: gc LOAD
  trees DEPTH [EDEN_MIB]   binary-trees
  barrier ROUNDS           a store into old objects, with the barrier and without
  churn LIVE_MIB SECONDS   replaces objects of a large old generation; pauses by kind
  array LEN COLLECTIONS    an array of so many pointers, nine of ten new ones kept
  compact LIVE_MIB         so much of mixed sizes, nine tenths of which go at random";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = args
        .iter()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    match (args.first().map(String::as_str), numbers.as_slice()) {
        (Some("trees"), [depth]) if *depth < 28 => trees::run(*depth as u32, 4),
        (Some("trees"), [depth, eden_mib]) if *depth < 28 => trees::run(*depth as u32, *eden_mib),
        (Some("barrier"), [rounds]) => barrier::run(*rounds),
        (Some("churn"), [live_mib, seconds]) => pauses::churn(*live_mib, *seconds),
        (Some("array"), [len, collections]) => pauses::array(*len, *collections),
        (Some("compact"), [live_mib]) => pauses::compact(*live_mib),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

//! A collected heap under loads: `gc trees DEPTH [EDEN_MIB]` is binary-trees.
//!
//! Prints what the load computes to stdout and what the collector did to stderr. Take the user
//! time of the whole process, as `time` tells it.

mod trees;

use std::process::ExitCode;

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
        _ => {
            eprintln!("usage: gc trees DEPTH [EDEN_MIB]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

//! The command line of a load's binary.

use std::env;
use std::process::ExitCode;

use crate::loads::ALL;
use crate::resident;

const USAGE: &str = "usage: BINARY list | BINARY LOAD [OPERATIONS]";

/// Runs the load named on the command line, or lists all of them.
///
/// A list has one line for each load: name, set, operations, whether its instructions can be
/// counted, and what it does. A run prints `operations cpu_nanoseconds peak_resident_bytes`.
pub fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (name, operations) = match args.as_slice() {
        ["list"] => {
            list();
            return ExitCode::SUCCESS;
        }
        [name] => (*name, None),
        [name, operations] => match operations.parse() {
            Ok(operations) => (*name, Some(operations)),
            Err(_) => return usage(&format!("`{operations}` is no number of operations")),
        },
        _ => return usage("one load is run at a time"),
    };
    match ALL.iter().find(|load| load.name == name) {
        Some(load) => {
            let done = (load.run)(operations.unwrap_or(load.operations));
            let peak = resident::peak_bytes().unwrap_or(0);
            println!("{} {} {peak}", done.operations, done.cpu.as_nanos());
            ExitCode::SUCCESS
        }
        None => usage(&format!("there is no load `{name}`; `list` names them")),
    }
}

fn list() {
    for load in ALL {
        let countable = if load.countable { "countable" } else { "waits" };
        println!(
            "{} {} {} {countable} {}",
            load.name,
            load.set.name(),
            load.operations,
            load.about
        );
    }
}

fn usage(fault: &str) -> ExitCode {
    eprintln!("{fault}\n{USAGE}");
    ExitCode::from(2)
}

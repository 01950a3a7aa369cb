//! Arenas and pools beside their rivals: `region` lists the loads, `region LOAD RIVAL OPERATIONS`
//! runs one.
//!
//! Prints the nanoseconds that one operation took. What is measured by callgrind stands in
//! functions of its own that are not inlined (`probes`), so that their instructions can be told
//! apart.

mod guide;
mod loads;
mod pools;
mod probes;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            for load in all() {
                println!("{} {} {}", load.name, load.rival, load.operations);
            }
        }
        [name, rival, operations] => {
            let load = all().find(|load| load.name == *name && load.rival == *rival);
            let (Some(load), Ok(operations)) = (load, operations.parse()) else {
                eprintln!("{name} {rival} {operations}: no such load");
                return ExitCode::from(2);
            };
            println!("{:.4}", (load.run)(operations));
        }
        _ => {
            eprintln!("usage: region [LOAD RIVAL OPERATIONS]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn all() -> impl Iterator<Item = &'static loads::Load> {
    loads::ALL.iter().chain(pools::ALL).chain(guide::ALL)
}

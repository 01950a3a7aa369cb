//! `cargo xtask bench heap`: Tenure and its rivals on the same loads, in one interleaved run.
//!
//! A round runs every rival once on a load, and every second round runs them backwards, so that
//! a machine that warms up or slows down does so for all. Each run is a process of its own.

mod binaries;
pub(crate) mod instructions;
pub(crate) mod machine;
mod options;
mod results_page;
mod rivals;
mod rounds;
mod spread;
mod table;

use std::path::Path;

use binaries::Contestant;
use options::Options;
use rounds::{Load, Samples};

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = options::USAGE;

/// Runs the benchmark of the repository at `root`; false when no rival could be run.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let options = Options::parse(args)?;
    let list = rivals::read(&root.join("bench/rivals.toml"))?;
    let found = binaries::find(root, &list, &options.rivals)?;
    for absent in &found.absent {
        eprintln!("left out: {absent}");
    }
    let Some(first) = found.present.first() else {
        return Err("no rival could be built".into());
    };
    let loads = chosen(rounds::list(first)?, &options.loads)?;
    let before = machine::describe(root);
    let samples = rounds::run(&found.present, &loads, &options)?;
    let mut text = report(
        &before,
        &options,
        &list.reference,
        &found.present,
        &loads,
        &samples,
    );
    if options.callgrind {
        text.push_str(&instructions::count(
            &found.present,
            &loads,
            &list.reference,
        )?);
    }
    for absent in &found.absent {
        text.push_str(&format!("\nLeft out: {absent}.\n"));
    }
    println!("{text}");
    if options.write {
        let page = root.join("bench/RESULTS.md");
        results_page::write(&page, &text)?;
        eprintln!("written to {}", page.display());
    }
    Ok(true)
}

/// The loads of these names, or all of them.
fn chosen(loads: Vec<Load>, names: &[String]) -> Result<Vec<Load>, String> {
    if let Some(stranger) = names
        .iter()
        .find(|name| loads.iter().all(|l| l.name != **name))
    {
        let known: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
        return Err(format!(
            "there is no load `{stranger}`; there are {}",
            known.join(", ")
        ));
    }
    let wanted = |load: &Load| names.is_empty() || names.contains(&load.name);
    Ok(loads.into_iter().filter(wanted).collect())
}

/// The tables of time and memory, with the machine and the command above them.
fn report(
    machine: &str,
    options: &Options,
    reference: &str,
    rivals: &[Contestant],
    loads: &[Load],
    samples: &Samples,
) -> String {
    let names: Vec<&str> = rivals.iter().map(|rival| rival.name.as_str()).collect();
    let mut text = format!("Command: `{}`\n\n{machine}\n", options.command());
    for rival in rivals {
        text.push_str(&format!("- `{}`: {}\n", rival.name, rival.about));
    }
    text.push_str(&table::time(reference, &names, loads, samples));
    text.push_str(&table::memory(reference, &names, loads, samples));
    text.push_str(&table::worst_against(
        "glibc",
        &["tenure", "tenure-preload"],
        loads,
        samples,
    ));
    for (place, fault) in &samples.faults {
        text.push_str(&format!("\nFailed: {place}: {fault}.\n"));
    }
    text
}

#[cfg(test)]
mod tests;

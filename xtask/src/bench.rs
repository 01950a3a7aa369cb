//! `cargo xtask bench heap`: Tenure and its rivals on the same loads and programs, in one
//! interleaved run.
//!
//! A round runs every rival once on a row, and every second round runs them backwards, so that
//! a machine that warms up or slows down does so for all. Each run is a process of its own.

mod binaries;
pub(crate) mod instructions;
pub(crate) mod machine;
mod options;
mod page;
mod programs;
mod rivals;
mod rounds;
mod rows;
mod samples;
mod score;
mod table;
mod targets;
mod versions;

use crate::results_page;
use std::path::Path;

use options::Options;
use programs::Launcher;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = options::USAGE;

/// Runs the benchmark of the repository at `root`; false when no rival could be run.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let options = Options::parse(args)?;
    let list = rivals::read(&root.join("bench/rivals.toml"))?;
    let mut found = binaries::find(root, &list, &options.rivals)?;
    let Some(first) = found.present.first() else {
        return Err("no rival could be built".into());
    };
    let mut rows = rows::list(first)?;
    if options.wants(rows::REAL) {
        let (programs, skipped) = programs::list(root)?;
        rows.extend(programs);
        found.absent.extend(skipped);
    }
    for absent in &found.absent {
        eprintln!("left out: {absent}");
    }
    let rows = rows::chosen(rows, &options)?;
    let launcher = Launcher::build(root)?;
    let machine = machine::describe(root);
    let mut samples = rounds::run(&found.present, &rows, &launcher, &options)?;
    if options.callgrind && !instructions::count(&found.present, &rows, &mut samples) {
        found
            .absent
            .push("instructions (valgrind is not installed)".into());
    }
    let text = page::text(&machine, &options, &list, &found, &rows, &samples);
    println!("{text}");
    if options.write {
        results_page::write(root, "heap", &text)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests;

//! The project's own chores: `cargo xtask tidy`, `header`, `ci`, `bench`.
#![forbid(unsafe_code)]

mod bench;
mod bench_gc;
mod bench_gclog;
mod bench_graph;
mod bench_looks;
mod bench_place;
mod bench_record;
mod bench_region;
mod bench_return;
mod ci;
mod header;
mod results_page;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE
  tidy [--rules] [DIR]   hold the walls of the house (DIR: another tree than this one)
  header [--check]       make crates/tenure-preload/tenure.h out of the functions it declares
  ci [STEP…]             run every gate, or the named ones; tests come last
  ";

fn usage() -> String {
    let benches = [
        bench::USAGE,
        bench_gclog::USAGE,
        bench_graph::USAGE,
        bench_place::USAGE,
        bench_record::USAGE,
        bench_gc::USAGE,
        bench_region::USAGE,
        bench_return::USAGE,
    ];
    format!("{USAGE}{}", benches.join("\n  "))
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["tidy"] => tidy::run(&root()),
        ["tidy", "--rules"] => {
            tidy::list_rules();
            Ok(true)
        }
        ["tidy", folder] if !folder.starts_with('-') => tidy::run(Path::new(folder)),
        ["header"] => header::write(&root()),
        ["header", "--check"] => header::check(&root()),
        ["ci", steps @ ..] => ci::run(&root(), steps),
        ["bench", "heap", options @ ..] => bench::run(&root(), options),
        ["bench", "gclog", options @ ..] => bench_gclog::run(&root(), options),
        ["bench", "graph", options @ ..] => bench_graph::run(&root(), options),
        ["bench", "place", options @ ..] => bench_place::run(&root(), options),
        ["bench", "record", options @ ..] => bench_record::run(&root(), options),
        ["bench", "gc", options @ ..] => bench_gc::run(&root(), options),
        ["bench", "region", options @ ..] => bench_region::run(&root(), options),
        ["bench", "return", options @ ..] => bench_return::run(&root(), options),
        _ => Err(usage()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// The repository that this chore was built from.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

//! Collected and counted heaps beside their rivals.
//!
//! `gc` lists loads and who can do them, with a size to measure and one to try; `gc LOAD WHO SIZE`
//! does one and prints what it took; `gc run COMMAND…` does the same for a program.

mod barrier;
mod pauses;
mod rings;
mod sharing;
mod spent;
mod steps;
mod trees;

use std::process::ExitCode;
use tenure_gc::Cycles;
use trees::{boa, cc, counted, dumpster, gc_arena, rust_cc, tenure};

/// Who does binary trees in this process.
const TREES: [&str; 10] = [
    "box",
    "rc",
    "dumpster",
    "rust-cc",
    "boa_gc",
    "gc-arena",
    "gc-arena-stw",
    "tenure",
    "tenure-cc",
    "tenure-cc-generations",
];

/// Loads of counted objects: name, who, size, size to try, and what does it.
const COUNTED: [Counted; 8] = [
    ("ring", "tenure-cc", 1_000_000, 10_000, rings::trial),
    (
        "ring",
        "tenure-cc-generations",
        1_000_000,
        10_000,
        rings::subtraction,
    ),
    ("ring", "dumpster", 1_000_000, 10_000, rings::dumpster),
    ("ring", "rust-cc", 1_000_000, 10_000, rings::rust_cc),
    ("clone", "tenure-cc", 100_000_000, 1_000_000, sharing::trial),
    ("clone", "rc", 100_000_000, 1_000_000, sharing::rc),
    (
        "clone",
        "dumpster",
        100_000_000,
        1_000_000,
        sharing::dumpster,
    ),
    ("clone", "rust-cc", 100_000_000, 1_000_000, sharing::rust_cc),
];

/// Loads of the collected heap alone: name, size, size to try, and what does it.
const ALONE: [Alone; 5] = [
    ("make", 200_000_000, 1_000_000, steps::make),
    ("store", 20_000, 200, barrier::run),
    ("array", 1_000_000, 10_000, |len| {
        pauses::array(len as usize)
    }),
    ("churn", 1024, 16, |mib| pauses::churn(mib as usize)),
    ("compact", 1024, 16, |mib| pauses::compact(mib as usize)),
];

type Alone = (&'static str, u64, u64, fn(u64) -> String);
type Counted = (&'static str, &'static str, u64, u64, fn(u64) -> u64);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            for who in TREES {
                println!("trees {who} 18 12");
            }
            for (load, who, size, quick, _) in COUNTED {
                println!("{load} {who} {size} {quick}");
            }
            for (load, size, quick, _) in ALONE {
                println!("{load} tenure {size} {quick}");
            }
            ExitCode::SUCCESS
        }
        ["run", program, rest @ ..] => spent::of_program(program, rest),
        ["trees", who, depth] => match depth.parse() {
            Ok(depth) => trees(who, depth),
            Err(error) => wrong(&format!("{depth}: {error}")),
        },
        [load, "tenure", size] => alone(load, size),
        [load, who, size] => counted(load, who, size),
        _ => wrong("usage: gc [LOAD WHO SIZE | run COMMAND…]"),
    }
}

fn alone(load: &str, size: &str) -> ExitCode {
    let mut all = ALONE.iter();
    let found = all.find(|alone| alone.0 == load);
    let (Some((.., run)), Ok(size)) = (found, size.parse()) else {
        return wrong(&format!("{load} tenure {size}: no such load"));
    };
    println!("{}", run(size));
    ExitCode::SUCCESS
}

fn wrong(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}

fn counted(load: &str, who: &str, size: &str) -> ExitCode {
    let mut all = COUNTED.iter();
    let found = all.find(|counted| counted.0 == load && counted.1 == who);
    let (Some((.., run)), Ok(size)) = (found, size.parse()) else {
        return wrong(&format!("{load} {who} {size}: no such load"));
    };
    println!("sum {}", run(size));
    spent::of_this_process();
    ExitCode::SUCCESS
}

fn trees(who: &str, depth: u32) -> ExitCode {
    let mut contender: Box<dyn trees::Trees> = match who {
        "box" => Box::new(counted::boxed::Contender::default()),
        "rc" => Box::new(counted::rc::Contender::default()),
        "dumpster" => Box::new(dumpster::Contender::default()),
        "rust-cc" => Box::new(rust_cc::Contender::default()),
        "boa_gc" => Box::new(boa::Contender::default()),
        "gc-arena" => Box::new(gc_arena::Contender::new(false)),
        "gc-arena-stw" => Box::new(gc_arena::Contender::new(true)),
        "tenure" => Box::new(tenure::Contender::new()),
        "tenure-cc" => Box::new(cc::Contender::new(Cycles::Trial)),
        "tenure-cc-generations" => Box::new(cc::Contender::new(Cycles::CPYTHON)),
        _ => return wrong(&format!("trees {who}: no such load")),
    };
    let sum = trees::run(contender.as_mut(), depth);
    drop(contender);
    println!("sum {sum}");
    spent::of_this_process();
    ExitCode::SUCCESS
}

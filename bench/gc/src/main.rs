//! Collected and counted heaps beside their rivals.
//!
//! `gc` lists loads and who can do them, with a size to measure and one to try; `gc LOAD WHO SIZE`
//! does one and prints what it took; `gc run COMMAND…` does the same for a program.

mod barrier;
mod churn;
mod clock;
mod drawn;
mod ephemerons;
mod limit;
mod mixed;
mod pace;
mod pauses;
mod resident;
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

/// Loads that print figures of their own: name, who, size, size to try, and what does it.
const FIGURED: [Figured; 14] = [
    ("make", "tenure", 200_000_000, 1_000_000, steps::make),
    ("store", "tenure", 20_000, 200, barrier::run),
    ("array", "tenure", 1_000_000, 10_000, |len| {
        pauses::array(len as usize)
    }),
    ("churn", "tenure", 1024, 16, |mib| {
        churn::tenure::run(mib as usize)
    }),
    ("churn", "gc-arena", 1024, 16, |mib| {
        churn::gc_arena::run(mib as usize)
    }),
    ("compact", "tenure", 1024, 16, |mib| {
        pauses::compact(mib as usize)
    }),
    ("pace", "tenure-50", 256, 8, |mib| pace::run(mib, 50, true)),
    ("pace", "tenure-100", 256, 8, |mib| {
        pace::run(mib, 100, true)
    }),
    ("pace", "tenure-200", 256, 8, |mib| {
        pace::run(mib, 200, true)
    }),
    ("pace", "tenure-100-stw", 256, 8, |mib| {
        pace::run(mib, 100, false)
    }),
    ("limit", "tenure", 160, 10, limit::below),
    ("limit-close", "tenure", 200, 10, limit::close),
    ("limit-passed", "tenure", 300, 15, limit::above),
    ("ephemerons", "tenure", 1_000_000, 10_000, ephemerons::run),
];

type Load<T> = (&'static str, &'static str, u64, u64, fn(u64) -> T);
type Figured = Load<String>;
type Counted = Load<u64>;

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
            for (load, who, size, quick, _) in FIGURED {
                println!("{load} {who} {size} {quick}");
            }
            ExitCode::SUCCESS
        }
        ["run", program, rest @ ..] => spent::of_program(program, rest),
        ["trees", who, depth] => match depth.parse() {
            Ok(depth) => trees(who, depth),
            Err(error) => wrong(&format!("{depth}: {error}")),
        },
        [load, who, size] => match size.parse() {
            Ok(0) => wrong("0: nothing to measure"),
            Ok(size) => one(load, who, size),
            Err(error) => wrong(&format!("{size}: {error}")),
        },
        _ => wrong("usage: gc [LOAD WHO SIZE | run COMMAND…]"),
    }
}

fn one(load: &str, who: &str, size: u64) -> ExitCode {
    let figured = FIGURED
        .iter()
        .find(|known| (known.0, known.1) == (load, who));
    let counted = COUNTED
        .iter()
        .find(|known| (known.0, known.1) == (load, who));
    match (figured, counted) {
        (Some((.., run)), _) => println!("{}", run(size)),
        (_, Some((.., run))) => {
            println!("sum {}", run(size));
            spent::of_this_process();
        }
        _ => return wrong(&format!("{load} {who} {size}: no such load")),
    }
    ExitCode::SUCCESS
}

fn wrong(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
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

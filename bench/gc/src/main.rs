//! Collected and counted heaps beside their rivals.
//!
//! `gc` lists loads and who can do them, with a size to measure and one to try; `gc LOAD WHO SIZE`
//! does one and prints what it took; `gc run COMMAND…` does the same for a program.

mod spent;
mod steps;
mod trees;

use std::process::ExitCode;
use trees::{boa, counted, dumpster, gc_arena, rust_cc, tenure};

/// Who does binary trees in this process.
const TREES: [&str; 8] = [
    "box",
    "rc",
    "dumpster",
    "rust-cc",
    "boa_gc",
    "gc-arena",
    "gc-arena-stw",
    "tenure",
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            for who in TREES {
                println!("trees {who} 18 12");
            }
            println!("make tenure 200000000 1000000");
            println!("store tenure 20000000 1000000");
            ExitCode::SUCCESS
        }
        ["run", program, rest @ ..] => spent::of_program(program, rest),
        ["trees", who, depth] => match depth.parse() {
            Ok(depth) => trees(who, depth),
            Err(error) => wrong(&format!("{depth}: {error}")),
        },
        [load @ ("make" | "store"), "tenure", count] => match count.parse() {
            Ok(count) if load == &"make" => say(&steps::make(count)),
            Ok(count) => say(&steps::store(count)),
            Err(error) => wrong(&format!("{count}: {error}")),
        },
        _ => wrong("usage: gc [LOAD WHO SIZE | run COMMAND…]"),
    }
}

fn say(figures: &str) -> ExitCode {
    println!("{figures}");
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
        _ => return wrong(&format!("trees {who}: no such load")),
    };
    let sum = trees::run(contender.as_mut(), depth);
    drop(contender);
    println!("sum {sum}");
    spent::of_this_process();
    ExitCode::SUCCESS
}

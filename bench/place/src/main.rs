//! One load on one placement allocator: `place NAME LOAD OPERATIONS`, and `place list`.
//!
//! `mixed` and `wide` print operations and nanoseconds, `fill` and `churned` the part of the region
//! that was handed out before the first failure.

mod load;
mod ours;
#[cfg(feature = "rivals")]
mod rivals;

use load::Load;
use std::env;
use std::process::ExitCode;

/// A contestant's name and how it runs a load.
type Entry = (&'static str, fn(Load, usize) -> String);

const OURS: [Entry; 10] = [
    ("tlsf", load::run::<ours::Tlsf>),
    ("tlsf-table", load::run::<ours::TlsfTable>),
    ("segregated", load::run::<ours::Segregated>),
    ("first", load::run::<ours::First>),
    ("next", load::run::<ours::Next>),
    ("best", load::run::<ours::Best>),
    ("worst", load::run::<ours::Worst>),
    ("address", load::run::<ours::Address>),
    ("buddy", load::run::<ours::Buddy>),
    ("bitmap", load::run::<ours::Bitmap>),
];

#[cfg(feature = "rivals")]
const RIVALS: [Entry; 5] = [
    ("talc", load::run::<rivals::Talc>),
    ("rlsf", load::run::<rivals::Rlsf>),
    ("buddy_system_allocator", load::run::<rivals::BuddySystem>),
    ("offset-allocator", load::run::<rivals::Offset>),
    ("linked_list_allocator", load::run::<rivals::LinkedList>),
];

#[cfg(not(feature = "rivals"))]
const RIVALS: [Entry; 0] = [];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let [name, load, operations] = args[..] else {
        for (name, _) in OURS.iter().chain(&RIVALS) {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let entry = OURS.iter().chain(&RIVALS).find(|entry| entry.0 == name);
    match (entry, Load::named(load), operations.parse()) {
        (Some((_, run)), Some(load), Ok(operations)) => {
            println!("{}", run(load, operations));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: place NAME mixed|wide|fill|churned OPERATIONS");
            ExitCode::from(2)
        }
    }
}

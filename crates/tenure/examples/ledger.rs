//! Managers of memory with names, and a budget: what `tenure run` shows of them.
//!
//! `cargo run --release -- run -- target/debug/examples/ledger` lists them when the program ends.
//! With the argument `wait` it says `ready` and waits for a line on stdin, so that there is time
//! for `tenure top PID`.

use std::hint::black_box;
use std::io::Read;
use tenure::ledger::Account;
use tenure::region::{Arena, Budget, Policy, Pool};

static PAGES_ACCOUNT: Account = Account::new();
static PAGES: Pool<[u8; 4096], 8> = Pool::new();
static SERVER: Budget = Budget::new("server", 1 << 20, Policy::Fail);

fn main() {
    let (requests, parses) = (Arena::named("requests"), Arena::named("parses"));
    for number in 0..100_u64 {
        black_box(requests.slice_copy(&[number; 1000]));
        black_box(parses.slice_copy(&[number; 100]));
    }
    PAGES.open_account("pages", &PAGES_ACCOUNT);
    let pages = (PAGES.alloc([1; 4096]), PAGES.alloc([2; 4096]));
    let charged = SERVER.charge(300_000).expect("there is room");
    let refused = SERVER.charge(1 << 20).expect_err("there is no room");
    println!("{refused}");
    if std::env::args().nth(1).is_some_and(|word| word == "wait") {
        println!("ready");
        let _ = std::io::stdin().read(&mut [0]);
    }
    println!("{}", charged.bytes());
    // What is held still when the program ends is in its record.
    std::mem::forget((requests, parses, pages, charged));
}

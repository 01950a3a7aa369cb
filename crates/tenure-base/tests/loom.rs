//! The ledger under every interleaving that loom can produce.
//!
//! Runs with `RUSTFLAGS="--cfg loom" cargo test -p tenure-base --test loom --release`; without the
//! flag there is nothing in it.
#![cfg(loom)]

use loom::sync::Arc;
use loom::thread;
use tenure_base::ledger::{Account, Kind, Ledger, NAME_BYTES_MAX, Name, UNLIMITED};

/// An account for the rest of the process: a model runs some hundred times, so little is lost.
fn account() -> &'static Account {
    Box::leak(Box::new(Account::new()))
}

fn name_of(name: Name) -> String {
    name.text(&mut [0; NAME_BYTES_MAX]).to_owned()
}

#[test]
fn of_two_charges_that_do_not_fit_together_one_is_refused() {
    loom::model(|| {
        let (ledger, account) = (Ledger::new(), account());
        ledger.open(account, Kind::Heap, "a", 10);
        let other = thread::spawn(move || account.charge(6).is_ok());
        let mine = account.charge(6).is_ok();
        let others = other.join().unwrap();
        assert!(mine != others, "{mine} {others}");
        let reading = account.read().unwrap();
        assert_eq!((reading.held_bytes, reading.peak_bytes), (6, 6));
        assert_eq!(reading.refusals, 1);
    });
}

#[test]
fn the_peak_is_the_most_that_was_held() {
    loom::model(|| {
        let (ledger, account) = (Ledger::new(), account());
        ledger.open(account, Kind::Heap, "a", 100);
        let other = thread::spawn(move || {
            account.charge(5).unwrap();
            account.uncharge(5);
        });
        account.charge(7).unwrap();
        other.join().unwrap();
        let reading = account.read().unwrap();
        assert_eq!(reading.held_bytes, 7);
        assert!([7, 12].contains(&reading.peak_bytes), "{reading:?}");
    });
}

#[test]
fn a_name_is_never_a_mixture_of_two_openings() {
    loom::model(|| {
        let (ledger, account) = (Arc::new(Ledger::new()), account());
        let (long, other) = ("first of all", "another of all");
        ledger.open(account, Kind::Arena, long, UNLIMITED);
        let writer = {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || {
                account.close();
                ledger.open(account, Kind::Pool, other, UNLIMITED);
            })
        };
        if let Some((_, kind, name)) = account.label() {
            match kind {
                Kind::Arena => assert_eq!(name_of(name), long),
                _ => assert_eq!(name_of(name), other),
            }
        }
        writer.join().unwrap();
    });
}

#[test]
fn two_accounts_opened_at_once_are_both_met() {
    loom::model(|| {
        let ledger = Arc::new(Ledger::new());
        let (one, two) = (account(), account());
        let other = {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || ledger.open(one, Kind::Arena, "a", 1))
        };
        ledger.open(two, Kind::Pool, "b", 1);
        other.join().unwrap();
        assert_eq!(ledger.readings().count(), 2);
    });
}

//! The ledger, in a process: limits, peaks, names, and readers.

use super::{Account, Kind, Ledger, NAME_BYTES_MAX, Refused, UNLIMITED};
use std::string::String;
use std::thread;
use std::vec::Vec;

fn name_of(account: &Account) -> String {
    let mut room = [0; NAME_BYTES_MAX];
    account.read().unwrap().name.text(&mut room).into()
}

#[test]
fn charges_add_up_to_the_limit_and_not_beyond() {
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNT: Account = Account::new();
    LEDGER.open(&ACCOUNT, Kind::Heap, "small", 100);
    assert_eq!(ACCOUNT.charge(100), Ok(()));
    let refused = Refused {
        wanted_bytes: 1,
        held_bytes: 100,
        limit_bytes: 100,
    };
    assert_eq!(ACCOUNT.charge(1), Err(refused));
    assert_eq!(ACCOUNT.try_charge(1), Err(refused));
    assert!(ACCOUNT.charge(usize::MAX).is_err(), "the sum overflows");
    ACCOUNT.set_limit(50);
    assert!(ACCOUNT.charge(0).is_err(), "more is held than may be");
    ACCOUNT.uncharge(60);
    assert_eq!(ACCOUNT.charge(10), Ok(()));
    let reading = ACCOUNT.read().unwrap();
    assert_eq!((reading.held_bytes, reading.peak_bytes), (50, 100));
    assert_eq!((reading.limit_bytes, reading.refusals), (50, 3));
}

#[test]
fn a_limit_holds_under_eight_threads() {
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNT: Account = Account::new();
    const LIMIT: usize = 10_000;
    LEDGER.open(&ACCOUNT, Kind::Heap, "shared", LIMIT);
    let granted: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                scope.spawn(move || {
                    let mut granted = 0;
                    for step in 0..if cfg!(miri) { 50 } else { 5_000 } {
                        let bytes = 1 + (step * 7 + number * 13) % 97;
                        if ACCOUNT.charge(bytes).is_ok() {
                            assert!(ACCOUNT.held_bytes() <= LIMIT);
                            if step % 2 == 0 {
                                ACCOUNT.uncharge(bytes);
                            } else {
                                granted += bytes;
                            }
                        }
                    }
                    granted
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    let reading = ACCOUNT.read().unwrap();
    assert_eq!(reading.held_bytes, granted);
    assert!(reading.peak_bytes <= LIMIT, "{reading:?}");
}

#[test]
fn readers_meet_open_accounts_and_no_others() {
    static LEDGER: Ledger = Ledger::new();
    static FIRST: Account = Account::new();
    static SECOND: Account = Account::new();
    LEDGER.open(&FIRST, Kind::Arena, "first", UNLIMITED);
    LEDGER.open(&SECOND, Kind::Pool, "second", 7);
    let kinds = || -> Vec<Kind> { LEDGER.readings().map(|reading| reading.kind).collect() };
    assert_eq!(kinds(), [Kind::Pool, Kind::Arena]);
    SECOND.close();
    assert_eq!(SECOND.read(), None);
    assert_eq!(kinds(), [Kind::Arena]);
    LEDGER.open(&SECOND, Kind::Mapped, "again", 7);
    assert_eq!(kinds(), [Kind::Mapped, Kind::Arena], "listed once");
    assert_eq!(name_of(&SECOND), "again");
}

#[test]
fn names_are_cut_at_a_letter() {
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNT: Account = Account::new();
    for (given, kept) in [
        ("", ""),
        ("tiles", "tiles"),
        (
            "0123456789012345678901234567890123",
            "01234567890123456789012345678901",
        ),
        (
            "012345678901234567890123456789ä€",
            "012345678901234567890123456789ä",
        ),
        (
            "0123456789012345678901234567890ä",
            "0123456789012345678901234567890",
        ),
    ] {
        LEDGER.open(&ACCOUNT, Kind::Heap, given, UNLIMITED);
        assert_eq!(name_of(&ACCOUNT), kept);
    }
}

#[test]
fn used_moves_both_ways() {
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNT: Account = Account::new();
    LEDGER.open(&ACCOUNT, Kind::Collected, "moving", UNLIMITED);
    ACCOUNT.move_used(300);
    ACCOUNT.move_used(-100);
    assert_eq!(ACCOUNT.read().unwrap().used_bytes, 200);
}

//! Rows out of a ledger, as the outside reads them.

use super::*;
use std::string::String;
use std::vec::Vec;
use tenure_base::ledger::{Account, Ledger, UNLIMITED};
use tenure_trace::state::account::AccountRecord;

/// The rows of `ledger` as records, and how many accounts had no room.
fn rows(ledger: &Ledger) -> (Vec<AccountRecord>, u32) {
    // SAFETY: rows are numbers, for which zero is valid.
    let table: [Row; ACCOUNTS_MAX] = unsafe { core::mem::zeroed() };
    let (count, left_out) = (AtomicU32::new(0), AtomicU32::new(0));
    // Twice: the second time over what the first has left.
    for _ in 0..2 {
        fill(&table, &count, &left_out, ledger.readings());
    }
    let start = table.as_ptr().cast::<u8>();
    // SAFETY: the table's own bytes, all of them written.
    let bytes = unsafe { core::slice::from_raw_parts(start, size_of_val(&table)) };
    let records = bytes.chunks_exact(ACCOUNT_BYTES);
    let records = records.map(|record| AccountRecord::decode(record).unwrap());
    let count = count.load(Relaxed) as usize;
    (records.take(count).collect(), left_out.load(Relaxed))
}

#[test]
fn accounts_of_one_kind_and_name_are_one_row() {
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNTS: [Account; 4] = [const { Account::new() }; 4];
    LEDGER.open(&ACCOUNTS[0], Kind::Arena, "requests", 1000);
    LEDGER.open(&ACCOUNTS[1], Kind::Pool, "requests", UNLIMITED);
    LEDGER.open(&ACCOUNTS[2], Kind::Arena, "requests", 500);
    LEDGER.open(&ACCOUNTS[3], Kind::Arena, "closed", 500);
    ACCOUNTS[3].close();
    ACCOUNTS[0].charge(900).unwrap();
    ACCOUNTS[2].charge(300).unwrap();
    ACCOUNTS[2].move_used(200);
    ACCOUNTS[2].charge(300).unwrap_err();
    let (rows, left_out) = rows(&LEDGER);
    assert_eq!((rows.len(), left_out), (2, 0));
    let arena = rows.iter().find(|row| row.kind == Kind::Arena as u32);
    let arena = arena.unwrap();
    assert_eq!(String::from_utf8_lossy(arena.name()), "requests");
    assert_eq!((arena.members, arena.held_bytes), (2, 1200));
    assert_eq!((arena.used_bytes, arena.peak_bytes), (200, 900));
    assert_eq!((arena.limit_bytes, arena.refusals), (1000, 1));
}

#[test]
fn accounts_without_room_are_counted() {
    const MORE: usize = ACCOUNTS_MAX + 3;
    static LEDGER: Ledger = Ledger::new();
    static ACCOUNTS: [Account; MORE] = [const { Account::new() }; MORE];
    for (number, account) in ACCOUNTS.iter().enumerate() {
        LEDGER.open(account, Kind::Heap, &std::format!("heap {number}"), 1);
    }
    let (rows, left_out) = rows(&LEDGER);
    assert_eq!((rows.len(), left_out), (ACCOUNTS_MAX, 3));
}

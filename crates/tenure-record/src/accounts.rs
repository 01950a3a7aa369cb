//! The ledger of the process, written into the header of its state file: who holds how much.
//!
//! It is written anew now and then, when somebody outside asks, and at the end, by one thread at a
//! time; a thread that finds another one at it goes on.
//! Accounts of one kind and name are one row, so that many short-lived
//! managers of one name make no long list.
//! **Cost:** a few loads for each account, and a comparison with each row.

use crate::head::Head;
use crate::joined;
use core::mem::offset_of;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use tenure_base::ledger::{Kind, NAME_BYTES_MAX, Reading};
use tenure_trace::state::account::{self, ACCOUNT_BYTES, ACCOUNTS_MAX};

/// One row: the record of [`tenure_trace::state::account`].
#[repr(C)]
pub(crate) struct Row {
    kind: AtomicU32,
    members: AtomicU32,
    name: [AtomicU64; NAME_BYTES_MAX / 8],
    held_bytes: AtomicU64,
    used_bytes: AtomicU64,
    peak_bytes: AtomicU64,
    limit_bytes: AtomicU64,
    refusals: AtomicU64,
}

const _: () = assert!(size_of::<Row>() == ACCOUNT_BYTES);
const _: () = assert!(NAME_BYTES_MAX == account::NAME_BYTES);
const _: () = assert!(offset_of!(Row, members) == account::MEMBERS_OFFSET);
const _: () = assert!(offset_of!(Row, name) == account::NAME_OFFSET);
const _: () = assert!(offset_of!(Row, held_bytes) == account::HELD_BYTES_OFFSET);
const _: () = assert!(offset_of!(Row, used_bytes) == account::USED_BYTES_OFFSET);
const _: () = assert!(offset_of!(Row, peak_bytes) == account::PEAK_BYTES_OFFSET);
const _: () = assert!(offset_of!(Row, limit_bytes) == account::LIMIT_BYTES_OFFSET);
const _: () = assert!(offset_of!(Row, refusals) == account::REFUSALS_OFFSET);

/// Accounts are as old as this at most while a program with call stacks goes on allocating.
const REFRESH_NS: u64 = 100_000_000;
/// When they are to be written again.
static NEXT_NS: AtomicU64 = AtomicU64::new(0);
static IS_AT_WORK: AtomicBool = AtomicBool::new(false);

/// Writes down what every account says.
pub(crate) fn write(head: &Head) {
    if IS_AT_WORK.swap(true, Acquire) {
        return;
    }
    fill(
        &head.accounts,
        &head.account_count,
        &head.accounts_left_out,
        // The limit on the process has fields of its own.
        joined::readings().filter(|reading| reading.kind != Kind::Process),
    );
    IS_AT_WORK.store(false, Release);
}

/// As [`write`], unless that was done a moment ago. `now_ns` is by a clock that the caller has read
/// anyway.
pub(crate) fn refresh(head: &Head, now_ns: u64) {
    if now_ns >= NEXT_NS.load(Relaxed) {
        NEXT_NS.store(now_ns.saturating_add(REFRESH_NS), Relaxed);
        write(head);
    }
}

/// In the handler of the signal by which somebody outside asks: writes the accounts if they are
/// what is wanted. Reads and writes atomics and takes no lock, so it may interrupt whatever runs.
pub(crate) fn answer(head: &Head) {
    // Acquire pairs with whoever asks: the signal is sent after the wish is written.
    if head.accounts_wanted.load(Acquire) == 1 {
        write(head);
        head.accounts_wanted.store(0, Release);
    }
}

/// In the child of a fork: whoever was at work is not there.
pub(crate) fn enter_copy() {
    IS_AT_WORK.store(false, Release);
}

fn fill(
    rows: &[Row; ACCOUNTS_MAX],
    count: &AtomicU32,
    left_out: &AtomicU32,
    readings: impl Iterator<Item = Reading>,
) {
    let (mut used, mut lost) = (0, 0);
    for reading in readings {
        let mut room = [0; NAME_BYTES_MAX];
        let _ = reading.name.text(&mut room);
        let is_same = |row: &&Row| row.is_of(reading.kind as u32, &room);
        if let Some(row) = rows[..used].iter().find(is_same) {
            row.add(&reading);
        } else if let Some(row) = rows.get(used) {
            row.begin(&reading, &room);
            used += 1;
        } else {
            lost += 1;
        }
    }
    count.store(used as u32, Relaxed);
    left_out.store(lost, Relaxed);
}

fn words(name: &[u8; NAME_BYTES_MAX]) -> impl Iterator<Item = u64> + '_ {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    name.chunks_exact(8).map(word)
}

impl Row {
    fn is_of(&self, kind: u32, name: &[u8; NAME_BYTES_MAX]) -> bool {
        let mut names = self.name.iter().zip(words(name));
        self.kind.load(Relaxed) == kind && names.all(|(cell, word)| cell.load(Relaxed) == word)
    }

    fn begin(&self, reading: &Reading, name: &[u8; NAME_BYTES_MAX]) {
        self.kind.store(reading.kind as u32, Relaxed);
        for (cell, word) in self.name.iter().zip(words(name)) {
            cell.store(word, Relaxed);
        }
        self.members.store(1, Relaxed);
        self.held_bytes.store(reading.held_bytes as u64, Relaxed);
        self.used_bytes.store(reading.used_bytes as u64, Relaxed);
        self.peak_bytes.store(reading.peak_bytes as u64, Relaxed);
        self.limit_bytes.store(reading.limit_bytes as u64, Relaxed);
        self.refusals.store(reading.refusals, Relaxed);
    }

    fn add(&self, reading: &Reading) {
        let add = |cell: &AtomicU64, by: u64| {
            cell.store(cell.load(Relaxed).saturating_add(by), Relaxed);
        };
        self.members.fetch_add(1, Relaxed);
        add(&self.held_bytes, reading.held_bytes as u64);
        add(&self.used_bytes, reading.used_bytes as u64);
        add(&self.refusals, reading.refusals);
        self.peak_bytes
            .fetch_max(reading.peak_bytes as u64, Relaxed);
        self.limit_bytes
            .fetch_max(reading.limit_bytes as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests;

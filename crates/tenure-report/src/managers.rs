//! The managers of memory in a run, which their accounts tell of: as a table, as JSON, and as rows.
//!
//! A row is a kind and a name in one process; those that have held the most come first.

mod json;
mod table;

pub(crate) use json::{AccountJson, ManagerJson};
pub(crate) use table::table;

use std::cmp::Reverse;
use tenure_model::profile::{Account, Process, Profile};

/// The kind whose bytes are in other accounts too.
pub(crate) const BUDGET: &str = "budget";

/// The accounts of a run, in order.
pub(crate) struct Managers<'a> {
    /// Index into the processes and account; the one that has held the most first.
    pub(crate) rows: Vec<(usize, &'a Account)>,
    /// The processes.
    pub(crate) processes: &'a [Process],
    /// Accounts for which the record had no room.
    pub(crate) left_out: u64,
}

impl<'a> Managers<'a> {
    /// Those of all processes.
    pub(crate) fn of(profile: &'a Profile) -> Self {
        let processes = &profile.processes;
        let mut rows: Vec<_> = processes
            .iter()
            .enumerate()
            .flat_map(|(at, process)| process.accounts.iter().map(move |one| (at, one)))
            .collect();
        rows.sort_by_key(|(at, one)| (Reverse((one.peak_bytes, one.held_bytes)), *at));
        let left_out = processes
            .iter()
            .map(|process| u64::from(process.accounts_left_out))
            .fold(0, u64::saturating_add);
        Self {
            rows,
            left_out,
            processes,
        }
    }
}

#[cfg(test)]
mod tests;

//! The managers of memory that have accounts, as a page shows them.

use crate::managers::{BUDGET, Managers};
use serde::Serialize;
use tenure_model::profile::Profile;

/// A list for each figure; a row is a kind and a name in one process.
#[derive(Debug, Default, Serialize)]
pub(super) struct ManagersJson {
    /// Index into the processes.
    process: Vec<usize>,
    kind: Vec<&'static str>,
    name: Vec<String>,
    members: Vec<u32>,
    held_bytes: Vec<u64>,
    used_bytes: Vec<u64>,
    peak_bytes: Vec<u64>,
    limit_bytes: Vec<Option<u64>>,
    refusals: Vec<u64>,
    /// Whether the bytes are in other accounts too.
    is_budget: Vec<bool>,
    left_out: u64,
}

impl ManagersJson {
    /// Those of all processes, which are numbered as in `profile`; `None` without any.
    pub(super) fn of(profile: &Profile) -> Option<Self> {
        let managers = Managers::of(profile);
        let mut columns = Self {
            left_out: managers.left_out,
            ..Self::default()
        };
        for &(process, account) in &managers.rows {
            columns.process.push(process);
            columns.kind.push(account.kind);
            columns.name.push(account.name.clone());
            columns.members.push(account.members);
            columns.held_bytes.push(account.held_bytes);
            columns.used_bytes.push(account.used_bytes);
            columns.peak_bytes.push(account.peak_bytes);
            columns.limit_bytes.push(account.limit_bytes);
            columns.refusals.push(account.refusals);
            columns.is_budget.push(account.kind == BUDGET);
        }
        Some(columns).filter(|columns| !columns.process.is_empty())
    }
}

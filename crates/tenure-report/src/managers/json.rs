//! Managers of memory as JSON.

use super::Managers;
use serde::Serialize;
use tenure_model::profile::Account;

/// One account.
#[derive(Debug, Serialize)]
pub(crate) struct AccountJson<'a> {
    account_kind: &'static str,
    account_name: &'a str,
    account_members: u32,
    account_held_bytes: u64,
    account_used_bytes: u64,
    account_waste_bytes: u64,
    account_peak_bytes: u64,
    account_limit_bytes: Option<u64>,
    account_refusals: u64,
}

impl<'a> AccountJson<'a> {
    pub(crate) fn of(account: &'a Account) -> Self {
        Self {
            account_kind: account.kind,
            account_name: &account.name,
            account_members: account.members,
            account_held_bytes: account.held_bytes,
            account_used_bytes: account.used_bytes,
            account_waste_bytes: account.waste_bytes(),
            account_peak_bytes: account.peak_bytes,
            account_limit_bytes: account.limit_bytes,
            account_refusals: account.refusals,
        }
    }
}

/// An account, and whose it is.
#[derive(Debug, Serialize)]
pub(crate) struct ManagerJson<'a> {
    pid: u32,
    #[serde(flatten)]
    account: AccountJson<'a>,
}

impl<'a> ManagerJson<'a> {
    /// All of them, in order.
    pub(crate) fn all(managers: &Managers<'a>) -> Vec<Self> {
        let rows = managers.rows.iter();
        rows.map(|&(process, account)| Self {
            pid: managers.processes[process].pid,
            account: AccountJson::of(account),
        })
        .collect()
    }
}

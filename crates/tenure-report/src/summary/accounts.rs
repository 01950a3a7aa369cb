//! The ledger: what each manager of memory held that has a name, one a line.

use crate::quantity::{bytes, count};
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};
use std::cmp::Reverse;
use tenure_model::profile::{Account, Profile};

/// Accounts that are shown.
const ROWS: usize = 12;
const NAME_COLUMNS: usize = 24;
const FIGURE_COLUMNS: usize = 11;
const HEADS: [&str; 6] = ["held", "used", "waste", "peak", "limit", "refused"];

/// The accounts of all processes, those that hold or have held the most first; empty without any.
pub(super) fn accounts(profile: &Profile, style: Style) -> String {
    let processes = &profile.processes;
    let mut found: Vec<_> = processes
        .iter()
        .flat_map(|process| {
            process
                .accounts
                .iter()
                .map(move |account| (process.pid, account))
        })
        .collect();
    if found.is_empty() {
        return String::new();
    }
    found.sort_by_key(|(pid, account)| (Reverse((account.peak_bytes, account.held_bytes)), *pid));
    let figures_max = style.width.saturating_sub(2 + NAME_COLUMNS) / FIGURE_COLUMNS;
    let mut head = format!("  {:<NAME_COLUMNS$}", "account");
    for title in HEADS.iter().take(figures_max) {
        head.push_str(&format!("{title:>FIGURE_COLUMNS$}"));
    }
    let mut text = format!(
        "{}\n",
        style.paint(Tone::Quiet, cut(&head, style.width).trim_end())
    );
    for (pid, account) in found.iter().take(ROWS) {
        let pid = (processes.len() > 1).then_some(*pid);
        text.push_str(&line(pid, account, figures_max));
    }
    let hidden = found.len().saturating_sub(ROWS) as u64;
    let left_out = processes
        .iter()
        .map(|process| u64::from(process.accounts_left_out));
    let others = left_out.fold(hidden, u64::saturating_add);
    if others > 0 {
        text.push_str(&format!("  {} others\n", count(others)));
    }
    text
}

fn line(pid: Option<u32>, account: &Account, figures_max: usize) -> String {
    let mut name = format!("{} {}", account.kind, visible(&account.name));
    if account.members > 1 {
        name.push_str(&format!(" ×{}", count(account.members.into())));
    }
    if let Some(pid) = pid {
        name = format!("{pid} {name}");
    }
    let name = cut(name.trim_end(), NAME_COLUMNS);
    let mut line = format!("  {name:<NAME_COLUMNS$}");
    let figures = [
        bytes(account.held_bytes),
        bytes(account.used_bytes),
        bytes(account.waste_bytes()),
        bytes(account.peak_bytes),
        account.limit_bytes.map_or("–".to_owned(), bytes),
        count(account.refusals),
    ];
    for figure in figures.iter().take(figures_max) {
        line.push_str(&format!("{figure:>FIGURE_COLUMNS$}"));
    }
    line.push('\n');
    line
}

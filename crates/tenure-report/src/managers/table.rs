//! Managers of memory as a table: kind and name, then their figures.

use super::Managers;
use crate::quantity::{bytes, count};
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};
use tenure_model::profile::{Account, Profile};

/// Managers that are shown.
const ROWS: usize = 12;
const NAME_COLUMNS_MIN: usize = 20;
const NAME_COLUMNS_MAX: usize = 40;
/// The columns of figures, with the room that each takes; those at the end go first where there is
/// none. All of them fit into 80 columns.
const FIGURES: [(&str, usize); 6] = [
    ("held", 10),
    ("used", 10),
    ("waste", 10),
    ("peak", 10),
    ("limit", 10),
    ("refused", 8),
];

/// The managers of all processes; empty without any. Every line ends with a line end.
pub(crate) fn table(profile: &Profile, style: Style) -> String {
    let managers = Managers::of(profile);
    if managers.rows.is_empty() {
        return String::new();
    }
    let mut room = style.width.saturating_sub(2 + NAME_COLUMNS_MIN);
    let figures = FIGURES.iter().take_while(|(_, columns)| {
        let fits = room >= *columns;
        room = room.saturating_sub(*columns);
        fits
    });
    let shown = figures.count();
    let taken: usize = FIGURES[..shown].iter().map(|(_, columns)| columns).sum();
    let name_columns = style
        .width
        .saturating_sub(2 + taken)
        .clamp(NAME_COLUMNS_MIN, NAME_COLUMNS_MAX);
    let mut head = format!("  {:<name_columns$}", "manager");
    for (title, columns) in &FIGURES[..shown] {
        head.push_str(&format!("{title:>columns$}"));
    }
    let mut text = format!("{}\n", style.paint(Tone::Quiet, head.trim_end()));
    for &(process, account) in managers.rows.iter().take(ROWS) {
        let pid = (managers.processes.len() > 1).then_some(managers.processes[process].pid);
        let name = cut(name(pid, account).trim_end(), name_columns);
        text.push_str(&format!("  {name:<name_columns$}"));
        for ((_, columns), figure) in FIGURES[..shown].iter().zip(figures_of(account)) {
            text.push_str(&format!("{figure:>columns$}"));
        }
        text.push('\n');
    }
    let hidden = managers.rows.len().saturating_sub(ROWS) as u64;
    let others = managers.left_out.saturating_add(hidden);
    if others > 0 {
        text.push_str(&format!("  {} others\n", count(others)));
    }
    text
}

fn name(pid: Option<u32>, account: &Account) -> String {
    let mut name = format!("{} {}", account.kind, visible(&account.name));
    if account.members > 1 {
        name.push_str(&format!(" ×{}", count(account.members.into())));
    }
    match pid {
        Some(pid) => format!("{pid} {name}"),
        None => name,
    }
}

fn figures_of(account: &Account) -> [String; FIGURES.len()] {
    [
        bytes(account.held_bytes),
        bytes(account.used_bytes),
        bytes(account.waste_bytes()),
        bytes(account.peak_bytes),
        account.limit_bytes.map_or("–".to_owned(), bytes),
        count(account.refusals),
    ]
}

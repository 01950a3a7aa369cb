//! One line for each process of a run, and their sum.

use super::Detail;
use crate::quantity::{bytes, count, counted};
use crate::signal;
use crate::style::{Style, Tone};
use crate::term;
use crate::visible::{cut, visible};
use std::cmp::Reverse;
use tenure_model::profile::{End, Process, Profile, Totals};
use tenure_model::unit::saturating_sum;

/// How many processes a brief table gives a line of their own.
const BRIEF_PROCESSES: usize = 16;
const NAME_COLUMNS_MIN: usize = 8;

/// A table of the processes of `profile`, in the order in which they began.
pub(super) fn processes(
    profile: &Profile,
    totals: &Totals,
    style: Style,
    detail: Detail,
) -> String {
    let columns = Columns::fitting(style.width);
    let (shown, folded) = split(&profile.processes, detail);
    let heads = [
        term::PID.label,
        columns.name_head(),
        term::ALLOCATIONS.label,
        term::REQUESTED.label,
        term::PEAK_LIVE.label,
        "at exit",
        term::END.label,
    ];
    let mut table = style.paint(Tone::Quiet, &columns.line(heads));
    table.push('\n');
    for process in shown {
        table.push_str(&columns.row(process));
        table.push('\n');
    }
    if !folded.is_empty() {
        table.push_str(&folded_lines(&folded, &columns, style));
    }
    let sum = [
        term::TOTALS.label,
        &counted(profile.processes.len() as u64, "record", "records"),
        &count(totals.allocations),
        &bytes(totals.requested_bytes),
        "",
        &bytes(totals.live.bytes),
        "",
    ];
    table.push_str(&style.paint(Tone::Figure, &columns.line(sum)));
    table.push('\n');
    table
}

/// The processes with a line of their own, and the others; both in order of their start.
fn split(processes: &[Process], detail: Detail) -> (Vec<&Process>, Vec<&Process>) {
    if detail == Detail::Full || processes.len() <= BRIEF_PROCESSES {
        return (processes.iter().collect(), Vec::new());
    }
    let mut by_bytes: Vec<usize> = (0..processes.len()).collect();
    by_bytes.sort_by_key(|&at| Reverse(processes[at].requested_bytes));
    let mut shown = vec![false; processes.len()];
    for &at in &by_bytes[..BRIEF_PROCESSES] {
        shown[at] = true;
    }
    let (shown, folded): (Vec<_>, Vec<_>) =
        processes.iter().zip(shown).partition(|&(_, shown)| shown);
    let first = |pairs: Vec<(_, bool)>| pairs.into_iter().map(|(process, _)| process).collect();
    (first(shown), first(folded))
}

/// The sum of the processes without a line of their own, and their pids.
fn folded_lines(folded: &[&Process], columns: &Columns, style: Style) -> String {
    let sum = |of: fn(&Process) -> u64| saturating_sum(folded.iter().map(|process| of(process)));
    let mut lines = columns.line([
        "",
        &counted(folded.len() as u64, "other", "others"),
        &count(sum(|process| process.allocations)),
        &bytes(sum(|process| process.requested_bytes)),
        "",
        &bytes(sum(|process| process.own_live().bytes)),
        "",
    ]);
    lines.push('\n');
    let mut pids: Vec<u32> = folded.iter().map(|process| process.pid).collect();
    pids.sort_unstable();
    pids.dedup();
    let mut line = "   pid".to_owned();
    for range in ranges(&pids) {
        if line.chars().count() + 1 + range.chars().count() > style.width {
            lines.push_str(&style.paint(Tone::Quiet, &line));
            lines.push('\n');
            line = "      ".to_owned();
        }
        line.push(' ');
        line.push_str(&range);
    }
    lines.push_str(&style.paint(Tone::Quiet, &line));
    lines.push('\n');
    lines
}

/// Ascending numbers as ranges: 4, 5, 6, 9 becomes `4–6`, `9`.
fn ranges(numbers: &[u32]) -> Vec<String> {
    let follows = |a: &u32, b: &u32| a.checked_add(1) == Some(*b);
    let runs = numbers.chunk_by(follows);
    runs.map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        _ => run[0].to_string(),
    })
    .collect()
}

fn end(end: End) -> String {
    match end {
        End::Signal(signal) => signal::name(signal),
        other => other.word().to_owned(),
    }
}

/// Which columns fit, and how wide the names are.
struct Columns {
    name: usize,
    requested: bool,
    live: bool,
}

impl Columns {
    const PID: usize = 8;
    const ALLOCATIONS: usize = 14;
    const BYTES: usize = 11;
    const END: usize = 9;

    fn fitting(width: usize) -> Self {
        let fixed = Self::PID + 2 + Self::ALLOCATIONS + Self::BYTES + Self::END;
        let rest = width.saturating_sub(fixed);
        let live = rest >= NAME_COLUMNS_MIN + 2 * Self::BYTES;
        let requested = rest >= NAME_COLUMNS_MIN + Self::BYTES;
        let extra = Self::BYTES * (usize::from(live) + usize::from(requested));
        Self {
            name: rest.saturating_sub(extra).max(NAME_COLUMNS_MIN),
            requested,
            live,
        }
    }

    fn name_head(&self) -> &'static str {
        let with_mark = "process, ↳fork";
        if with_mark.chars().count() <= self.name {
            with_mark
        } else {
            term::PROCESSES.label
        }
    }

    fn row(&self, process: &Process) -> String {
        let mark = if process.forked { "↳ " } else { "" };
        self.line([
            &process.pid.to_string(),
            &format!("{mark}{}", visible(process.name())),
            &count(process.allocations),
            &bytes(process.requested_bytes),
            &bytes(process.peak_live_bytes),
            &bytes(process.live.bytes),
            &end(process.end),
        ])
    }

    fn line(&self, texts: [&str; 7]) -> String {
        let [pid, name, allocations, requested, peak, live, end] = texts;
        let (name, name_columns) = (cut(name, self.name), self.name);
        let mut line = format!("{pid:>0$}  {name:<name_columns$}", Self::PID);
        line.push_str(&format!("{allocations:>0$}", Self::ALLOCATIONS));
        if self.requested {
            line.push_str(&format!("{requested:>0$}", Self::BYTES));
        }
        line.push_str(&format!("{peak:>0$}", Self::BYTES));
        if self.live {
            line.push_str(&format!("{live:>0$}", Self::BYTES));
        }
        line.push_str(&format!("  {end}"));
        line.trim_end().to_owned()
    }
}

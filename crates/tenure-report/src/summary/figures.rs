//! The figures of a run, one a line: what was held first, then what flowed.

use crate::quantity::{bytes, count, counted, percent};
use crate::style::{Style, Tone};
use crate::term::{self, Term};
use crate::visible::{cut, visible};
use std::collections::BTreeSet;
use tenure_model::profile::{Largest, Profile, Totals};
use tenure_model::unit::{Ratio, saturating_sum};

const LABEL_COLUMNS: usize = 15;
const FIGURE_COLUMNS: usize = 12;
/// Below this width the explanations at the right would be cut to nothing.
const GLOSS_WIDTH_MIN: usize = 60;

/// The figures of `profile`, whose sums are `totals`.
pub(super) fn figures(profile: &Profile, totals: &Totals, style: Style) -> String {
    let mut lines = String::new();
    for (term, figure, gloss) in held(profile, totals) {
        lines.push_str(&line(&term, &figure, &gloss, style));
    }
    for (term, figure, gloss) in limited(profile) {
        lines.push_str(&line(&term, &figure, &gloss, style));
    }
    lines.push('\n');
    for (term, figure, gloss) in flowed(profile, totals) {
        lines.push_str(&line(&term, &figure, &gloss, style));
    }
    if totals.estimated {
        let note = "what is live and what flowed is estimated from samples; --every counts all";
        let note = cut(note, style.width.saturating_sub(2));
        lines.push_str(&format!("\n  {}\n", style.paint(Tone::Quiet, &note)));
    }
    lines
}

type Row = (Term, String, String);

fn held(profile: &Profile, totals: &Totals) -> Vec<Row> {
    let peak = |term: Term, largest: Option<Largest>, alone: &str| {
        let gloss = match largest {
            Some(largest) if profile.processes.len() > 1 => {
                format!("{} · {alone}", of_process(profile, largest.pid))
            }
            Some(_) => alone.to_owned(),
            None => "not seen: gone before anyone looked".to_owned(),
        };
        (
            term,
            largest.map_or("–".to_owned(), |largest| bytes(largest.bytes)),
            gloss,
        )
    };
    let fragmentation = totals.internal_fragmentation;
    let nothing_live = fragmentation.whole() == 0;
    vec![
        peak(
            term::PEAK_LIVE,
            totals.peak_live,
            "most requested and not yet freed",
        ),
        peak(
            term::PEAK_HELD,
            totals.held_peak,
            "most mapped for the heap",
        ),
        peak(
            term::PEAK_RESIDENT,
            totals.resident_peak,
            "most in RAM, whole process",
        ),
        (
            term::LIVE,
            bytes(totals.live.bytes),
            live_gloss(profile, totals),
        ),
        (
            term::FRAGMENTATION,
            if nothing_live {
                "–".to_owned()
            } else {
                percent(fragmentation)
            },
            match nothing_live {
                true => "nothing was live at exit".to_owned(),
                false => format!(
                    "internal, of {} usable at exit",
                    bytes(fragmentation.whole())
                ),
            },
        ),
    ]
}

fn live_gloss(profile: &Profile, totals: &Totals) -> String {
    let blocks = counted(totals.live.blocks, "block", "blocks");
    match &profile.processes[..] {
        [only] if only.inherited.blocks > 0 => {
            let inherited = bytes(only.inherited.bytes);
            format!("in {blocks}, without {inherited} inherited from the parent")
        }
        _ => format!("in {blocks}"),
    }
}

/// The limit that the processes had, if any, and the first request that it refused.
fn limited(profile: &Profile) -> Vec<Row> {
    let limits = || profile.processes.iter().filter_map(|process| process.limit);
    let Some(most) = limits().map(|limit| limit.bytes).max() else {
        return vec![];
    };
    let refusals = saturating_sum(limits().map(|limit| limit.refusals));
    let gloss = match (refusals, profile.processes.len()) {
        (0, _) => "never met".to_owned(),
        (_, 0..=1) => format!("refused {}", counted(refusals, "request", "requests")),
        _ => format!(
            "each process; refused {}",
            counted(refusals, "request", "requests")
        ),
    };
    let mut rows = vec![(term::LIMIT, bytes(most), gloss)];
    let first = profile.processes.iter().find_map(|process| {
        let first = process.limit.and_then(|limit| limit.first)?;
        Some((process.pid, first))
    });
    if let Some((pid, first)) = first {
        let mut gloss = format!("when {} was held", bytes(first.held_bytes));
        if profile.processes.len() > 1 {
            gloss = format!("{} · {gloss}", of_process(profile, pid));
        }
        rows.push((term::FIRST_REFUSED, bytes(first.requested_bytes), gloss));
        if first.mapped_bytes > 0 {
            let gloss = "of that mapped by the program beside malloc".to_owned();
            rows.push((term::FIRST_REFUSED_MAPPED, bytes(first.mapped_bytes), gloss));
        }
    }
    rows
}

fn flowed(profile: &Profile, totals: &Totals) -> Vec<Row> {
    let mean = totals.requested_bytes.checked_div(totals.allocations);
    let per_second = profile.run.as_ref().and_then(|run| {
        let per_second = totals.allocations as f64 / run.wall.as_secs_f64();
        per_second
            .is_finite()
            .then(|| format!("{} per second", count(per_second as u64)))
    });
    let reallocs = totals
        .reallocs_in_place
        .saturating_add(totals.reallocs_moved);
    let remote = Ratio::of(totals.frees_remote, totals.frees);
    let threads = match &profile.processes[..] {
        [only] => format!("{} at one time", count(only.threads.peak)),
        several => {
            let pids: BTreeSet<u32> = several.iter().map(|process| process.pid).collect();
            format!("in {}", counted(pids.len() as u64, "process", "processes"))
        }
    };
    let mut rows = vec![
        (
            term::REQUESTED,
            bytes(totals.requested_bytes),
            mean.map_or(String::new(), |mean| format!("{} on average", bytes(mean))),
        ),
        (
            term::ALLOCATIONS,
            count(totals.allocations),
            per_second.unwrap_or_default(),
        ),
        (
            term::FREES,
            count(totals.frees),
            format!(
                "{} by another thread ({})",
                count(remote.part()),
                percent(remote)
            ),
        ),
        (
            term::REALLOCS,
            count(reallocs),
            format!(
                "{} in place, {} moved",
                count(totals.reallocs_in_place),
                count(totals.reallocs_moved)
            ),
        ),
        (term::THREADS, count(totals.threads_started), threads),
    ];
    if totals.estimated {
        rows.retain(|(term, ..)| term.label != term::REALLOCS.label);
    }
    rows
}

fn of_process(profile: &Profile, pid: u32) -> String {
    let named = profile
        .processes
        .iter()
        .rev()
        .find(|process| process.pid == pid);
    let name = named.map_or(String::new(), |process| {
        format!(" {}", visible(process.name()))
    });
    format!("pid {pid}{name}")
}

fn line(term: &Term, figure: &str, gloss: &str, style: Style) -> String {
    let figure = format!("{figure:>FIGURE_COLUMNS$}");
    let mut line = format!(
        "  {:<LABEL_COLUMNS$}{}",
        term.label,
        style.paint(Tone::Figure, &figure)
    );
    if style.width >= GLOSS_WIDTH_MIN && !gloss.is_empty() {
        let room = style.width - (2 + LABEL_COLUMNS + FIGURE_COLUMNS + 3);
        line.push_str("   ");
        line.push_str(&style.paint(Tone::Quiet, &cut(gloss, room)));
    }
    line.push('\n');
    line
}

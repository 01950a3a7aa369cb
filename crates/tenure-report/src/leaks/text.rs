//! What is lost as text for people.
//!
//! # Shape
//!
//! A title; what was in use and how it was looked at; a line for each kind; then the loss records,
//! largest first, each with its stack; and below, what is not shown.

use super::kind_set::WORDS;
use super::{KindSet, Leaks, LossRecord, ProcessLeaks};
use crate::quantity::{count, counted, span};
use crate::site_name;
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};
use tenure_model::graph::{Kind, KindFigures, Reason};
use tenure_model::profile::{Mode, Names};

/// Columns of the names of kinds.
const LABEL_COLUMNS: usize = 17;
/// Columns of numbers of bytes, and of blocks.
const BYTES_COLUMNS: usize = 13;
const BLOCKS_COLUMNS: usize = 10;
/// Processes that are shown one by one.
const PROCESSES_MAX: usize = 10;

/// What is shown of the loss records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of which kinds.
    pub kinds: KindSet,
    /// How many at most.
    pub limit: usize,
    /// How many functions of each stack at most.
    pub callers: usize,
}

/// What is lost as text; every line ends with a line end.
pub fn text(leaks: &Leaks, names: &Names<'_>, selection: Selection, style: Style) -> String {
    let mut text = title(leaks, style);
    text.push_str(&looked_at(leaks, style));
    text.push('\n');
    text.push_str(&kinds(leaks, style));
    text.push_str(&processes(leaks, style));
    text.push_str(&records(leaks, names, selection, style));
    text
}

fn line(text: &str, style: Style) -> String {
    format!("{}\n", cut(text, style.width))
}

fn quiet(text: &str, style: Style) -> String {
    format!("{}\n", style.paint(Tone::Quiet, &cut(text, style.width)))
}

fn title(leaks: &Leaks, style: Style) -> String {
    let name = |process: &ProcessLeaks| {
        let name = process.program.rsplit('/').next();
        visible(name.unwrap_or_default())
    };
    let first = leaks.processes().first().map_or(String::new(), name);
    let others = leaks.processes().len().saturating_sub(1);
    let others = match others {
        0 => String::new(),
        more => format!(
            " and {}",
            counted(more as u64, "other process", "other processes")
        ),
    };
    let words = format!("{first}{others} ━━ leaks ");
    let words = cut(&words, style.width.saturating_sub(6));
    let fill = style.width.saturating_sub(words.chars().count() + 3);
    let words = style.paint(Tone::Title, &words);
    format!("━━ {words}{}\n", "━".repeat(fill))
}

/// What was in use, when, and how long the program stood still for it.
fn looked_at(leaks: &Leaks, style: Style) -> String {
    let in_use = leaks.in_use();
    let when = match leaks.processes() {
        [only] => when(only),
        many => format!("in {} processes", many.len()),
    };
    let first = format!("  in use {when}: {}", figures(in_use));
    let mut text = line(&first, style);
    if let [only] = leaks.processes() {
        let scan = &only.scan;
        let threads = counted(scan.threads.into(), "thread", "threads");
        let stood = match scan.is_copy {
            true => format!(
                "  {threads} stood still for {}; a copy of the process was read in {}",
                span(scan.pause),
                span(scan.took)
            ),
            false => format!("  {threads} stood still for {}", span(scan.pause)),
        };
        text.push_str(&quiet(&stood, style));
    }
    text
}

fn when(process: &ProcessLeaks) -> String {
    match process.scan.reason {
        Reason::Exit => "at exit".to_owned(),
        Reason::Request => format!("while process {} runs", process.scan.pid),
        Reason::Call => "when the program asked".to_owned(),
        Reason::Unknown => "when it was looked at".to_owned(),
    }
}

fn figures(figures: KindFigures) -> String {
    format!(
        "{} in {}",
        counted(figures.bytes, "byte", "bytes"),
        counted(figures.blocks, "block", "blocks")
    )
}

/// A line for each kind, and one for what is hidden.
fn kinds(leaks: &Leaks, style: Style) -> String {
    let mut text = String::new();
    let mut row = |label: &str, figures: KindFigures, tone: Tone| {
        let unit = |number, one, many| if number == 1 { one } else { many };
        let label = format!("  {label:<LABEL_COLUMNS$}");
        let bytes = format!("{:>BYTES_COLUMNS$}", count(figures.bytes));
        let rest = format!(
            " {:<5} in {:>BLOCKS_COLUMNS$} {}",
            unit(figures.bytes, "byte", "bytes"),
            count(figures.blocks),
            unit(figures.blocks, "block", "blocks"),
        );
        let used = label.len() + bytes.len();
        let rest = cut(&rest, style.width.saturating_sub(used));
        text.push_str(&format!("{label}{}{rest}\n", style.paint(tone, &bytes)));
    };
    for (kind, _) in WORDS {
        let figures = leaks.kind(kind);
        let tone = match kind {
            Kind::DefinitelyLost if figures.blocks > 0 => Tone::Bad,
            _ => Tone::Figure,
        };
        row(kind.name(), figures, tone);
    }
    if leaks.suppressed().blocks > 0 {
        row("suppressed", leaks.suppressed(), Tone::Figure);
    }
    for &(heuristic, held) in leaks.heuristics() {
        let held = figures(held);
        let word = heuristic.word();
        text.push_str(&quiet(
            &format!("  reachable by heuristic {word}: {held}"),
            style,
        ));
    }
    text
}

/// A line for each process, where there are several.
fn processes(leaks: &Leaks, style: Style) -> String {
    let all = leaks.processes();
    if all.len() < 2 {
        return String::new();
    }
    let mut largest: Vec<_> = all.iter().collect();
    largest.sort_by_key(|process| {
        let bytes = |kind| std::cmp::Reverse(process.kind(kind).bytes);
        (bytes(Kind::DefinitelyLost), bytes(Kind::PossiblyLost))
    });
    let mut text = "\n".to_owned();
    text.push_str(&quiet(
        "       pid   definite   indirect   possible  reachable  bytes of",
        style,
    ));
    for process in largest.iter().take(PROCESSES_MAX) {
        let mut row = format!("  {:>8}", process.scan.pid);
        for (kind, _) in WORDS {
            row.push_str(&format!("{:>11}", count(process.kind(kind).bytes)));
        }
        let name = process.program.rsplit('/').next().unwrap_or_default();
        row.push_str(&format!("  {}", visible(name)));
        text.push_str(&line(&row, style));
    }
    let others = all.len().saturating_sub(PROCESSES_MAX);
    if others > 0 {
        let others = counted(others as u64, "other process", "other processes");
        text.push_str(&quiet(&format!("            and {others}"), style));
    }
    text
}

fn records(leaks: &Leaks, names: &Names<'_>, selection: Selection, style: Style) -> String {
    let shown: Vec<_> = leaks.records_of(selection.kinds).collect();
    let mut text = String::new();
    for (number, record) in (1..).zip(shown.iter().take(selection.limit)) {
        text.push('\n');
        text.push_str(&heading(record, number, shown.len(), style));
        let stack =
            site_name::stack_to_main(names, record.stack, selection.callers, "     ", style.width);
        text.push_str(&stack);
    }
    let others = shown.len().saturating_sub(selection.limit);
    if others > 0 {
        let more = counted(others as u64, "other loss record", "other loss records");
        text.push('\n');
        text.push_str(&quiet(
            &format!("  and {more}; --limit N shows more"),
            style,
        ));
    }
    let not_shown = WORDS.into_iter().filter(|&(kind, _)| {
        // Indirect blocks stand under their leaders.
        let is_told = kind == Kind::IndirectlyLost && selection.kinds.has(Kind::DefinitelyLost);
        !selection.kinds.has(kind) && !is_told && leaks.kind(kind).blocks > 0
    });
    let hints: Vec<_> = not_shown
        .map(|(kind, word)| {
            let figures = figures(leaks.kind(kind));
            format!(
                "  {}: {figures}; --kinds {word} or all shows them",
                kind.name()
            )
        })
        .collect();
    if !hints.is_empty() {
        text.push('\n');
    }
    for hint in hints {
        text.push_str(&quiet(&hint, style));
    }
    if names.sites().mode == Mode::Sample {
        let hint = "  stacks are known of sampled blocks only; --every records all of them";
        text.push_str(&quiet(hint, style));
    }
    text
}

/// What is lost, as valgrind says it.
fn heading(record: &LossRecord, number: usize, of: usize, style: Style) -> String {
    let bytes = match record.indirect.blocks {
        0 => counted(record.direct.bytes, "byte", "bytes"),
        _ => format!(
            "{} ({} direct, {} indirect) bytes",
            count(record.total_bytes()),
            count(record.direct.bytes),
            count(record.indirect.bytes)
        ),
    };
    let blocks = counted(record.direct.blocks, "block", "blocks");
    let is = if record.direct.blocks == 1 {
        "is"
    } else {
        "are"
    };
    let words = format!("{bytes} in {blocks} {is} {}", record.kind.name());
    let place = format!("{} of {}", count(number as u64), count(of as u64));
    let room = style.width.saturating_sub(2);
    let used = words.chars().count() + place.chars().count() + 2;
    if used > room {
        let words = style.paint(Tone::Figure, &cut(&words, room));
        return format!("  {words}\n");
    }
    let fill = room - used + 2;
    format!(
        "  {}{}{}\n",
        style.paint(Tone::Figure, &words),
        " ".repeat(fill),
        style.paint(Tone::Quiet, &place)
    )
}

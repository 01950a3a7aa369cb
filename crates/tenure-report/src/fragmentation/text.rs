//! What heaps hold as text for people.
//!
//! # Shape
//!
//! A title; what is held, in parts with a bar for each; the size classes that hold most; the sites
//! that pin most; for several processes a line for each; and what to do about it.

use super::{Fragmentation, ProcessHeld, SiteHeld, advice};
use crate::bar::bar;
use crate::quantity::{bytes, count, counted, exact_bytes, percent};
use crate::site_name;
use crate::style::{Style, Tone};
use crate::term::{self, Term};
use crate::visible::{cut, visible};
use std::cmp::Reverse;
use tenure_model::fragmentation::{Class, Reason, Split};
use tenure_model::profile::Names;
use tenure_model::unit::{Ratio, saturating_sum};

const LABEL_COLUMNS: usize = 16;
const BYTES_COLUMNS: usize = 11;
const SHARE_COLUMNS: usize = 9;
const CELL_COLUMNS: usize = 10;
/// Size classes that are shown one by one.
const CLASSES_MAX: usize = 12;
/// Processes that are shown one by one.
const PROCESSES_MAX: usize = 10;

/// What is shown of the sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// How many are shown.
    pub sites: usize,
    /// Whether classes and sites are those of one class, which the user named.
    pub is_one_class: bool,
}

/// What is held as text; every line ends with a line end.
pub fn text(held: &Fragmentation, names: &Names<'_>, selection: Selection, style: Style) -> String {
    let mut text = title(held, style);
    text.push_str(&split(&held.split, &when(held), style));
    let tables = bytes(held.table_bytes);
    text.push_str(&quiet(
        &format!(
            "  {:<LABEL_COLUMNS$}{tables:>BYTES_COLUMNS$}   beside what is held",
            "tables"
        ),
        style,
    ));
    if !held.has_requested {
        let note = "  what was asked for is not known of all blocks: live is what they have";
        text.push_str(&quiet(note, style));
    }
    text.push_str(&classes(held, selection, style));
    text.push_str(&sites(held, names, selection, style));
    text.push_str(&processes(held, style));
    if !selection.is_one_class {
        text.push_str(&advices(held, names, style));
    }
    text
}

/// What one process of `several` held, one part a line.
pub fn of_process(process: &ProcessHeld, several: usize, style: Style) -> String {
    let when = when_of(process);
    let when = match several {
        0 | 1 => when,
        _ => {
            let (pid, name) = (process.scan.pid, visible(&process.program));
            format!("{when}, of pid {pid} {name}, which held most")
        }
    };
    split(&process.split, &when, style)
}

/// The parts of what is held, one a line; `when` it was counted.
fn split(split: &Split, when: &str, style: Style) -> String {
    let held = split.held();
    let mut text = String::new();
    let figure = format!("{:>BYTES_COLUMNS$}", bytes(held));
    let label = format!("  {:<LABEL_COLUMNS$}", term::HELD_NOW.label);
    let room = style.width.saturating_sub(label.len() + BYTES_COLUMNS + 3);
    let gloss = style.paint(Tone::Quiet, &cut(when, room));
    text.push_str(&format!(
        "{label}{}   {gloss}\n",
        style.paint(Tone::Figure, &figure)
    ));
    let parts: [(Term, u64); 4] = [
        (term::HELD_LIVE, split.live),
        (term::HELD_WASTE, split.internal_waste),
        (term::PINNED_FREE, split.pinned_free),
        (term::CACHED, split.cached()),
    ];
    for (term, part) in parts {
        let label = format!("    {:<1$}", term.label, LABEL_COLUMNS - 2);
        let figure = format!("{:>BYTES_COLUMNS$}", bytes(part));
        let share = format!("{:>SHARE_COLUMNS$}", percent(Ratio::of(part, held)));
        let used = label.len() + BYTES_COLUMNS + SHARE_COLUMNS + 2;
        let bar = bar(part, held, style.width.saturating_sub(used).min(40));
        let line = format!(
            "{label}{}{share}  {}",
            style.paint(Tone::Figure, &figure),
            style.paint(Tone::Bar, &bar)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let purged = format!(
        "    {:<2$}{:>BYTES_COLUMNS$}   free and given back: not held",
        term::PURGED.label,
        bytes(split.purged),
        LABEL_COLUMNS - 2
    );
    text.push_str(&quiet(&purged, style));
    text
}

/// What blocks of a class are called by their size.
pub(crate) fn size(class: &Class) -> String {
    match class.block_bytes {
        Some(block) => exact_bytes(block),
        None => "larger".to_owned(),
    }
}

fn quiet(text: &str, style: Style) -> String {
    format!("{}\n", style.paint(Tone::Quiet, &cut(text, style.width)))
}

fn title(held: &Fragmentation, style: Style) -> String {
    let first = held.processes.first();
    let first = first.map_or(String::new(), |process| visible(&process.program));
    let others = match held.processes.len().saturating_sub(1) {
        0 => String::new(),
        more => {
            let more = counted(more as u64, "other process", "other processes");
            format!(" and {more}")
        }
    };
    let words = format!("{first}{others} ━━ fragmentation ");
    let words = cut(&words, style.width.saturating_sub(6));
    let fill = style.width.saturating_sub(words.chars().count() + 3);
    let words = style.paint(Tone::Title, &words);
    format!("━━ {words}{}\n", "━".repeat(fill))
}

/// When pages were counted, and how many there were.
fn when(held: &Fragmentation) -> String {
    let pages = held
        .classes
        .iter()
        .filter(|class| class.block_bytes.is_some());
    let pages = saturating_sum(pages.map(|class| class.pages));
    let pages = counted(pages, "heap page", "heap pages");
    match &held.processes[..] {
        [only] => format!("{}, {pages}", when_of(only)),
        many => format!("in {} processes, {pages}", many.len()),
    }
}

fn when_of(process: &ProcessHeld) -> String {
    match process.scan.reason {
        Reason::Exit => "at exit".to_owned(),
        Reason::Request => format!("while process {} runs", process.scan.pid),
        Reason::Call => "when the program asked".to_owned(),
        Reason::Unknown => "when it was counted".to_owned(),
    }
}

fn classes(held: &Fragmentation, selection: Selection, style: Style) -> String {
    let mut largest: Vec<&Class> = held.classes.iter().collect();
    largest.sort_by_key(|class| Reverse(class.split.held()));
    let rest = largest.split_off(largest.len().min(CLASSES_MAX));
    if largest.is_empty() {
        return match selection.is_one_class {
            true => "\n  no heap page has blocks of this size\n".to_owned(),
            false => String::new(),
        };
    }
    let mut text = "\n".to_owned();
    let heads = ["size class", "held", "live", "waste", "pinned", "cached"];
    text.push_str(&quiet(&row(heads, "pages, partly"), style));
    for class in &largest {
        let pages = match class.block_bytes {
            Some(_) => format!("{}, {}", count(class.pages), count(class.partly_pages)),
            None => counted(class.pages, "block", "blocks"),
        };
        let line = figures(&size(class), std::slice::from_ref(class), &pages);
        text.push_str(&format!("{}\n", cut(&line, style.width)));
    }
    if !rest.is_empty() {
        let name = format!("{} others", rest.len());
        let pages = saturating_sum(rest.iter().map(|class| class.pages));
        let line = figures(&name, &rest, &count(pages));
        text.push_str(&quiet(&line, style));
    }
    text
}

/// A line for the sum of `classes`.
fn figures(name: &str, classes: &[&Class], pages: &str) -> String {
    let mut sum = Split::default();
    classes.iter().for_each(|class| sum += class.split);
    let cells = [
        name,
        &bytes(sum.held()),
        &bytes(sum.live),
        &bytes(sum.internal_waste),
        &bytes(sum.pinned_free),
        &bytes(sum.cached()),
    ];
    row(cells, pages)
}

fn row(cells: [&str; 6], pages: &str) -> String {
    let [name, rest @ ..] = cells;
    let mut line = format!("{name:>12}");
    for cell in rest {
        line.push_str(&format!("{cell:>CELL_COLUMNS$}"));
    }
    format!("{line}   {pages}").trim_end().to_owned()
}

fn sites(held: &Fragmentation, names: &Names<'_>, selection: Selection, style: Style) -> String {
    let mut text = "\n".to_owned();
    if !held.has_sites {
        text.push_str(&quiet(
            "  --every tells which call stacks pin pages: tenure run --every -- PROGRAM",
            style,
        ));
        return text;
    }
    if held.sites.is_empty() {
        text.push_str("  no site pins free slots\n");
        return text;
    }
    text.push_str(&quiet("     pinned    share  site", style));
    for site in held.sites.iter().take(selection.sites) {
        text.push_str(&entry(site, held, names, style));
    }
    let others = held.sites.len().saturating_sub(selection.sites);
    if others > 0 {
        let left = held.sites.iter().skip(selection.sites);
        let left = saturating_sum(left.map(|site| site.pins.pinned_free_bytes));
        let more = counted(others as u64, "other site", "other sites");
        let line = format!(
            "{:>BYTES_COLUMNS$}           and {more}; --sites N shows more",
            bytes(left)
        );
        text.push_str(&quiet(&line, style));
    }
    text
}

/// Two lines for a site: what it pins, and with what.
fn entry(site: &SiteHeld, held: &Fragmentation, names: &Names<'_>, style: Style) -> String {
    let pins = &site.pins;
    let figure = format!("{:>BYTES_COLUMNS$}", bytes(pins.pinned_free_bytes));
    let share = percent(Ratio::of(pins.pinned_free_bytes, held.pinned_by_sites));
    let share = format!("{share:>SHARE_COLUMNS$}");
    let used = BYTES_COLUMNS + SHARE_COLUMNS + 2;
    let columns = style.width.saturating_sub(used);
    let name = site_name::stack_line(names, site.stack, names.own_of(site.stack), columns);
    let mut below = format!(
        "{:used$}{} in {} on {}",
        "",
        bytes(pins.live_bytes),
        counted(pins.live_blocks, "block", "blocks"),
        counted(pins.pages, "page", "pages")
    );
    if pins.alone_pages > 0 {
        below.push_str(&format!(", alone on {}", count(pins.alone_pages)));
    }
    let figure = style.paint(Tone::Figure, &figure);
    format!("{figure}{share}  {name}\n{}", quiet(&below, style))
}

/// A line for each process, where there are several.
fn processes(held: &Fragmentation, style: Style) -> String {
    if held.processes.len() < 2 {
        return String::new();
    }
    let mut text = "\n".to_owned();
    let heads = ["pid", "held", "live", "waste", "pinned", "cached"];
    text.push_str(&quiet(&row(heads, "program"), style));
    for process in held.processes.iter().take(PROCESSES_MAX) {
        let split = &process.split;
        let cells = [
            &process.scan.pid.to_string(),
            &bytes(split.held()),
            &bytes(split.live),
            &bytes(split.internal_waste),
            &bytes(split.pinned_free),
            &bytes(split.cached()),
        ];
        let line = row(cells.map(String::as_str), &visible(&process.program));
        text.push_str(&format!("{}\n", cut(&line, style.width)));
    }
    let others = held.processes.len().saturating_sub(PROCESSES_MAX);
    if others > 0 {
        let others = counted(others as u64, "other process", "other processes");
        text.push_str(&quiet(&format!("{:>12} and {others}", ""), style));
    }
    text
}

fn advices(held: &Fragmentation, names: &Names<'_>, style: Style) -> String {
    let mut text = String::new();
    for advice in advice(held, names) {
        text.push('\n');
        let mut line = "  →".to_owned();
        for word in advice.text.split(' ') {
            if line.chars().count() + 1 + word.chars().count() > style.width {
                text.push_str(&format!("{line}\n"));
                line = "   ".to_owned();
            }
            line.push_str(&format!(" {word}"));
        }
        text.push_str(&format!("{line}\n"));
    }
    text
}

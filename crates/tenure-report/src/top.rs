//! The sites of a run in order: as text for people, as JSON (schema `top/1`) for programs.
//!
//! # Shape
//!
//! A title, the sums, a table of the managers of memory where there are any, then two lines for
//! each site: its figure by the chosen key, its share as a
//! bar and its own frame; and below, what else is known of it. With stacks, every frame follows.

mod json;

pub(crate) use json::FrameJson;
pub use json::{SCHEMA, json};

use crate::bar::bar;
use crate::lifespan::lifespan;
use crate::managers;
use crate::quantity::{bytes, count, counted, percent};
use crate::site_name;
use crate::style::{Style, Tone};
use crate::term::{self, Term};
use std::collections::BTreeSet;
use tenure_model::profile::{Figure, Image, Key, Mode, Names, Profile, Site, SiteTotals, Sites};
use tenure_model::unit::Ratio;

const FIGURE_COLUMNS: usize = 11;
const SHARE_COLUMNS: usize = 9;
const BAR_COLUMNS: usize = 10;
/// Where the second line of a site begins.
const INDENT: &str = "             ";

/// What is shown of the sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// By what they are in order.
    pub by: Key,
    /// How many are shown.
    pub limit: usize,
    /// Whether every frame is shown.
    pub stacks: bool,
}

/// The sites, and the managers of memory in the run's processes, as text; every line ends with a
/// line end.
pub fn text(names: &Names<'_>, profile: &Profile, selection: Selection, style: Style) -> String {
    let sites = names.sites();
    let totals = sites.totals();
    let ordered = sites.ordered_by(selection.by);
    let mut text = title(names, selection.by, style);
    text.push_str(&sums(names, &totals, style));
    let managers = managers::table(profile, style);
    if !managers.is_empty() {
        text.push('\n');
        text.push_str(&managers);
    }
    let with_any: Vec<_> = ordered
        .into_iter()
        .filter(|site| site.by(selection.by) > 0)
        .collect();
    for site in with_any.iter().take(selection.limit) {
        text.push('\n');
        text.push_str(&entry(names, site, selection, &totals, style));
    }
    let others = with_any.len().saturating_sub(selection.limit);
    if others > 0 {
        let more = counted(others as u64, "other site", "other sites");
        let hint = format!("{INDENT}and {more}; --limit N shows more");
        let hint = crate::visible::cut(&hint, style.width);
        text.push_str(&format!("\n{}\n", style.paint(Tone::Quiet, &hint)));
    }
    if with_any.is_empty() {
        text.push_str(&format!(
            "\n  no site has any {}\n",
            label(selection.by).label
        ));
    }
    text
}

/// The term of the figure that a key orders by.
pub(crate) fn label(key: Key) -> Term {
    match key {
        Key::Live => term::LIVE,
        Key::Peak => term::SITE_PEAK,
        Key::Allocated => term::SITE_ALLOCATED,
        Key::Count => term::ALLOCATIONS,
        Key::Lifetime => term::SITE_LIFETIME,
        Key::Waste => term::SITE_WASTE,
    }
}

/// A figure by a key, in its unit.
pub(crate) fn figure(key: Key, value: u64) -> String {
    match key {
        Key::Count => count(value),
        Key::Lifetime => crate::quantity::span(std::time::Duration::from_nanos(value)),
        Key::Live | Key::Peak | Key::Allocated | Key::Waste => bytes(value),
    }
}

fn title(names: &Names<'_>, by: Key, style: Style) -> String {
    let sites = names.sites();
    let program = programs(sites);
    let recorded = match (sites.mode, sites.sample_rate_bytes) {
        (Mode::Sample, Some(rate)) => format!("a sample every {}", bytes(rate)),
        (Mode::Sample, None) => "samples".to_owned(),
        _ => "every allocation".to_owned(),
    };
    let words = format!("{program} ━━ by {} ━━ {recorded} ", label(by).label);
    let words = crate::visible::cut(&words, style.width.saturating_sub(6));
    let fill = style.width.saturating_sub(words.chars().count() + 3);
    format!(
        "━━ {}{}\n",
        style.paint(Tone::Title, &words),
        "━".repeat(fill)
    )
}

/// The program that began first, and how many others there were.
fn programs(sites: &Sites) -> String {
    let name = |image: &Image| {
        let name = image.program.rsplit('/').next();
        crate::visible::visible(name.unwrap_or_default())
    };
    let first = sites.images.iter().min_by_key(|image| image.start_mono_ns);
    let first = first.map_or(String::new(), name);
    let all: BTreeSet<_> = sites.images.iter().map(name).collect();
    match all.len().saturating_sub(1) {
        0 => first,
        others => {
            let others = counted(others as u64, "other program", "other programs");
            format!("{first} and {others}")
        }
    }
}

/// The sums over all sites, in two lines.
fn sums(names: &Names<'_>, totals: &SiteTotals, style: Style) -> String {
    let sites = names.sites();
    let first = format!(
        "  {} live at exit in {}, {} at peak",
        bytes(totals.live_bytes.value),
        counted(totals.live_blocks.value, "block", "blocks"),
        bytes(totals.peak_bytes.value),
    );
    let second = format!(
        "  {} allocated in {}, from {}",
        bytes(totals.allocated_bytes.value),
        counted(totals.allocations.value, "block", "blocks"),
        counted(sites.sites.len() as u64, "site", "sites"),
    );
    format!(
        "{}\n{}\n",
        crate::visible::cut(&first, style.width),
        crate::visible::cut(&second, style.width)
    )
}

fn entry(
    names: &Names<'_>,
    site: &Site,
    selection: Selection,
    totals: &SiteTotals,
    style: Style,
) -> String {
    let value = site.by(selection.by);
    let shown = match selection.by {
        Key::Lifetime => lifespan(site.lifetimes_ns.p50()),
        by => figure(by, value),
    };
    let mut line = style.paint(Tone::Figure, &format!("{shown:>FIGURE_COLUMNS$}"));
    let mut used = FIGURE_COLUMNS;
    if let Some(total) = total(selection.by, totals) {
        let share = percent(Ratio::of(value, total));
        let drawn = bar(value, total, BAR_COLUMNS);
        line.push_str(&format!("{share:>SHARE_COLUMNS$} "));
        line.push_str(&style.paint(Tone::Bar, &format!("{drawn:<BAR_COLUMNS$}")));
        used += SHARE_COLUMNS + 1 + BAR_COLUMNS;
    }
    let room = style.width.saturating_sub(used + 2);
    line.push_str(&format!("  {}\n", site_name::line(names, site, room)));
    let room = style.width.saturating_sub(INDENT.chars().count());
    for detail in details(site, selection.by, room) {
        line.push_str(&format!("{INDENT}{}\n", style.paint(Tone::Quiet, &detail)));
    }
    if selection.stacks {
        let indent = format!("{INDENT}  ");
        let stack = site_name::stack(names, site.stack, &indent, style.width);
        line.push_str(&stack);
    }
    line
}

/// The sum that shares are of; lifetimes have none.
fn total(key: Key, totals: &SiteTotals) -> Option<u64> {
    Some(match key {
        Key::Live => totals.live_bytes.value,
        Key::Peak => totals.peak_bytes.value,
        Key::Allocated => totals.allocated_bytes.value,
        Key::Count => totals.allocations.value,
        Key::Waste => totals.waste_bytes,
        Key::Lifetime => return None,
    })
}

/// What else is known of a site, in lines of at most `columns`.
fn details(site: &Site, by: Key, columns: usize) -> Vec<String> {
    let mut words = Vec::new();
    let interval = |figure: Figure, show: fn(u64) -> String| {
        let interval = figure
            .interval_95
            .filter(|interval| interval.low < interval.high)?;
        Some(format!(
            "95 %: {} to {}",
            show(interval.low),
            show(interval.high)
        ))
    };
    words.extend(match by {
        Key::Live => interval(site.live_bytes, bytes),
        Key::Peak => interval(site.peak_bytes, bytes),
        Key::Allocated => interval(site.allocated_bytes, bytes),
        Key::Count => interval(site.allocations, count),
        Key::Lifetime | Key::Waste => None,
    });
    let blocks = |figure: Figure| counted(figure.value, "block", "blocks");
    words.push(match by {
        Key::Live if site.live_blocks.value > 0 => format!("live {}", blocks(site.live_blocks)),
        Key::Peak => format!("{} at peak", blocks(site.peak_blocks)),
        _ if site.live_blocks.value == 0 => "nothing live".to_owned(),
        _ => format!(
            "live {} in {}",
            bytes(site.live_bytes.value),
            blocks(site.live_blocks)
        ),
    });
    let allocated = bytes(site.allocated_bytes.value);
    words.push(format!(
        "allocated {allocated} in {}",
        count(site.allocations.value)
    ));
    if by != Key::Lifetime {
        words.push(format!("median life {}", lifespan(site.lifetimes_ns.p50())));
    }
    if by == Key::Lifetime {
        words.push(format!("p99 {}", lifespan(site.lifetimes_ns.p99())));
    }
    if site.freed_remotely.part() > 0 {
        words.push(format!(
            "freed by other threads {}",
            percent(site.freed_remotely)
        ));
    }
    if site.reallocs_moved > 0 {
        words.push(format!("{} reallocs moved", count(site.reallocs_moved)));
    }
    filled(&words, columns)
}

/// `words` joined by dots, broken into lines of at most `columns`.
fn filled(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let word = crate::visible::cut(word, columns);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + word.chars().count() <= columns => {
                line.push_str(" · ");
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests;

//! Two recordings side by side, as text for people and as JSON (schema `diff/1`) for programs.

mod json;

pub use json::{SCHEMA, json};

use crate::quantity::count;
use crate::site_name;
use crate::style::{Style, Tone};
use crate::term;
use crate::top::{figure, label};
use crate::visible::{cut, visible};
use tenure_model::profile::{
    Breach, Change, Diff, Figure, Key, Metric, Names, Rule, SiteChange, SiteSide, StackId,
};

const FIGURE_COLUMNS: usize = 12;

/// Two recordings, and how sites of theirs are named.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The comparison.
    pub diff: &'a Diff,
    /// Names of the first.
    pub before: &'a Names<'a>,
    /// Names of the second.
    pub after: &'a Names<'a>,
}

impl<'a> Sides<'a> {
    /// The names and the stack of a site, of the second recording where it is there.
    fn stack(&self, site: &SiteChange) -> Option<(&'a Names<'a>, StackId)> {
        let of = |names, side: &SiteSide| Some((names, side.stack?));
        of(self.after, &site.after).or_else(|| of(self.before, &site.before))
    }
}

/// The comparison as text: the sums, then the `limit` sites that changed most by `by`.
pub fn text(sides: Sides<'_>, by: Key, limit: usize, style: Style) -> String {
    let mut text = sums(sides.diff, style);
    let changed = sides.diff.ordered_by(by);
    if changed.is_empty() {
        text.push_str(&format!("\n  no site has changed by {}\n", label(by).label));
        return text;
    }
    let heads = ["change", "before", "after"].map(|head| format!("{head:>FIGURE_COLUMNS$}"));
    let head = format!("{}  site, by {}", heads.concat(), label(by).label);
    text.push_str(&format!(
        "\n{}\n",
        style.paint(Tone::Quiet, &cut(&head, style.width))
    ));
    for site in changed.iter().take(limit) {
        text.push_str(&line(sides, site, by, style));
    }
    let others = changed.len().saturating_sub(limit);
    if others > 0 {
        let more = crate::quantity::counted(others as u64, "other site", "other sites");
        let hint = format!("  and {more}; --limit N shows more\n");
        text.push_str(&style.paint(Tone::Quiet, &hint));
    }
    text
}

fn sums(diff: &Diff, style: Style) -> String {
    let rows = [
        (Key::Live, diff.before.live_bytes, diff.after.live_bytes),
        (Key::Peak, diff.before.peak_bytes, diff.after.peak_bytes),
        (
            Key::Allocated,
            diff.before.allocated_bytes,
            diff.after.allocated_bytes,
        ),
        (Key::Count, diff.before.allocations, diff.after.allocations),
        (
            Key::Waste,
            Figure::exact(diff.before.waste_bytes),
            Figure::exact(diff.after.waste_bytes),
        ),
    ];
    let heads = ["before", "after", "change"].map(|head| format!("{head:>FIGURE_COLUMNS$}"));
    let head = format!("  {:<14}{}", "", heads.concat());
    let mut text = format!("{}\n", style.paint(Tone::Quiet, head.trim_end()));
    for (key, before, after) in rows {
        let change = Change::between(before, after);
        let line = format!(
            "  {:<14}{:>FIGURE_COLUMNS$}{:>FIGURE_COLUMNS$}{:>FIGURE_COLUMNS$}  {}",
            label(key).label,
            figure(key, before.value),
            figure(key, after.value),
            signed(key, change),
            growth(before.value, after.value),
        );
        text.push_str(cut(line.trim_end(), style.width).trim_end());
        text.push('\n');
    }
    if rows.iter().any(|row| row.1.variance + row.2.variance > 0.0) {
        text.push_str("  ~ marks a change that chance alone could have made\n");
    }
    text
}

fn line(sides: Sides<'_>, site: &SiteChange, by: Key, style: Style) -> String {
    let change = site.change(by);
    let figures = [
        signed(by, change),
        figure(by, site.before.by(by).value),
        figure(by, site.after.by(by).value),
    ];
    let figures = figures.map(|figure| format!("{figure:>FIGURE_COLUMNS$}"));
    let room = style.width.saturating_sub(3 * FIGURE_COLUMNS + 2);
    let name = sides.stack(site).map_or(String::new(), |(names, stack)| {
        let own = own(names, stack);
        site_name::stack_line(names, stack, own, room)
    });
    let [changed, before, after] = figures;
    let tone = if change.amount > 0 {
        Tone::Bad
    } else {
        Tone::Good
    };
    format!("{}{before}{after}  {name}\n", style.paint(tone, &changed))
}

fn own<'a>(names: &Names<'a>, stack: StackId) -> Option<tenure_model::profile::NamedFrame<'a>> {
    let is_it = |site: &&tenure_model::profile::Site| site.stack == stack;
    names.own(names.sites().sites.iter().find(is_it)?)
}

/// A change with its sign; `~` before one that may be chance.
fn signed(key: Key, change: Change) -> String {
    let amount = u64::try_from(change.amount.unsigned_abs()).unwrap_or(u64::MAX);
    let sign = match change.amount {
        0 => return "±0".to_owned(),
        amount if amount > 0 => '+',
        _ => '−',
    };
    let doubt = if change.is_certain { "" } else { "~" };
    format!("{doubt}{sign}{}", figure(key, amount))
}

/// The change in percent of what was before.
fn growth(before: u64, after: u64) -> String {
    match (before, after) {
        (0, 0) => String::new(),
        (0, _) => "new".to_owned(),
        _ => {
            let percent = (after as f64 / before as f64 - 1.0) * 100.0;
            format!("{percent:+.1} %").replace('-', "−")
        }
    }
}

/// A broken rule in one sentence: which, and by how much.
pub fn breach(rule: &Rule, breach: &Breach) -> String {
    let show = |value: u64| match rule.metric.is_bytes() {
        true => crate::quantity::bytes(value),
        false => count(value),
    };
    let what = match rule.metric {
        Metric::Live => term::LIVE.label,
        Metric::LiveBlocks => "number of blocks live at exit",
        Metric::Peak => term::SITE_PEAK.label,
        Metric::Allocated => term::SITE_ALLOCATED.label,
        Metric::Allocations => term::ALLOCATIONS.label,
        Metric::Waste => term::SITE_WASTE.label,
    };
    let over = breach.after.saturating_sub(breach.allowed);
    format!(
        "rule {} is broken: {what} went from {} to {}, {} over the {} that it allows",
        visible(&rule.text),
        show(breach.before),
        show(breach.after),
        show(over),
        show(breach.allowed)
    )
}

#[cfg(test)]
mod tests;

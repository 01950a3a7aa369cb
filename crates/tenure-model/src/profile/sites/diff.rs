//! Two recordings side by side, site by site.
//!
//! Sites are matched by the names of their frames, not by addresses, so that two builds of a
//! program can be compared: a frame is its function and the name of its module; a frame without
//! a name is its module and offset. Lines do not count, since they move. Sites with equal names
//! are one.

use super::{Figure, Key, NamedFrame, Names, Site, SiteTotals, StackId};
use crate::unit::saturating_sum;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Two recordings side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Sums of the first.
    pub before: SiteTotals,
    /// Sums of the second.
    pub after: SiteTotals,
    /// The sites of both, in the order of their names.
    pub sites: Vec<SiteChange>,
}

/// A site in two recordings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteChange {
    /// In the first; zeros where it is not there.
    pub before: SiteSide,
    /// In the second; zeros where it is not there.
    pub after: SiteSide,
}

/// A site in one of two recordings: the sums over the stacks with its names.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteSide {
    /// One of its stacks; `None` where the recording has none.
    pub stack: Option<StackId>,
    /// Blocks allocated.
    pub allocations: Figure,
    /// Bytes requested.
    pub allocated_bytes: Figure,
    /// Requested bytes not freed at the end.
    pub live_bytes: Figure,
    /// Blocks not freed at the end.
    pub live_blocks: Figure,
    /// Requested bytes live at the global peak.
    pub peak_bytes: Figure,
    /// Bytes handed out beyond those requested.
    pub waste_bytes: u64,
    /// The longest median lifetime among the stacks, in nanoseconds.
    pub lifetime_ns: u64,
}

impl SiteSide {
    fn add(&mut self, site: &Site) {
        self.stack = self.stack.or(Some(site.stack));
        let pairs = [
            (&mut self.allocations, site.allocations),
            (&mut self.allocated_bytes, site.allocated_bytes),
            (&mut self.live_bytes, site.live_bytes),
            (&mut self.live_blocks, site.live_blocks),
            (&mut self.peak_bytes, site.peak_bytes),
        ];
        for (sum, figure) in pairs {
            *sum = Figure::sum([*sum, figure]);
        }
        self.waste_bytes = saturating_sum([self.waste_bytes, site.waste_bytes()]);
        self.lifetime_ns = self.lifetime_ns.max(site.by(Key::Lifetime));
    }

    /// The figure by which `key` orders, with its variance.
    pub fn by(&self, key: Key) -> Figure {
        match key {
            Key::Live => self.live_bytes,
            Key::Peak => self.peak_bytes,
            Key::Allocated => self.allocated_bytes,
            Key::Count => self.allocations,
            Key::Lifetime => Figure::exact(self.lifetime_ns),
            Key::Waste => Figure::exact(self.waste_bytes),
        }
    }
}

impl SiteChange {
    /// How much more the second recording has, by `key`.
    pub fn change(&self, key: Key) -> Change {
        Change::between(self.before.by(key), self.after.by(key))
    }
}

/// How much a figure has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// After − before.
    pub amount: i128,
    /// Whether chance alone makes so large a change less than once in twenty times. Exact figures
    /// leave nothing to chance.
    pub is_certain: bool,
}

impl Change {
    /// From `before` to `after`.
    pub fn between(before: Figure, after: Figure) -> Self {
        let amount = i128::from(after.value) - i128::from(before.value);
        let deviation = (before.variance + after.variance).max(0.0).sqrt();
        Self {
            amount,
            is_certain: amount.unsigned_abs() as f64 > 1.96 * deviation,
        }
    }
}

impl Diff {
    /// Compares two recordings by the names of their frames.
    pub fn between(before: &Names<'_>, after: &Names<'_>) -> Self {
        let mut sites: BTreeMap<String, SiteChange> = BTreeMap::new();
        for site in &before.sites().sites {
            sites.entry(key(before, site)).or_default().before.add(site);
        }
        for site in &after.sites().sites {
            sites.entry(key(after, site)).or_default().after.add(site);
        }
        Self {
            before: before.sites().totals(),
            after: after.sites().totals(),
            sites: sites.into_values().collect(),
        }
    }

    /// The sites that changed by `key`, those with the largest change first, up or down.
    pub fn ordered_by(&self, key: Key) -> Vec<&SiteChange> {
        let changed = |site: &&SiteChange| site.change(key).amount != 0;
        let mut ordered: Vec<_> = self.sites.iter().filter(changed).collect();
        ordered.sort_by_key(|site| Reverse(site.change(key).amount.unsigned_abs()));
        ordered
    }
}

/// What a site is called, with all of its frames.
fn key(names: &Names<'_>, site: &Site) -> String {
    let mut key = String::new();
    for frame in names.stack(site.stack) {
        key.push_str(&frame.function);
        if frame.is_named {
            key.push('@');
            key.push_str(module_name(&frame));
        }
        key.push('\n');
    }
    key
}

/// The name of a module without the version that its file's name ends with; of interpreted code
/// the name of its file.
fn module_name<'a>(frame: &NamedFrame<'a>) -> &'a str {
    let path = frame.module.or(frame.file).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.find(".so") {
        Some(at) => &name[..at],
        None => name,
    }
}

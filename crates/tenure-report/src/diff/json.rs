//! The comparison as JSON, schema `diff/1`.

use super::Sides;
use crate::top::FrameJson;
use serde::Serialize;
use tenure_model::profile::{Breach, Key, Rule, SiteChange, SiteSide, SiteTotals};

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "diff/1";

/// The comparison as indented JSON with a line end: the sums, the `limit` sites that changed most
/// by `by`, and the rules that are broken.
pub fn json(sides: Sides<'_>, by: Key, limit: usize, broken: &[(&Rule, Breach)]) -> String {
    let changed = sides.diff.ordered_by(by);
    let document = Document {
        tenure: SCHEMA,
        by: by.word(),
        totals: Pair {
            before: FiguresJson::of_totals(&sides.diff.before),
            after: FiguresJson::of_totals(&sides.diff.after),
        },
        sites: changed
            .into_iter()
            .take(limit)
            .map(|site| SiteJson::of(sides, site, by))
            .collect(),
        broken: broken
            .iter()
            .map(|(rule, breach)| BrokenJson::of(rule, breach))
            .collect(),
    };
    // Strings, numbers and lists of them always have a JSON form.
    let mut json = serde_json::to_string_pretty(&document).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
struct Document<'a> {
    tenure: &'static str,
    by: &'static str,
    totals: Pair,
    sites: Vec<SiteJson<'a>>,
    broken: Vec<BrokenJson<'a>>,
}

#[derive(Serialize)]
struct Pair {
    before: FiguresJson,
    after: FiguresJson,
}

#[derive(Serialize)]
struct FiguresJson {
    allocations: u64,
    allocated_bytes: u64,
    live_bytes: u64,
    live_blocks: u64,
    peak_bytes: u64,
    waste_bytes: u64,
}

impl FiguresJson {
    fn of_totals(totals: &SiteTotals) -> Self {
        Self {
            allocations: totals.allocations.value,
            allocated_bytes: totals.allocated_bytes.value,
            live_bytes: totals.live_bytes.value,
            live_blocks: totals.live_blocks.value,
            peak_bytes: totals.peak_bytes.value,
            waste_bytes: totals.waste_bytes,
        }
    }

    fn of_side(side: &SiteSide) -> Self {
        Self {
            allocations: side.allocations.value,
            allocated_bytes: side.allocated_bytes.value,
            live_bytes: side.live_bytes.value,
            live_blocks: side.live_blocks.value,
            peak_bytes: side.peak_bytes.value,
            waste_bytes: side.waste_bytes,
        }
    }
}

#[derive(Serialize)]
struct SiteJson<'a> {
    stack: Vec<FrameJson<'a>>,
    change: i128,
    certain: bool,
    before: FiguresJson,
    after: FiguresJson,
}

impl<'a> SiteJson<'a> {
    fn of(sides: Sides<'a>, site: &SiteChange, by: Key) -> Self {
        let change = site.change(by);
        let frames = sides
            .stack(site)
            .map_or(Vec::new(), |(names, stack)| names.stack(stack));
        Self {
            stack: frames.into_iter().map(FrameJson::of).collect(),
            change: change.amount,
            certain: change.is_certain,
            before: FiguresJson::of_side(&site.before),
            after: FiguresJson::of_side(&site.after),
        }
    }
}

#[derive(Serialize)]
struct BrokenJson<'a> {
    rule: &'a str,
    before: u64,
    after: u64,
    allowed: u64,
}

impl<'a> BrokenJson<'a> {
    fn of(rule: &'a Rule, breach: &Breach) -> Self {
        Self {
            rule: &rule.text,
            before: breach.before,
            after: breach.after,
            allowed: breach.allowed,
        }
    }
}

//! What heaps hold and why, as a page shows it.

use super::heaps::{StackColumns, Table};
use super::places::Places;
use super::view::NodeColumns;
use crate::fragmentation::{Fragmentation, advice};
use serde::Serialize;
use tenure_model::profile::Names;

/// What is held: in parts, by class and by site.
#[derive(Debug, Serialize)]
pub(super) struct HeldJson {
    processes: usize,
    reason: &'static str,
    held_bytes: u64,
    /// Live, internal waste, pinned free, cached.
    parts: [u64; 4],
    purged_bytes: u64,
    table_bytes: u64,
    has_sites: bool,
    has_requested: bool,
    pinned_by_sites_bytes: u64,
    classes: ClassColumns,
    nodes: NodeColumns,
    stacks: StackColumns,
    sites: SiteColumns,
    sites_left_out: usize,
    advice: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct ClassColumns {
    /// 0 for blocks that have pages of their own.
    block_bytes: Vec<u64>,
    held_bytes: Vec<u64>,
    parts: Vec<[u64; 4]>,
    pages: Vec<u64>,
    partly_pages: Vec<u64>,
    live_blocks: Vec<u64>,
    free_slots: Vec<u64>,
}

#[derive(Debug, Default, Serialize)]
struct SiteColumns {
    stack: Vec<u32>,
    pinned_free_bytes: Vec<u64>,
    live_bytes: Vec<u64>,
    live_blocks: Vec<u64>,
    pages: Vec<u64>,
    alone_pages: Vec<u64>,
    gain_bytes: Vec<u64>,
}

impl HeldJson {
    /// With the first `limit` sites.
    pub(super) fn of(
        held: &Fragmentation,
        names: &Names<'_>,
        places: &mut Places,
        limit: usize,
    ) -> Self {
        let advice = advice(held, names).into_iter().map(|advice| advice.text);
        let advice = advice.collect();
        let mut table = Table::new(names, places);
        let mut sites = SiteColumns::default();
        for site in held.sites.iter().take(limit) {
            sites.stack.push(table.stack(site.stack));
            sites.pinned_free_bytes.push(site.pins.pinned_free_bytes);
            sites.live_bytes.push(site.pins.live_bytes);
            sites.live_blocks.push(site.pins.live_blocks);
            sites.pages.push(site.pins.pages);
            sites.alone_pages.push(site.pins.alone_pages);
            sites.gain_bytes.push(site.pins.gain_bytes);
        }
        let (nodes, stacks) = table.columns();
        let split = &held.split;
        let first = held.processes.first();
        Self {
            processes: held.processes.len(),
            reason: first.map_or("unknown", |process| process.scan.reason.word()),
            held_bytes: split.held(),
            parts: parts(split),
            purged_bytes: split.purged,
            table_bytes: held.table_bytes,
            has_sites: held.has_sites,
            has_requested: held.has_requested,
            pinned_by_sites_bytes: held.pinned_by_sites,
            classes: classes(held),
            nodes,
            stacks,
            sites,
            sites_left_out: held.sites.len().saturating_sub(limit),
            advice,
        }
    }
}

fn parts(split: &tenure_model::fragmentation::Split) -> [u64; 4] {
    [
        split.live,
        split.internal_waste,
        split.pinned_free,
        split.cached(),
    ]
}

fn classes(held: &Fragmentation) -> ClassColumns {
    let mut columns = ClassColumns::default();
    for class in &held.classes {
        columns.block_bytes.push(class.block_bytes.unwrap_or(0));
        columns.held_bytes.push(class.split.held());
        columns.parts.push(parts(&class.split));
        columns.pages.push(class.pages);
        columns.partly_pages.push(class.partly_pages);
        columns.live_blocks.push(class.live_blocks);
        columns.free_slots.push(class.free_slots);
    }
    columns
}

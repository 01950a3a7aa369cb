//! What heaps hold as JSON, schema `fragmentation/1`.
//!
//! Within version 1 fields are added, never removed or redefined.

use super::{Fragmentation, ProcessHeld, SiteHeld, advice};
use crate::top::FrameJson;
use serde::Serialize;
use tenure_model::fragmentation::{Class, Split};
use tenure_model::profile::Names;

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "fragmentation/1";

/// What is held, with the first `limit` sites, as indented JSON with a line end.
///
/// ```
/// use tenure_model::profile::{Names, Sites, Symbols};
/// use tenure_report::fragmentation::{Fragmentation, json};
/// let (sites, symbols) = (Sites::default(), Symbols::new());
/// let names = Names::new(&sites, &symbols);
/// let json = json(&Fragmentation::default(), &names, 10);
/// assert!(json.starts_with("{\n  \"tenure\": \"fragmentation/1\""));
/// ```
pub fn json(held: &Fragmentation, names: &Names<'_>, limit: usize) -> String {
    let sites = held.sites.iter().take(limit);
    let document = Document {
        tenure: SCHEMA,
        split: SplitJson::of(&held.split),
        free_slice_bytes: held.split.free_slices,
        table_bytes: held.table_bytes,
        requested_known: held.has_requested,
        sites_known: held.has_sites,
        pinned_by_sites_bytes: held.pinned_by_sites,
        sites: sites.map(|site| SiteJson::of(site, names)).collect(),
        classes: held.classes.iter().map(ClassJson::of).collect(),
        processes: held.processes.iter().map(ProcessJson::of).collect(),
        advice: advice(held, names)
            .into_iter()
            .map(|advice| AdviceJson {
                rule: advice.rule,
                gain_bytes: advice.gain_bytes,
                text: advice.text,
            })
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
    #[serde(flatten)]
    split: SplitJson,
    free_slice_bytes: u64,
    table_bytes: u64,
    requested_known: bool,
    sites_known: bool,
    pinned_by_sites_bytes: u64,
    sites: Vec<SiteJson<'a>>,
    classes: Vec<ClassJson>,
    processes: Vec<ProcessJson<'a>>,
    advice: Vec<AdviceJson>,
}

#[derive(Serialize)]
struct SplitJson {
    held_bytes: u64,
    live_bytes: u64,
    internal_waste_bytes: u64,
    pinned_free_bytes: u64,
    cached_bytes: u64,
    purged_bytes: u64,
    empty_page_bytes: u64,
    uncarved_bytes: u64,
}

impl SplitJson {
    fn of(split: &Split) -> Self {
        Self {
            held_bytes: split.held(),
            live_bytes: split.live,
            internal_waste_bytes: split.internal_waste,
            pinned_free_bytes: split.pinned_free,
            cached_bytes: split.cached(),
            purged_bytes: split.purged,
            empty_page_bytes: split.empty_pages,
            uncarved_bytes: split.uncarved,
        }
    }
}

#[derive(Serialize)]
struct SiteJson<'a> {
    pinned_free_bytes: u64,
    live_bytes: u64,
    live_blocks: u64,
    internal_waste_bytes: u64,
    pages: u64,
    alone_pages: u64,
    gain_bytes: u64,
    stack: Vec<FrameJson<'a>>,
}

impl<'a> SiteJson<'a> {
    fn of(site: &SiteHeld, names: &Names<'a>) -> Self {
        let pins = site.pins;
        let frames = names.stack(site.stack);
        Self {
            pinned_free_bytes: pins.pinned_free_bytes,
            live_bytes: pins.live_bytes,
            live_blocks: pins.live_blocks,
            internal_waste_bytes: pins.waste_bytes,
            pages: pins.pages,
            alone_pages: pins.alone_pages,
            gain_bytes: pins.gain_bytes,
            stack: frames.into_iter().map(FrameJson::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct ClassJson {
    block_bytes: Option<u64>,
    pages: u64,
    partly_used_pages: u64,
    empty_pages: u64,
    slots: u64,
    carved_slots: u64,
    live_blocks: u64,
    free_slots: u64,
    #[serde(flatten)]
    split: SplitJson,
}

impl ClassJson {
    fn of(class: &Class) -> Self {
        Self {
            block_bytes: class.block_bytes,
            pages: class.pages,
            partly_used_pages: class.partly_pages,
            empty_pages: class.empty_pages,
            slots: class.slots,
            carved_slots: class.carved,
            live_blocks: class.live_blocks,
            free_slots: class.free_slots,
            split: SplitJson::of(&class.split),
        }
    }
}

#[derive(Serialize)]
struct ProcessJson<'a> {
    pid: u32,
    program: &'a str,
    reason: &'static str,
    threads: u32,
    threads_unanswered: u32,
    took_ns: u64,
    #[serde(flatten)]
    split: SplitJson,
    free_slice_bytes: u64,
    table_bytes: u64,
}

impl<'a> ProcessJson<'a> {
    fn of(process: &'a ProcessHeld) -> Self {
        let scan = &process.scan;
        Self {
            pid: scan.pid,
            program: &process.program,
            reason: scan.reason.word(),
            threads: scan.threads,
            threads_unanswered: scan.threads_unanswered,
            took_ns: u64::try_from(scan.took.as_nanos()).unwrap_or(u64::MAX),
            split: SplitJson::of(&process.split),
            free_slice_bytes: process.split.free_slices,
            table_bytes: process.table_bytes,
        }
    }
}

#[derive(Serialize)]
struct AdviceJson {
    rule: &'static str,
    gain_bytes: u64,
    text: String,
}

//! The sites of the whole run, or of one process.

use super::Limits;
use super::choice::choose;
use super::columns::{SiteColumns, figure};
use super::places::Places;
use crate::quantity::counted;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::HashMap;
use tenure_model::profile::{
    Figure, Histogram, Image, Lifetimes, LiveCurve, LivePoint, Names, Site, SiteTotals, Sites,
    StackId, Symbols,
};
use tenure_model::unit::{Ratio, saturating_sum};

/// Processes of which a line is drawn at most.
const CURVES_MAX: usize = 8;

/// The sites of the whole run, or of one process.
#[derive(Debug, Default, Serialize)]
pub(super) struct View {
    /// Index into the processes; `None` for the whole run.
    process: Option<usize>,
    totals: TotalsJson,
    curves: Vec<Curve>,
    curves_left_out: usize,
    peak: Option<PeakJson>,
    nodes: NodeColumns,
    sites: SiteColumns,
    pub(super) sites_left_out: usize,
}

#[derive(Debug, Default, Serialize)]
struct TotalsJson {
    allocations: Vec<u64>,
    frees: Vec<u64>,
    allocated_bytes: Vec<u64>,
    live_bytes: Vec<u64>,
    live_blocks: Vec<u64>,
    peak_bytes: Vec<u64>,
    peak_blocks: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct Curve {
    process: usize,
    /// Since the first process of the view began.
    start_ns: u64,
    width_ns: u64,
    max: Vec<u64>,
    last: Vec<u64>,
    held_max: Vec<u64>,
    held_last: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct PeakJson {
    process: usize,
    bytes: u64,
    at_ns: Option<u64>,
}

/// The stacks of the sites; node i is element i - 1, parents before children.
#[derive(Debug, Default, Serialize)]
pub(super) struct NodeColumns {
    parent: Vec<u32>,
    frame: Vec<u32>,
}

/// What a view is made of.
pub(super) struct Source<'a> {
    pub(super) sites: &'a Sites,
    pub(super) symbols: &'a Symbols,
    /// For each image of `sites` the process that it is.
    pub(super) process_of: &'a [usize],
    pub(super) process: Option<usize>,
    pub(super) limit: usize,
}

impl View {
    pub(super) fn of(source: &Source<'_>, places: &mut Places, limits: Limits) -> Self {
        let sites = source.sites;
        let names = Names::new(sites, source.symbols);
        let (mut listed, others) = choose(&sites.sites, source.limit);
        let left_out = others.len();
        let rest = summed(&others);
        if left_out > 0 {
            listed.push(&rest);
        }
        let mut nodes = Nodes::default();
        let mut columns = SiteColumns::of(&listed);
        for site in &listed[..listed.len() - usize::from(left_out > 0)] {
            columns.node.push(nodes.of(&names, site.stack, places));
            let own = names.own(site);
            columns.own.push(match own {
                Some(own) => places.place(&names, &own),
                None => places.mark("[no stack]"),
            });
        }
        if left_out > 0 {
            let mark = places.mark(&format!(
                "[{}]",
                counted(left_out as u64, "other site", "other sites")
            ));
            let frame = places.frame_of(vec![mark]);
            columns.node.push(nodes.push(0, frame));
            columns.own.push(mark);
        }
        let (curves, curves_left_out) = curves(source, limits);
        let peak = sites.peak.map(|peak| PeakJson {
            process: process_of(source, peak.image as usize),
            bytes: peak.live_bytes,
            at_ns: peak.since_start_ns,
        });
        Self {
            process: source.process,
            totals: TotalsJson::of(&sites.totals()),
            curves,
            curves_left_out,
            peak,
            nodes: nodes.columns,
            sites: columns,
            sites_left_out: left_out,
        }
    }
}

impl TotalsJson {
    fn of(totals: &SiteTotals) -> Self {
        Self {
            allocations: figure(totals.allocations),
            frees: figure(totals.frees),
            allocated_bytes: figure(totals.allocated_bytes),
            live_bytes: figure(totals.live_bytes),
            live_blocks: figure(totals.live_blocks),
            peak_bytes: figure(totals.peak_bytes),
            peak_blocks: figure(totals.peak_blocks),
        }
    }
}

fn process_of(source: &Source<'_>, image: usize) -> usize {
    source.process_of.get(image).copied().unwrap_or(0)
}

/// The stacks of the sites that a view lists, without those that none needs.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub(super) columns: NodeColumns,
    known: HashMap<StackId, u32>,
    /// For each frame of the record that of the page.
    frames: HashMap<usize, u32>,
}

impl Nodes {
    fn push(&mut self, parent: u32, frame: u32) -> u32 {
        self.columns.parent.push(parent);
        self.columns.frame.push(frame);
        self.columns.parent.len() as u32
    }

    pub(super) fn of(&mut self, names: &Names<'_>, stack: StackId, places: &mut Places) -> u32 {
        // From the inner end out to what is known, then back; a stack may be long.
        let mut fresh = Vec::new();
        let mut at = stack;
        let mut node = loop {
            if let Some(&known) = self.known.get(&at) {
                break known;
            }
            match names.sites().stacks.innermost(at) {
                None => break 0,
                Some((frame, outer)) => {
                    fresh.push((at, frame));
                    at = outer;
                }
            }
        };
        for (stack, id) in fresh.into_iter().rev() {
            let frame = match self.frames.get(&id.index()) {
                Some(&frame) => frame,
                None => {
                    let frame = places.frame(names, id);
                    self.frames.insert(id.index(), frame);
                    frame
                }
            };
            node = self.push(node, frame);
            self.known.insert(stack, node);
        }
        node
    }
}

/// Several sites as one: everything that can be added up is.
fn summed(sites: &[&Site]) -> Site {
    let sum = |of: fn(&Site) -> Figure| Figure::sum(sites.iter().map(|site| of(site)));
    let add = |of: fn(&Site) -> u64| saturating_sum(sites.iter().map(|site| of(site)));
    let ratio = |of: fn(&Site) -> Ratio| {
        let part = saturating_sum(sites.iter().map(|site| of(site).part()));
        Ratio::of(
            part,
            saturating_sum(sites.iter().map(|site| of(site).whole())),
        )
    };
    let merged = |of: fn(&Site) -> &Histogram| {
        let mut histogram = Histogram::default();
        sites.iter().for_each(|site| histogram.merge(of(site)));
        histogram
    };
    let samples = sites.iter().filter_map(|site| site.samples);
    Site {
        stack: StackId::ROOT,
        allocations: sum(|site| site.allocations),
        frees: sum(|site| site.frees),
        allocated_bytes: sum(|site| site.allocated_bytes),
        freed_bytes: sum(|site| site.freed_bytes),
        live_bytes: sum(|site| site.live_bytes),
        live_blocks: sum(|site| site.live_blocks),
        peak_bytes: sum(|site| site.peak_bytes),
        peak_blocks: sum(|site| site.peak_blocks),
        refusal_bytes: add(|site| site.refusal_bytes),
        refusal_blocks: add(|site| site.refusal_blocks),
        usable_bytes: add(|site| site.usable_bytes),
        usable_live_bytes: add(|site| site.usable_live_bytes),
        freed_remotely: ratio(|site| site.freed_remotely),
        freed_in_same_frame: ratio(|site| site.freed_in_same_frame),
        reallocs_in_place: add(|site| site.reallocs_in_place),
        reallocs_moved: add(|site| site.reallocs_moved),
        sizes: merged(|site| &site.sizes),
        top_sizes: Vec::new(),
        lifetimes_ns: Lifetimes {
            freed: merged(|site| &site.lifetimes_ns.freed),
            survivors: add(|site| site.lifetimes_ns.survivors),
            ..Lifetimes::default()
        },
        lifetimes_bytes: Lifetimes {
            freed: merged(|site| &site.lifetimes_bytes.freed),
            survivors: add(|site| site.lifetimes_bytes.survivors),
            ..Lifetimes::default()
        },
        samples: samples.clone().next().map(|_| saturating_sum(samples)),
    }
}

/// The curves of the images with the highest peaks, in the order of their start, and how many
/// others have one.
fn curves(source: &Source<'_>, limits: Limits) -> (Vec<Curve>, usize) {
    let images = source.sites.images.iter().enumerate();
    let mut drawn: Vec<_> = images
        .filter(|(_, image)| !image.live.points.is_empty())
        .collect();
    let most = |image: &Image| image.live.points.iter().map(|point| point.max_bytes).max();
    drawn.sort_by_cached_key(|(at, image)| (Reverse(most(image)), *at));
    let left_out = drawn.len().saturating_sub(CURVES_MAX);
    drawn.truncate(CURVES_MAX);
    drawn.sort_by_key(|(at, image)| (image.start_mono_ns, *at));
    let begin = source.sites.images.iter().map(|image| image.start_mono_ns);
    let begin = begin.min().unwrap_or(0);
    let curve = |(at, image): (usize, &Image)| {
        let (width_ns, points) = thinned(&image.live, limits.points);
        Curve {
            process: process_of(source, at),
            start_ns: image.start_mono_ns - begin,
            width_ns,
            max: points.iter().map(|point| point.max_bytes).collect(),
            last: points.iter().map(|point| point.last_bytes).collect(),
            held_max: points.iter().map(|point| point.max_held_bytes).collect(),
            held_last: points.iter().map(|point| point.last_held_bytes).collect(),
        }
    };
    (drawn.into_iter().map(curve).collect(), left_out)
}

/// A curve with at most `limit` points: neighbours become one, which keeps the highest.
fn thinned(curve: &LiveCurve, limit: usize) -> (u64, Vec<LivePoint>) {
    let together = curve.points.len().div_ceil(limit.max(1)).max(1);
    let points = curve.points.chunks(together).map(|chunk| {
        let last = chunk.last().copied().unwrap_or_default();
        chunk.iter().fold(last, |sum, point| LivePoint {
            max_bytes: sum.max_bytes.max(point.max_bytes),
            max_held_bytes: sum.max_held_bytes.max(point.max_held_bytes),
            ..sum
        })
    });
    let width_ns = curve.width_ns.saturating_mul(together as u64);
    (width_ns, points.collect())
}

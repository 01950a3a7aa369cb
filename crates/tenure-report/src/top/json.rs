//! The sites as JSON, schema `top/1`.

use crate::managers::{ManagerJson, Managers};
use serde::Serialize;
use tenure_model::profile::{
    Figure, Interval, Key, Lifetime, Lifetimes, NamedFrame, Names, Profile, Site, SiteTotals,
};

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "top/1";

/// The first `limit` sites by `by` as indented JSON with a line end, every frame included, and all
/// managers of memory in the run's processes.
///
/// ```
/// use tenure_model::profile::{Key, Names, Profile, Sites, Symbols};
/// let (sites, symbols) = (Sites::default(), Symbols::new());
/// let (names, profile) = (Names::new(&sites, &symbols), Profile::default());
/// let json = tenure_report::top::json(&names, &profile, Key::Live, 10);
/// assert!(json.starts_with("{\n  \"tenure\": \"top/1\""));
/// ```
pub fn json(names: &Names<'_>, profile: &Profile, by: Key, limit: usize) -> String {
    let managers = Managers::of(profile);
    let sites = names.sites();
    let ordered = sites.ordered_by(by);
    let document = Document {
        tenure: SCHEMA,
        mode: sites.mode.word(),
        totals: TotalsJson::of(&sites.totals()),
        accounts: ManagerJson::all(&managers),
        accounts_left_out: managers.left_out,
        sites: ordered
            .into_iter()
            .take(limit)
            .map(|site| SiteJson::of(names, site))
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
    mode: &'static str,
    totals: TotalsJson,
    accounts: Vec<ManagerJson<'a>>,
    accounts_left_out: u64,
    sites: Vec<SiteJson<'a>>,
}

#[derive(Serialize)]
struct TotalsJson {
    allocations: u64,
    frees: u64,
    allocated_bytes: u64,
    live_bytes: u64,
    live_blocks: u64,
    peak_bytes: u64,
    waste_bytes: u64,
    interval_95: Option<IntervalsJson>,
}

impl TotalsJson {
    fn of(totals: &SiteTotals) -> Self {
        Self {
            allocations: totals.allocations.value,
            frees: totals.frees.value,
            allocated_bytes: totals.allocated_bytes.value,
            live_bytes: totals.live_bytes.value,
            live_blocks: totals.live_blocks.value,
            peak_bytes: totals.peak_bytes.value,
            waste_bytes: totals.waste_bytes,
            interval_95: IntervalsJson::of([
                totals.allocations,
                totals.frees,
                totals.allocated_bytes,
                totals.live_bytes,
                totals.live_blocks,
                totals.peak_bytes,
            ]),
        }
    }
}

#[derive(Serialize)]
struct SiteJson<'a> {
    stack: Vec<FrameJson<'a>>,
    allocations: u64,
    frees: u64,
    allocated_bytes: u64,
    live_bytes: u64,
    live_blocks: u64,
    peak_bytes: u64,
    waste_bytes: u64,
    lifetime_ns: LifetimesJson,
    interval_95: Option<IntervalsJson>,
}

impl<'a> SiteJson<'a> {
    fn of(names: &Names<'a>, site: &Site) -> Self {
        let frames = names.stack(site.stack);
        Self {
            stack: frames.into_iter().map(FrameJson::of).collect(),
            allocations: site.allocations.value,
            frees: site.frees.value,
            allocated_bytes: site.allocated_bytes.value,
            live_bytes: site.live_bytes.value,
            live_blocks: site.live_blocks.value,
            peak_bytes: site.peak_bytes.value,
            waste_bytes: site.waste_bytes(),
            lifetime_ns: LifetimesJson::of(&site.lifetimes_ns),
            interval_95: IntervalsJson::of([
                site.allocations,
                site.frees,
                site.allocated_bytes,
                site.live_bytes,
                site.live_blocks,
                site.peak_bytes,
            ]),
        }
    }
}

/// A function of a stack.
#[derive(Serialize)]
pub(crate) struct FrameJson<'a> {
    function: std::borrow::Cow<'a, str>,
    file: Option<&'a str>,
    line: Option<u32>,
    module: Option<&'a str>,
}

impl<'a> FrameJson<'a> {
    pub(crate) fn of(frame: NamedFrame<'a>) -> Self {
        Self {
            function: frame.function,
            file: frame.file,
            line: frame.line,
            module: frame.module,
        }
    }
}

#[derive(Serialize)]
struct LifetimesJson {
    p50: Option<u64>,
    p90: Option<u64>,
    p99: Option<u64>,
    live_mean_age: Option<u64>,
}

impl LifetimesJson {
    fn of(lifetimes: &Lifetimes) -> Self {
        let ended = |lifetime: Option<Lifetime>| lifetime.and_then(Lifetime::ended);
        Self {
            p50: ended(lifetimes.p50()),
            p90: ended(lifetimes.p90()),
            p99: ended(lifetimes.p99()),
            live_mean_age: lifetimes.mean_age,
        }
    }
}

#[derive(Serialize)]
struct IntervalsJson {
    allocations: [u64; 2],
    frees: [u64; 2],
    allocated_bytes: [u64; 2],
    live_bytes: [u64; 2],
    live_blocks: [u64; 2],
    peak_bytes: [u64; 2],
}

impl IntervalsJson {
    /// The intervals of the figures, in the order of the fields; `None` where all are exact.
    fn of(figures: [Figure; 6]) -> Option<Self> {
        if figures.iter().all(|figure| figure.interval_95.is_none()) {
            return None;
        }
        // An exact figure among estimates is its own interval.
        let [
            allocations,
            frees,
            allocated_bytes,
            live_bytes,
            live_blocks,
            peak_bytes,
        ] = figures.map(|figure| {
            let point = Interval {
                low: figure.value,
                high: figure.value,
            };
            let interval = figure.interval_95.unwrap_or(point);
            [interval.low, interval.high]
        });
        Some(Self {
            allocations,
            frees,
            allocated_bytes,
            live_bytes,
            live_blocks,
            peak_bytes,
        })
    }
}

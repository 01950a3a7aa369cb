//! The figures of sites, a list for each: shorter than a name beside every number.

use serde::Serialize;
use tenure_model::profile::{Figure, Histogram, Lifetime, Lifetimes, Site};

/// A figure of every site; with the borders of its interval where any has one.
#[derive(Debug, Default, Serialize)]
pub(super) struct Column {
    value: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    low: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    high: Vec<u64>,
}

impl Column {
    fn of(figures: impl Iterator<Item = Figure> + Clone) -> Self {
        let value = figures.clone().map(|figure| figure.value).collect();
        if figures.clone().all(|figure| figure.interval_95.is_none()) {
            return Self {
                value,
                ..Self::default()
            };
        }
        let border = |of: fn(Figure) -> u64| figures.clone().map(of).collect();
        Self {
            value,
            low: border(|figure| figure.interval_95.map_or(figure.value, |i| i.low)),
            high: border(|figure| figure.interval_95.map_or(figure.value, |i| i.high)),
        }
    }
}

/// One figure: its value, and the borders of its interval where it has one.
pub(super) fn figure(figure: Figure) -> Vec<u64> {
    match figure.interval_95 {
        None => vec![figure.value],
        Some(interval) => vec![figure.value, interval.low, interval.high],
    }
}

/// Length in bits and count of each bucket, in turn.
fn pairs(histogram: &Histogram) -> Vec<u64> {
    let pair = |bucket: tenure_model::profile::Bucket| {
        let bits = u64::from(u64::BITS - bucket.low.leading_zeros());
        [bits, bucket.count]
    };
    histogram.buckets().flat_map(pair).collect()
}

/// A percentile: the number, and 1 where it is only "at least".
type Percentile = Option<(Option<u64>, u8)>;

/// Lifetimes of every site.
#[derive(Debug, Default, Serialize)]
struct LifetimeColumns {
    freed: Vec<Vec<u64>>,
    mean: Vec<Option<u64>>,
    survivors: Vec<u64>,
    mean_age: Vec<Option<u64>>,
    p50: Vec<Percentile>,
    p90: Vec<Percentile>,
    p99: Vec<Percentile>,
}

impl LifetimeColumns {
    fn of<'a>(lifetimes: impl Iterator<Item = &'a Lifetimes> + Clone) -> Self {
        let percentile = |percent: u8| -> Vec<Percentile> {
            let of = |one: &Lifetimes| {
                one.percentile(percent).map(|lifetime| match lifetime {
                    Lifetime::Ended(span) => (Some(span), 0),
                    Lifetime::AtLeast(age) => (age, 1),
                })
            };
            lifetimes.clone().map(of).collect()
        };
        let of = |field: fn(&Lifetimes) -> Option<u64>| lifetimes.clone().map(field).collect();
        Self {
            freed: lifetimes.clone().map(|one| pairs(&one.freed)).collect(),
            mean: of(|one| one.mean),
            survivors: lifetimes.clone().map(|one| one.survivors).collect(),
            mean_age: of(|one| one.mean_age),
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
        }
    }
}

/// The sites of a view.
#[derive(Debug, Default, Serialize)]
pub(super) struct SiteColumns {
    /// The stack: a node of the view.
    pub(super) node: Vec<u32>,
    /// The place that the site is named after.
    pub(super) own: Vec<u32>,
    allocations: Column,
    frees: Column,
    allocated_bytes: Column,
    live_bytes: Column,
    live_blocks: Column,
    peak_bytes: Column,
    peak_blocks: Column,
    waste_bytes: Vec<u64>,
    waste_live_bytes: Vec<u64>,
    freed_remotely: Vec<f32>,
    freed_in_same_frame: Vec<f32>,
    reallocs_in_place: Vec<u64>,
    reallocs_moved: Vec<u64>,
    sizes: Vec<Vec<u64>>,
    top_sizes: Vec<Vec<u64>>,
    lifetimes_ns: LifetimeColumns,
    lifetimes_bytes: LifetimeColumns,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    samples: Vec<u64>,
}

impl SiteColumns {
    /// The figures of `sites`; where they stand is still to be told.
    pub(super) fn of(sites: &[&Site]) -> Self {
        let all = sites.iter().copied();
        let column = |of: fn(&Site) -> Figure| Column::of(all.clone().map(of));
        let number = |of: fn(&Site) -> u64| all.clone().map(of).collect();
        let samples = all.clone().any(|site| site.samples.is_some());
        let tops = |site: &Site| {
            let tops = site.top_sizes.iter();
            tops.flat_map(|top| [top.bytes, top.count]).collect()
        };
        let ratio = |of: fn(&Site) -> f64| all.clone().map(|site| of(site) as f32).collect();
        Self {
            node: Vec::new(),
            own: Vec::new(),
            allocations: column(|site| site.allocations),
            frees: column(|site| site.frees),
            allocated_bytes: column(|site| site.allocated_bytes),
            live_bytes: column(|site| site.live_bytes),
            live_blocks: column(|site| site.live_blocks),
            peak_bytes: column(|site| site.peak_bytes),
            peak_blocks: column(|site| site.peak_blocks),
            waste_bytes: number(Site::waste_bytes),
            waste_live_bytes: number(Site::waste_live_bytes),
            freed_remotely: ratio(|site| site.freed_remotely.fraction()),
            freed_in_same_frame: ratio(|site| site.freed_in_same_frame.fraction()),
            reallocs_in_place: number(|site| site.reallocs_in_place),
            reallocs_moved: number(|site| site.reallocs_moved),
            sizes: all.clone().map(|site| pairs(&site.sizes)).collect(),
            top_sizes: all.clone().map(tops).collect(),
            lifetimes_ns: LifetimeColumns::of(all.clone().map(|site| &site.lifetimes_ns)),
            lifetimes_bytes: LifetimeColumns::of(all.clone().map(|site| &site.lifetimes_bytes)),
            samples: match samples {
                true => number(|site| site.samples.unwrap_or(0)),
                false => Vec::new(),
            },
        }
    }
}

//! What is allocated and promoted between collections, and how well that explains their times.

use super::{Class, Collector, Event, Interval, Series, Space};

/// Intervals kept for the fit.
const INTERVALS_MAX: usize = 512;
/// Intervals needed for a fit.
const INTERVALS_MIN: usize = 8;

/// Bytes between collections of one run; sums of all runs.
#[derive(Clone, Debug)]
pub(super) struct Allocation {
    /// Bytes allocated within `time_ns`.
    pub(super) bytes: u64,
    /// Time over which the bytes were seen.
    pub(super) time_ns: u64,
    /// Bytes promoted by young collections.
    pub(super) promoted: u64,
    /// Young collections of which the promotion is known.
    pub(super) promotions: u64,
    /// Intervals between young collections.
    pub(super) young: Series<Interval>,
    /// Intervals between collections of the whole heap.
    pub(super) whole: Series<Interval>,
    before: Option<Point>,
    last_young_ns: Option<u64>,
    since_young: u64,
    last_whole_ns: Option<u64>,
    since_whole: u64,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    end_ns: u64,
    heap_after: u64,
    young_after: Option<u64>,
}

impl Allocation {
    pub(super) fn new() -> Self {
        Self {
            bytes: 0,
            time_ns: 0,
            promoted: 0,
            promotions: 0,
            young: Series::new(INTERVALS_MAX),
            whole: Series::new(INTERVALS_MAX),
            before: None,
            last_young_ns: None,
            since_young: 0,
            last_whole_ns: None,
            since_whole: 0,
        }
    }

    /// A new run begins: nothing is counted across.
    pub(super) fn new_run(&mut self) {
        self.before = None;
        self.last_young_ns = None;
        self.last_whole_ns = None;
        self.since_young = 0;
        self.since_whole = 0;
    }

    /// A pause or cycle with sizes. Returns false if its promotion came out negative.
    pub(super) fn event(&mut self, event: &Event, is_whole: bool, collector: Collector) -> bool {
        if let Some(start_ns) = event.start_ns {
            self.interval(event, start_ns, is_whole, collector);
        }
        self.promotion(event)
    }

    fn interval(&mut self, event: &Event, start_ns: u64, is_whole: bool, collector: Collector) {
        let heap = event.sizes.get(Space::Heap);
        let (Some(before), Some(after)) = (heap.before, heap.after) else {
            return;
        };
        // Go sweeps after its cycle: what is left is what is alive, not the heap at its end.
        let swept = event.live.filter(|_| collector == Collector::Go);
        let after = swept.unwrap_or(after);
        let end_ns = start_ns.saturating_add(event.duration_ns.unwrap_or(0));
        // Shenandoah tells what is used when it frees, at the end of its cycle.
        let is_late = matches!(
            collector,
            Collector::Shenandoah | Collector::GenerationalShenandoah
        ) && event.class == Class::Cycle;
        let seen_ns = if is_late { end_ns } else { start_ns };
        let young = event.sizes.get(Space::Young);
        let eden = event.sizes.get(Space::Eden);
        let young = if young.is_empty() { eden } else { young };
        if let Some(last) = self.before {
            if seen_ns < last.end_ns {
                return;
            }
            let fresh = match (event.allocated, young.before, last.young_after) {
                (Some(told), _, _) => told,
                (None, Some(before), Some(after)) if before >= after => before - after,
                _ => before.saturating_sub(last.heap_after),
            };
            self.bytes = self.bytes.saturating_add(fresh);
            self.time_ns = self.time_ns.saturating_add(seen_ns - last.end_ns);
            self.since_young = self.since_young.saturating_add(fresh);
            self.since_whole = self.since_whole.saturating_add(fresh);
        }
        let young_after = young.after;
        self.before = Some(Point {
            end_ns,
            heap_after: after,
            young_after,
        });
        if event.kind.is_young() {
            close(
                &mut self.young,
                &mut self.last_young_ns,
                &mut self.since_young,
                seen_ns,
                end_ns,
            );
        }
        if is_whole {
            close(
                &mut self.whole,
                &mut self.last_whole_ns,
                &mut self.since_whole,
                seen_ns,
                end_ns,
            );
        }
    }

    fn promotion(&mut self, event: &Event) -> bool {
        let heap_freed = signed_freed(event, Space::Heap);
        let young_freed = signed_freed(event, Space::Young);
        let promoted = match (event.promoted, young_freed, heap_freed) {
            (Some(told), _, _) => i128::from(told),
            (None, Some(young), Some(heap)) if event.kind.is_young() => young - heap,
            _ => return true,
        };
        self.promotions += 1;
        let counted = u64::try_from(promoted.max(0)).unwrap_or(u64::MAX);
        self.promoted = self.promoted.saturating_add(counted);
        promoted >= 0
    }

    /// Bytes per second; `None` where two collections with sizes and times are missing.
    pub(super) fn bytes_per_s(&self) -> Option<f64> {
        (self.time_ns > 0).then(|| self.bytes as f64 / (self.time_ns as f64 / 1e9))
    }
}

fn signed_freed(event: &Event, space: Space) -> Option<i128> {
    let change = event.sizes.get(space);
    Some(i128::from(change.before?) - i128::from(change.after?))
}

fn close(
    series: &mut Series<Interval>,
    last_ns: &mut Option<u64>,
    bytes: &mut u64,
    start_ns: u64,
    end_ns: u64,
) {
    if let Some(last) = *last_ns {
        series.add(Interval {
            duration_ns: start_ns.saturating_sub(last),
            bytes: *bytes,
        });
    }
    *last_ns = Some(end_ns);
    *bytes = 0;
}

/// The model "time to the next collection = bytes to be filled / allocation rate", fitted to the
/// log's own intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Median time between collections, in seconds.
    pub interval_s: f64,
    /// Median bytes allocated between them.
    pub bytes: u64,
    /// Rate of the model, in bytes per second.
    pub bytes_per_s: f64,
    /// Median of |model − log| / log over the intervals; 0.2 is 20 %.
    pub error: f64,
    /// Intervals used.
    pub intervals: usize,
}

impl Fit {
    /// Fits the rate to `intervals`; `None` with fewer than 8 of use.
    pub fn to(intervals: &[Interval]) -> Option<Self> {
        let of_use = |interval: &&Interval| interval.duration_ns > 0 && interval.bytes > 0;
        let used: Vec<_> = intervals.iter().filter(of_use).collect();
        if used.len() < INTERVALS_MIN {
            return None;
        }
        let seconds = |interval: &&Interval| interval.duration_ns as f64 / 1e9;
        let rates = used
            .iter()
            .map(|one| one.bytes as f64 / seconds(one))
            .collect();
        let bytes_per_s = median(rates)?;
        let off = |one: &&Interval| (one.bytes as f64 / bytes_per_s / seconds(one) - 1.0).abs();
        Some(Self {
            interval_s: median(used.iter().map(seconds).collect())?,
            bytes: median(used.iter().map(|one| one.bytes as f64).collect())? as u64,
            bytes_per_s,
            error: median(used.iter().map(off).collect())?,
            intervals: used.len(),
        })
    }

    /// Seconds between collections if `bytes` may be filled between them.
    pub fn interval_with(&self, bytes: u64) -> f64 {
        bytes as f64 / self.bytes_per_s
    }
}

/// The middle value; `None` without values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

//! What is allocated and promoted between collections.

use super::{Class, Collector, Event, Interval, Series, Space};

/// Intervals kept for the fit.
const INTERVALS_MAX: usize = 512;
/// Times by which cycles may be longer than what is between them, and the rate still be told.
const UNTOLD_MAX: u64 = 4;
const MIB: u64 = 1 << 20;

/// Bytes between collections of one run; sums of all runs.
#[derive(Clone, Debug)]
pub(super) struct Allocation {
    /// Bytes allocated within `time_ns`.
    pub(super) bytes: u64,
    /// Time over which the bytes were seen.
    pub(super) time_ns: u64,
    /// Time of cycles that do not tell what was allocated meanwhile.
    untold_ns: u64,
    /// Bytes promoted by young collections.
    promoted: i128,
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
            untold_ns: 0,
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
        let seen_ns = if tells_at_end(event, collector) {
            end_ns
        } else {
            start_ns
        };
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
            self.meanwhile(event, swept.is_some(), end_ns - seen_ns);
            self.since_young = self.since_young.saturating_add(fresh);
            self.since_whole = self.since_whole.saturating_add(fresh);
        }
        let young_after = young.after;
        self.before = Some(Point {
            end_ns,
            heap_after: after,
            young_after,
        });
        let cpu = event.cpu.unwrap_or_default();
        let closed = Interval {
            duration_ns: seen_ns,
            period_ns: end_ns,
            cost_ns: event.duration_ns.unwrap_or(0),
            cpu_ns: cpu.user_ns.saturating_add(cpu.system_ns),
            bytes: 0,
        };
        if event.kind.is_young() {
            close(
                &mut self.young,
                &mut self.last_young_ns,
                &mut self.since_young,
                closed,
            );
        }
        if is_whole {
            close(
                &mut self.whole,
                &mut self.last_whole_ns,
                &mut self.since_whole,
                closed,
            );
        }
    }

    /// What was allocated beside a cycle: Go tells it, as it frees nothing before the cycle's end;
    /// of others it is not known.
    fn meanwhile(&mut self, event: &Event, is_told: bool, duration_ns: u64) {
        if event.class != Class::Cycle {
            return;
        }
        if !is_told {
            self.untold_ns = self.untold_ns.saturating_add(duration_ns);
            return;
        }
        let heap = event.sizes.get(Space::Heap);
        let (before, after) = (heap.before.unwrap_or(0), heap.after.unwrap_or(0));
        self.bytes = self.bytes.saturating_add(after.saturating_sub(before));
        self.time_ns = self.time_ns.saturating_add(duration_ns);
    }

    fn promotion(&mut self, event: &Event) -> bool {
        let heap_freed = signed_freed(event, Space::Heap);
        let young_freed = signed_freed(event, Space::Young);
        // Where the old generation is told, it is told finer than the heap, and without large
        // objects that a young collection of G1 frees.
        let old_freed = signed_freed(event, Space::Old);
        let promoted = match (event.promoted, old_freed, young_freed.zip(heap_freed)) {
            (Some(told), _, _) => i128::from(told),
            _ if !event.kind.is_young() => return true,
            (None, Some(old), _) => -old,
            (None, None, Some((young, heap))) => young - heap,
            _ => return true,
        };
        self.promotions += 1;
        // What a log rounds comes out too small as often as too large: both are added.
        let is_rounded = event.promoted.is_none() && promoted >= -rounding(event);
        let counted = if is_rounded {
            promoted
        } else {
            promoted.max(0)
        };
        self.promoted = self.promoted.saturating_add(counted);
        promoted >= 0 || is_rounded
    }

    /// Bytes promoted by young collections.
    pub(super) fn promoted(&self) -> f64 {
        self.promoted.max(0) as f64
    }

    /// Bytes per second; `None` where two collections with sizes and times are missing, or where
    /// hardly any time is left between cycles that do not tell what was allocated meanwhile.
    pub(super) fn bytes_per_s(&self) -> Option<f64> {
        let is_told = self.time_ns > 0 && self.untold_ns / UNTOLD_MAX <= self.time_ns;
        is_told.then(|| self.bytes as f64 / (self.time_ns as f64 / 1e9))
    }
}

/// True if the heap of `event` is that of its end, and all that was allocated until then counts.
///
/// Shenandoah tells what is used when it frees; ZGC tells in tables what was allocated meanwhile.
fn tells_at_end(event: &Event, collector: Collector) -> bool {
    let is_shenandoah = matches!(
        collector,
        Collector::Shenandoah | Collector::GenerationalShenandoah
    );
    event.class == Class::Cycle && (is_shenandoah || event.allocated.is_some())
}

/// Bytes by which a difference of differences may be off in a log that tells whole MiB.
fn rounding(event: &Event) -> i128 {
    let is_whole = |bytes: Option<u64>| bytes.is_some_and(|bytes| bytes % MIB == 0);
    let spaces = [Space::Heap, Space::Young].map(|space| event.sizes.get(space));
    let all_whole = spaces
        .iter()
        .all(|change| is_whole(change.before) && is_whole(change.after));
    if all_whole { 2 * i128::from(MIB) } else { 0 }
}

fn signed_freed(event: &Event, space: Space) -> Option<i128> {
    let change = event.sizes.get(space);
    Some(i128::from(change.before?) - i128::from(change.after?))
}

/// Ends an interval. The times of `now` are moments of the run's clock.
fn close(series: &mut Series<Interval>, last_ns: &mut Option<u64>, bytes: &mut u64, now: Interval) {
    if let Some(last) = *last_ns {
        series.add(Interval {
            duration_ns: now.duration_ns.saturating_sub(last),
            period_ns: now.period_ns.saturating_sub(last),
            bytes: *bytes,
            ..now
        });
    }
    *last_ns = Some(now.period_ns);
    *bytes = 0;
}

/// The middle value; `None` without values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

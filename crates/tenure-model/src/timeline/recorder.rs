//! Takes the events of a log and keeps what the figures need, in bounded memory.

use std::collections::BTreeMap;

use super::allocation::Allocation;
use super::figures::Account;
use super::group::{Group, Rota};
use super::run::Clock;
use super::{
    About, Class, Collector, Distribution, Event, Fact, HeapPoint, Kind, Lines, Mark, Marks,
    PausePoint, Remark, Runtime, Series, Sink, Space, Stamp, Timeline, Utilisation,
};

/// Windows of the utilisation curve, in milliseconds.
const WINDOWS_MS: [u64; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000];
/// Points kept for drawing.
const POINTS_MAX: usize = 2048;
/// A clock that falls by more than this begins a new run.
const FALL_NS: u64 = 1_000_000_000;
/// Heaps (isolates) with a clock of their own; further ones share the last.
const HEAPS_MAX: usize = 64;

/// Takes the events of a log. [`finish`](Self::finish) gives the [`Timeline`].
///
/// Memory does not grow with the log: distributions, series and tables are bounded.
#[derive(Clone, Debug)]
pub struct Recorder {
    pub(super) about: About,
    pub(super) groups: [Group; 5],
    pub(super) reach: Distribution,
    pub(super) phases: Rota,
    pub(super) marks: BTreeMap<&'static str, Account>,
    /// Collection of which each mark was counted last: its parts bear the mark too.
    marked_ids: BTreeMap<&'static str, u64>,
    pub(super) remarks: BTreeMap<Remark, Account>,
    pub(super) allocation: Allocation,
    pub(super) pauses: Series<PausePoint>,
    pub(super) heap: Series<HeapPoint>,
    pub(super) live: Series<HeapPoint>,
    pub(super) full: Series<HeapPoint>,
    pub(super) utilisation: Utilisation,
    pub(super) cpu: Cpus,
    pub(super) peaks: BTreeMap<Space, Peak>,
    pub(super) headroom: Series<Headroom>,
    pub(super) tenuring_low: Account,
    pub(super) clocks: Vec<Clock>,
    pub(super) done: Done,
    heap_now: (u64, u64),
    header_seen: bool,
}

/// Sums over the runs that have ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) runs: u32,
    pub(super) span_ns: u64,
    pub(super) span_from_first_pause_ns: u64,
    pub(super) paused_ns: u64,
    pub(super) first_unix_ns: Option<i64>,
    pub(super) last_unix_ns: Option<i64>,
}

/// Processor time over the pauses that tell it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cpus {
    pub(super) user_ns: u64,
    pub(super) system_ns: u64,
    pub(super) real_ns: u64,
    pub(super) pauses: u64,
    pub(super) starved: Account,
    pub(super) system_heavy: Account,
    pub(super) share: Option<f64>,
    pub(super) utilisation_min: Option<f64>,
    pub(super) cycles_ns: u64,
}

/// The largest figures seen of a space, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Largest use, before or after.
    pub used: u64,
    /// Largest use after a collection.
    pub after: u64,
    /// Largest capacity.
    pub capacity: u64,
    /// Capacity last seen.
    pub capacity_last: u64,
    /// Use after the last collection.
    pub after_last: u64,
}

/// Room at the start of a concurrent cycle, and how long the cycle took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headroom {
    pub(super) free: u64,
    pub(super) duration_ns: u64,
}

impl super::Merge for Headroom {
    fn merge(self, later: Self) -> Self {
        if later.free < self.free { later } else { self }
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            about: About::default(),
            groups: Default::default(),
            reach: Distribution::default(),
            phases: Rota::default(),
            marks: BTreeMap::new(),
            marked_ids: BTreeMap::new(),
            remarks: BTreeMap::new(),
            allocation: Allocation::new(),
            pauses: Series::new(POINTS_MAX),
            heap: Series::new(POINTS_MAX),
            live: Series::new(POINTS_MAX),
            full: Series::new(POINTS_MAX),
            utilisation: Utilisation::new(&WINDOWS_MS.map(|window_ms| window_ms * 1_000_000)),
            cpu: Cpus::default(),
            peaks: BTreeMap::new(),
            headroom: Series::new(POINTS_MAX),
            tenuring_low: Account::default(),
            clocks: vec![Clock::default()],
            done: Done::default(),
            heap_now: (0, 0),
            header_seen: false,
        }
    }
}

impl Recorder {
    /// A recorder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The log has ended.
    pub fn finish(mut self, runtime: Option<Runtime>, lines: Lines) -> Timeline {
        self.end_run();
        Timeline::of(self, runtime, lines)
    }

    /// What is known so far, while the log goes on.
    pub fn snapshot(&self, runtime: Option<Runtime>, lines: &Lines) -> Timeline {
        self.clone().finish(runtime, lines.clone())
    }

    pub(super) fn group(&self, class: Class) -> &Group {
        &self.groups[class as usize]
    }

    fn clock(&mut self, heap: u32) -> &mut Clock {
        let index = (heap as usize).min(HEAPS_MAX - 1);
        if self.clocks.len() <= index {
            self.clocks.resize(index + 1, Clock::default());
        }
        &mut self.clocks[index]
    }

    fn end_run(&mut self) {
        if self.clocks.iter().all(|clock| clock.span_ns().is_none()) {
            return;
        }
        for clock in &self.clocks {
            add(&mut self.done.span_ns, clock.span_ns().unwrap_or(0));
            add(
                &mut self.done.span_from_first_pause_ns,
                clock.span_from_first_pause_ns().unwrap_or(0),
            );
            add(&mut self.done.paused_ns, clock.paused_ns);
        }
        self.done.runs += 1;
        self.clocks = vec![Clock::default()];
        self.allocation.new_run();
        self.utilisation.new_run();
        self.heap_now = (0, 0);
    }

    /// A moment of the present run on the axis of the whole log.
    fn axis(&self, run_ns: u64) -> u64 {
        let first = self.clocks.first().and_then(Clock::first_ns).unwrap_or(0);
        self.done
            .span_ns
            .saturating_add(run_ns.saturating_sub(first))
    }

    fn pause(&mut self, event: &Event) {
        let Some(start_ns) = event.start_ns else {
            return;
        };
        let duration_ns = event.duration_ns.unwrap_or(0);
        let end_ns = start_ns.saturating_add(duration_ns);
        self.clock(event.heap).pause(start_ns, end_ns);
        if event.heap == 0 {
            self.utilisation.add(start_ns, end_ns);
        }
        let at_ns = self.axis(start_ns);
        self.pauses.add(PausePoint {
            at_ns,
            duration_ns,
            kind: event.kind,
        });
    }

    fn processor(&mut self, event: &Event) {
        if let Some(share) = event.cpu_share.filter(|share| (0.0..=1.0).contains(share)) {
            self.cpu.share = Some(share);
        }
        if let Some(told) = event.utilisation.filter(|told| (0.0..=1.0).contains(told)) {
            let least = self.cpu.utilisation_min.unwrap_or(1.0);
            self.cpu.utilisation_min = Some(least.min(told));
        }
        let Some(cpu) = event.cpu else { return };
        if event.class != Class::Pause {
            add(
                &mut self.cpu.cycles_ns,
                cpu.user_ns.saturating_add(cpu.system_ns),
            );
            return;
        }
        add(&mut self.cpu.user_ns, cpu.user_ns);
        add(&mut self.cpu.system_ns, cpu.system_ns);
        add(&mut self.cpu.real_ns, cpu.real_ns);
        self.cpu.pauses += 1;
        // Times of the log have a grain of 10 ms; below 100 ms nothing is concluded.
        let is_long = cpu.real_ns >= 100_000_000;
        if is_long && cpu.real_ns / 2 > cpu.user_ns.saturating_add(cpu.system_ns) {
            self.cpu.starved.add(event.line);
        }
        if is_long && cpu.system_ns > cpu.user_ns {
            self.cpu.system_heavy.add(event.line);
        }
    }

    fn sizes(&mut self, event: &Event) {
        for space in Space::ALL {
            let change = event.sizes.get(space);
            if !change.is_empty() {
                self.peaks.entry(space).or_default().add(change);
            }
        }
        let heap = event.sizes.get(Space::Heap);
        let at_ns = event.start_ns.map_or(0, |start_ns| {
            self.axis(start_ns.saturating_add(event.duration_ns.unwrap_or(0)))
        });
        let run = self.done.runs;
        let capacity = heap.capacity.unwrap_or(0);
        if let (Some(before), Some(after)) = (heap.before, heap.after) {
            // Go frees after its cycle: what is left then is what is alive.
            let swept = event.live.filter(|_| self.about.collector == Collector::Go);
            let point = HeapPoint {
                at_ns,
                run,
                before: swept.map_or(before, |_| before.max(after)),
                after: swept.unwrap_or(after),
                capacity,
            };
            self.heap.add(point);
            self.heap_now = (after, capacity);
            if event.kind.is_whole_heap() {
                self.full.add(point);
            }
        }
        if let Some(live) = event.live {
            self.live.add(HeapPoint {
                at_ns,
                run,
                before: live,
                after: live,
                capacity,
            });
        }
    }

    fn cycle(&mut self, event: &Event) {
        let Some(duration_ns) = event.duration_ns.filter(|duration_ns| *duration_ns > 0) else {
            return;
        };
        let heap = event.sizes.get(Space::Heap);
        let used = heap.before.unwrap_or(self.heap_now.0);
        let capacity = heap.capacity.unwrap_or(self.heap_now.1);
        let capacity = self.about.heap_max_bytes.unwrap_or(0).max(capacity);
        if capacity > 0 && used > 0 {
            let free = capacity.saturating_sub(used);
            self.headroom.add(Headroom { free, duration_ns });
        }
    }

    fn count_marks(&mut self, event: &Event) {
        if event.marks == Marks::default() {
            return;
        }
        for (mark, name) in MARKS {
            if !event.marks.has(mark) {
                continue;
            }
            let last = event.id.and_then(|id| self.marked_ids.insert(name, id));
            if last.is_none() || last != event.id {
                self.marks.entry(name).or_default().add(event.line);
            }
        }
    }
}

/// Adds without overflow: damaged logs hold any number.
fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

/// Marks with their names in figures.
const MARKS: [(Mark, &str); 13] = [
    (Mark::EvacuationFailure, "evacuation failure"),
    (Mark::Pinned, "pinned"),
    (Mark::PromotionFailed, "promotion failed"),
    (Mark::ConcurrentModeFailure, "concurrent mode failure"),
    (
        Mark::ConcurrentModeInterrupted,
        "concurrent mode interrupted",
    ),
    (Mark::Aborted, "aborted"),
    (Mark::Explicit, "explicit"),
    (Mark::Undone, "undone"),
    (Mark::ClearSoftReferences, "soft references cleared"),
    (Mark::MemoryReducing, "memory reducing"),
    (Mark::Vain, "vain"),
    (Mark::Uncollectable, "uncollectable"),
    (Mark::Torn, "torn"),
];

impl Peak {
    fn add(&mut self, change: super::Change) {
        let after = change.after.unwrap_or(0);
        self.used = self.used.max(change.before.unwrap_or(0)).max(after);
        self.after = self.after.max(after);
        self.after_last = change.after.unwrap_or(self.after_last);
        if let Some(capacity) = change.capacity {
            self.capacity = self.capacity.max(capacity);
            self.capacity_last = capacity;
        }
    }
}

impl Sink for Recorder {
    fn stamp(&mut self, stamp: Stamp) {
        // The parts of a rotated log each have a header, but their clock goes on.
        let tolerance_ns = if self.header_seen { 0 } else { FALL_NS };
        self.header_seen = false;
        if self.clock(stamp.heap).falls_to(stamp.run_ns, tolerance_ns) {
            self.end_run();
        }
        self.clock(stamp.heap).tick(stamp.run_ns);
        if let Some(unix_ns) = stamp.unix_ns {
            self.done.first_unix_ns.get_or_insert(unix_ns);
            self.done.last_unix_ns = Some(unix_ns);
        }
    }

    fn event(&mut self, event: &Event) {
        self.groups[event.class as usize].add(event);
        self.count_marks(event);
        if event
            .tenuring
            .is_some_and(|(threshold, max)| threshold <= 1 && max > 1)
        {
            self.tenuring_low.add(event.line);
        }
        self.processor(event);
        for (name, duration_ns) in &event.phases {
            self.phases.add(*name, *duration_ns, event.line);
        }
        match event.class {
            Class::Pause => self.pause(event),
            Class::Stop => event
                .reach_ns
                .into_iter()
                .for_each(|reach| self.reach.add(reach)),
            Class::Cycle => self.cycle(event),
            Class::Stall | Class::Concurrent => {}
        }
        if matches!(event.class, Class::Pause | Class::Cycle) {
            let is_whole = event.kind.is_whole_heap()
                || matches!(event.kind, Kind::Cycle | Kind::MajorCycle)
                || event.live.is_some();
            if !self.allocation.event(event, is_whole, self.about.collector) {
                self.remark(event.line, Remark::NegativePromotion);
            }
            self.sizes(event);
        }
    }

    fn fact(&mut self, fact: Fact) {
        if fact == Fact::NewRun {
            self.header_seen = true;
        }
        self.about.learn(fact);
    }

    fn remark(&mut self, number: u64, remark: Remark) {
        self.remarks.entry(remark).or_default().add(number);
    }
}

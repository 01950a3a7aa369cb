//! The figures of a log. Each is `None` where the log cannot say.

use std::collections::BTreeMap;

use super::allocation::median;
use super::recorder::{Done, Peak, Recorder};
use super::{
    About, Class, Collector, Distribution, Fit, Group, HeapPoint, Label, Lines, PausePoint, Remark,
    Runtime, Slope, Space, Sum,
};

/// Wall time of pauses from which the processors at work are told: a log has a grain of 10 ms.
const CPU_NS_MIN: u64 = 100_000_000;

/// Pauses from which on a log that shows nothing but pauses is believed.
const EXCERPT_MAX: u64 = 5;

/// How often something was seen, and at which lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How often.
    pub count: u64,
    /// Line of the first.
    pub first_line: u64,
    /// Line of the last.
    pub last_line: u64,
}

impl Account {
    pub(super) fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first_line = line;
        }
        self.count += 1;
        self.last_line = line;
    }
}

/// From what the live set was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveSource {
    /// Bytes that a marking found alive.
    Marking,
    /// Heap after collections of the whole heap.
    Full,
    /// Lowest heap after any collection: an upper bound.
    Lowest,
}

impl LiveSource {
    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            LiveSource::Marking => "marking",
            LiveSource::Full => "full collections",
            LiveSource::Lowest => "the lowest after collections",
        }
    }
}

/// What is alive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Live {
    /// Median, in bytes.
    pub bytes: u64,
    /// From what.
    pub source: LiveSource,
    /// Values behind it.
    pub samples: usize,
}

/// Processor time against wall time over the pauses that tell both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parallelism {
    /// (user + system) / real.
    pub factor: f64,
    /// system / (user + system), 0 to 1.
    pub system_share: f64,
    /// Pauses behind it.
    pub pauses: u64,
    /// Pauses of 100 ms and more with less than half a processor.
    pub starved: Account,
    /// Pauses of 100 ms and more with more system than user time.
    pub system_heavy: Account,
}

/// All that a log says, in figures. Times are in nanoseconds, sizes in bytes, shares 0 to 1.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The runtime; `None` if the bytes look like no log.
    pub runtime: Option<Runtime>,
    /// What the log says of the program.
    pub about: About,
    /// The account of the lines.
    pub lines: Lines,
    /// What the reader should know of the log itself.
    pub remarks: BTreeMap<Remark, Account>,
    /// Runs of the runtime in the log.
    pub runs: u32,
    /// Date of the first and the last stamp that has one.
    pub unix_ns: Option<(i64, i64)>,
    /// From the first stamp to the last, summed over the runs.
    pub span_ns: Option<u64>,
    /// 1 − pauses / span.
    pub throughput: Option<f64>,
    /// The same, with a span that begins at the first pause of each run, as GCViewer has it.
    pub throughput_from_first_pause: Option<f64>,
    /// Operations that stop the world.
    pub pauses: Group,
    /// Safepoints.
    pub stops: Group,
    /// Delays of single threads.
    pub stalls: Group,
    /// Work beside the program.
    pub concurrent: Group,
    /// Whole collections of concurrent collectors.
    pub cycles: Group,
    /// Times to reach a safepoint.
    pub reach: Distribution,
    /// Parts of pauses and cycles.
    pub phases: BTreeMap<Label, Sum>,
    /// What went wrong, by name.
    pub marks: BTreeMap<&'static str, Account>,
    /// Width of a window and the lowest share of it that was the program's.
    pub utilisation: Vec<(u64, Option<f64>)>,
    /// Bytes allocated per second.
    pub allocation_bytes_per_s: Option<f64>,
    /// Bytes promoted per second by young collections.
    pub promotion_bytes_per_s: Option<f64>,
    /// Bytes alive.
    pub live: Option<Live>,
    /// Growth of what is alive.
    pub slope: Option<Slope>,
    /// How many processors worked in pauses.
    pub parallelism: Option<Parallelism>,
    /// Share of all processor time that went into the collector.
    pub cpu_share: Option<f64>,
    /// Lowest utilisation that the log itself gives (V8 `mu`).
    pub utilisation_told: Option<f64>,
    /// Median over concurrent cycles: bytes free at the start / bytes allocated meanwhile.
    /// Below 1, the cycle does not finish in time.
    pub headroom: Option<f64>,
    /// Collections that left a tenuring threshold of 1 though more is allowed.
    pub tenuring_low: Option<Account>,
    /// The largest figures of each space.
    pub peaks: BTreeMap<Space, Peak>,
    /// Fit of the times between young collections.
    pub young_fit: Option<Fit>,
    /// Fit of the times between collections of the whole heap.
    pub whole_fit: Option<Fit>,
    /// Pauses for drawing.
    pub pause_points: Vec<PausePoint>,
    /// The heap for drawing.
    pub heap_points: Vec<HeapPoint>,
}

impl Timeline {
    pub(super) fn of(mut recorder: Recorder, runtime: Option<Runtime>, lines: Lines) -> Self {
        recorder.groups.iter_mut().for_each(Group::settle);
        recorder.reach.settle();
        let done = recorder.done;
        let span_ns = (done.runs > 0 && done.span_ns > 0).then_some(done.span_ns);
        let tells_program = tells_program(recorder.group(Class::Pause), &done);
        let left = |span_ns: u64| {
            (tells_program && span_ns > 0)
                .then(|| 1.0 - done.paused_ns.min(span_ns) as f64 / span_ns as f64)
        };
        let processors = recorder.about.processors;
        let allocation = &recorder.allocation;
        let promotion = span_ns.filter(|_| allocation.promotions > 0);
        let heap_points = recorder.heap.points();
        let live_points = live_points(&recorder);
        Self {
            throughput: span_ns.and_then(left),
            throughput_from_first_pause: left(done.span_from_first_pause_ns),
            utilisation: recorder
                .utilisation
                .minima(if tells_program { done.span_ns } else { 0 }),
            allocation_bytes_per_s: allocation.bytes_per_s(),
            promotion_bytes_per_s: promotion
                .map(|span_ns| allocation.promoted() / (span_ns as f64 / 1e9)),
            live: live(&live_points),
            slope: slope(&live_points),
            parallelism: parallelism(&recorder),
            cpu_share: cpu_share(&recorder, span_ns),
            utilisation_told: recorder.cpu.utilisation_min,
            headroom: headroom(&recorder),
            young_fit: Fit::to(&allocation.young.points(), processors),
            whole_fit: Fit::to(&allocation.whole.points(), processors),
            pause_points: recorder.pauses.points(),
            heap_points,
            unix_ns: done.first_unix_ns.zip(done.last_unix_ns),
            tenuring_low: Some(recorder.tenuring_low).filter(|seen| seen.count > 0),
            runtime,
            lines,
            runs: done.runs.max(1),
            span_ns,
            about: recorder.about,
            remarks: recorder.remarks,
            reach: recorder.reach,
            phases: recorder.phases.into_map(),
            marks: recorder.marks,
            peaks: recorder.peaks,
            pauses: std::mem::take(&mut recorder.groups[Class::Pause as usize]),
            stops: std::mem::take(&mut recorder.groups[Class::Stop as usize]),
            stalls: std::mem::take(&mut recorder.groups[Class::Stall as usize]),
            concurrent: std::mem::take(&mut recorder.groups[Class::Concurrent as usize]),
            cycles: std::mem::take(&mut recorder.groups[Class::Cycle as usize]),
        }
    }

    /// The collector.
    pub fn collector(&self) -> Collector {
        self.about.collector
    }

    /// True if the log has no event at all.
    pub fn is_empty(&self) -> bool {
        let groups = [
            &self.pauses,
            &self.stops,
            &self.stalls,
            &self.concurrent,
            &self.cycles,
        ];
        groups.into_iter().all(Group::is_empty)
    }

    /// How often `name` was marked; see [`super::Mark`].
    pub fn marked(&self, name: &str) -> Account {
        self.marks.get(name).copied().unwrap_or_default()
    }

    /// The largest figures of `space`; zeros where the log does not name it.
    pub fn peak(&self, space: Space) -> Peak {
        self.peaks.get(&space).copied().unwrap_or_default()
    }

    /// Largest heap: as told, else the largest capacity seen.
    pub fn heap_max_bytes(&self) -> Option<u64> {
        let seen = Some(self.peak(Space::Heap).capacity).filter(|bytes| *bytes > 0);
        self.about
            .heap_max_bytes
            .filter(|bytes| *bytes > 0)
            .or(seen)
    }

    /// The lowest utilisation in windows of `width_ns`.
    pub fn utilisation_in(&self, width_ns: u64) -> Option<f64> {
        self.utilisation
            .iter()
            .find(|(width, _)| *width == width_ns)
            .and_then(|(_, one)| *one)
    }
}

/// True if the log shows how pauses and the program share the time: it has pauses with times, and
/// is no excerpt that begins and ends with one.
fn tells_program(pauses: &Group, done: &Done) -> bool {
    let durations = &pauses.all.durations;
    let is_placed = done.paused_ns > 0 || durations.total_ns() == 0;
    let beside_ns = done.span_ns.saturating_sub(done.paused_ns);
    let is_excerpt = pauses.all.count < EXCERPT_MAX && beside_ns < done.span_ns / 100;
    durations.count() > 0 && is_placed && !is_excerpt
}

/// Points of what is alive, with their source: of the run that has most of them.
fn live_points(recorder: &Recorder) -> (LiveSource, Vec<HeapPoint>) {
    let mut sources = [
        (LiveSource::Marking, recorder.live.points()),
        (LiveSource::Full, recorder.full.points()),
        (LiveSource::Lowest, lowest(&recorder.heap.points())),
    ]
    .into_iter()
    .filter(|(_, points)| !points.is_empty());
    let Some((source, points)) = sources.next() else {
        return (LiveSource::Lowest, Vec::new());
    };
    let mut by_run: BTreeMap<u32, Vec<HeapPoint>> = BTreeMap::new();
    for point in points {
        by_run.entry(point.run).or_default().push(point);
    }
    let longest = by_run
        .into_values()
        .max_by_key(Vec::len)
        .unwrap_or_default();
    (source, longest)
}

/// Lowest heap after in each of up to 32 stretches.
fn lowest(points: &[HeapPoint]) -> Vec<HeapPoint> {
    let each = points.len().div_ceil(32).max(8);
    let least = |part: &[HeapPoint]| part.iter().copied().min_by_key(|point| point.after);
    points.chunks(each).filter_map(least).collect()
}

fn live((source, points): &(LiveSource, Vec<HeapPoint>)) -> Option<Live> {
    let values = points.iter().map(|point| point.after as f64).collect();
    let bytes = median(values)? as u64;
    Some(Live {
        bytes,
        source: *source,
        samples: points.len(),
    })
}

/// Slope without the first fifth of the time, in which a program fills its caches.
///
/// Where only young collections were seen the lowest heap rises with garbage as well: no slope.
fn slope((source, points): &(LiveSource, Vec<HeapPoint>)) -> Option<Slope> {
    if *source == LiveSource::Lowest {
        return None;
    }
    let (first, last) = (points.first()?.at_ns, points.last()?.at_ns);
    let from = first + last.saturating_sub(first) / 5;
    let settled = points.iter().filter(|point| point.at_ns >= from);
    Slope::through(
        &settled
            .map(|point| (point.at_ns, point.after))
            .collect::<Vec<_>>(),
    )
}

fn parallelism(recorder: &Recorder) -> Option<Parallelism> {
    let cpu = &recorder.cpu;
    let busy_ns = cpu.user_ns.saturating_add(cpu.system_ns);
    if cpu.real_ns < CPU_NS_MIN {
        return None;
    }
    Some(Parallelism {
        factor: busy_ns as f64 / cpu.real_ns as f64,
        system_share: if busy_ns == 0 {
            0.0
        } else {
            cpu.system_ns as f64 / busy_ns as f64
        },
        pauses: cpu.pauses,
        starved: cpu.starved,
        system_heavy: cpu.system_heavy,
    })
}

/// As the runtime tells it; else the processor time of pauses and cycles over all processors.
fn cpu_share(recorder: &Recorder, span_ns: Option<u64>) -> Option<f64> {
    let cpu = &recorder.cpu;
    if cpu.share.is_some() {
        return cpu.share;
    }
    let busy_ns = cpu
        .user_ns
        .saturating_add(cpu.system_ns)
        .saturating_add(cpu.cycles_ns);
    let all_ns = span_ns? as f64 * recorder.about.processors? as f64;
    (busy_ns > 0).then(|| (busy_ns as f64 / all_ns).clamp(0.0, 1.0))
}

fn headroom(recorder: &Recorder) -> Option<f64> {
    let rate = recorder
        .allocation
        .bytes_per_s()
        .filter(|rate| *rate > 0.0)?;
    let ratio =
        |one: &super::recorder::Headroom| one.free as f64 / (rate * (one.duration_ns as f64 / 1e9));
    median(recorder.headroom.points().iter().map(ratio).collect())
}

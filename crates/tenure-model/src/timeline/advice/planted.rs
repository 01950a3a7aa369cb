//! Each rule, with what makes it hold put into a log of which nothing is known.

use super::*;
use crate::timeline::{
    Account, Class, Event, Fit, Label, Lines, Live, LiveSource, Parallelism, Recorder, Remark,
    Slope, Space, Sum, Tally,
};
use Collector::*;

const MS: u64 = 1_000_000;
const GIB: u64 = 1 << 30;
const SEEN: Account = Account {
    count: 30,
    first_line: 3,
    last_line: 9,
};

fn nothing() -> Timeline {
    Recorder::new().finish(None, Lines::default())
}

/// A log of `runtime` and `collector`.
fn of(log: &mut Timeline, runtime: Runtime, collector: Collector) {
    log.runtime = Some(runtime);
    log.about.collector = collector;
}

fn java(log: &mut Timeline, collector: Collector) {
    of(log, Runtime::JavaUnified, collector);
}

fn events(count: u64, class: Class, kind: Kind, duration_ns: u64) -> Tally {
    let mut group = crate::timeline::Group::default();
    for line in 0..count {
        let mut event = Event::new(class, kind);
        event.duration_ns = Some(duration_ns);
        event.line = line + 1;
        group.add(&event);
    }
    group.settle();
    group.all
}

/// `count` pauses of a kind, `ms` long each.
fn pauses(log: &mut Timeline, kind: Kind, count: u64, ms: u64) {
    let tally = events(count, Class::Pause, kind, ms * MS);
    log.pauses.all = tally.clone();
    log.pauses.by_kind.insert(kind, tally);
}

fn stalls(log: &mut Timeline, kind: Kind, count: u64, ms: u64) {
    let tally = events(count, Class::Stall, kind, ms * MS);
    log.stalls.by_kind.insert(kind, tally);
}

fn cycles(log: &mut Timeline, kind: Kind, count: u64) {
    let tally = events(count, Class::Cycle, kind, MS);
    log.cycles.by_kind.insert(kind, tally.clone());
    log.cycles.all = tally;
}

fn stops(log: &mut Timeline, ms: u64) {
    log.stops.all = events(1, Class::Stop, Kind::Safepoint, ms * MS);
}

fn sum(count: u64, ms: u64) -> Sum {
    Sum {
        count,
        total_ns: ms * MS,
        max_ns: ms * MS,
        longest_line: 5,
    }
}

fn cause(log: &mut Timeline, name: &str) {
    log.pauses.by_cause.insert(Label::from(name), sum(50, 50));
}

fn phase(log: &mut Timeline, name: &str, ms: u64) {
    log.phases.insert(Label::from(name), sum(1, ms));
}

fn mark(log: &mut Timeline, name: &'static str) {
    log.marks.insert(name, SEEN);
}

fn live(log: &mut Timeline, bytes: u64) {
    log.live = Some(Live {
        bytes,
        source: LiveSource::Marking,
        samples: 9,
    });
}

fn fit(interval_s: f64, bytes: u64) -> Option<Fit> {
    Some(Fit {
        interval_s,
        bytes,
        bytes_per_s: bytes as f64 / interval_s,
        error: 0.1,
        intervals: 20,
        share: None,
    })
}

fn parallelism(log: &mut Timeline, factor: f64, starved: Account, system_heavy: Account) {
    log.parallelism = Some(Parallelism {
        factor,
        system_share: 0.1,
        pauses: 30,
        starved,
        system_heavy,
    });
}

fn flags(log: &mut Timeline, flags: &str) {
    log.about.flags = Some(flags.to_owned());
}

fn peak(log: &mut Timeline, space: Space, used: u64, capacity: u64) {
    let peak = log.peaks.entry(space).or_default();
    (peak.used, peak.after, peak.capacity) = (used, used, capacity);
}

type Plant = (&'static str, fn(&mut Timeline));

const ANY: [Plant; 10] = [
    ("throughput-low", |log| {
        pauses(log, Kind::Young, 9, 50);
        log.throughput = Some(0.8);
    }),
    ("throughput-fair", |log| {
        pauses(log, Kind::Young, 9, 50);
        log.throughput = Some(0.93);
    }),
    ("live-set-grows", |log| {
        log.slope = Some(Slope {
            bytes_per_s: 1e6,
            interval: (9e5, 1.1e6),
            confidence: 0.99,
            points: 30,
        });
        live(log, 1 << 20);
        log.span_ns = Some(600_000 * MS);
    }),
    ("window-starved", |log| {
        log.utilisation = vec![(1000 * MS, Some(0.2))];
    }),
    ("starved-pauses", |log| {
        parallelism(log, 0.3, SEEN, Account::default());
    }),
    ("system-time", |log| {
        parallelism(log, 1.0, Account::default(), SEEN);
    }),
    ("poor-parallelism", |log| {
        parallelism(log, 1.0, Account::default(), Account::default());
        log.about.parallel_workers = Some(8);
    }),
    ("several-runs", |log| log.runs = 2),
    ("clock-steps", |log| {
        log.remarks.insert(Remark::ClockBackwards, SEEN);
    }),
    ("unknown-lines", |log| {
        (log.lines.total, log.lines.unclassified) = (100, 2);
    }),
];

const JAVA: [Plant; 20] = [
    ("java-explicit", |log| {
        java(log, G1);
        mark(log, "explicit");
    }),
    ("java-diagnostic-pauses", |log| {
        java(log, G1);
        cause(log, "Heap Inspection Initiated GC");
    }),
    ("java-metadata", |log| {
        java(log, G1);
        cause(log, "Metadata GC Threshold");
    }),
    ("java-metadata-soft", |log| {
        java(log, G1);
        cause(log, "Metadata GC Clear Soft References");
    }),
    ("java-permanent", |log| {
        of(log, Runtime::JavaLegacy, Parallel);
        peak(log, Space::Metaspace, 99, 100);
    }),
    ("java-locker", |log| {
        java(log, Parallel);
        cause(log, "GCLocker Initiated GC");
    }),
    ("java-code-cache", |log| {
        cause(log, "CodeCache GC Threshold")
    }),
    ("java-heap-nearly-live", |log| {
        java(log, G1);
        live(log, 9 << 20);
        log.about.heap_max_bytes = Some(10 << 20);
    }),
    ("java-heap-large", |log| {
        java(log, G1);
        live(log, 1 << 20);
        peak(log, Space::Heap, GIB, GIB);
    }),
    ("java-safepoint-reach", |log| {
        stops(log, 100);
        log.reach.add(50 * MS);
    }),
    ("java-stops-beyond-pauses", |log| {
        pauses(log, Kind::Young, 1, 10);
        stops(log, 100);
    }),
    ("java-biased-locking", |log| {
        let cause = Label::from("RevokeBias");
        log.stops.by_cause.insert(cause, sum(20, 5));
    }),
    ("java-references", |log| {
        java(log, G1);
        pauses(log, Kind::Young, 1, 100);
        phase(log, "Reference Processing", 30);
    }),
    ("java-tenuring-one", |log| {
        pauses(log, Kind::Young, 40, 5);
        log.tenuring_low = Some(SEEN);
    }),
    ("java-promotion-fast", |log| {
        java(log, Parallel);
        log.allocation_bytes_per_s = Some(1e8);
        log.promotion_bytes_per_s = Some(5e7);
    }),
    ("java-allocation-fast", |log| {
        java(log, G1);
        log.allocation_bytes_per_s = Some(3e9);
    }),
    ("java-heap-resizes", |log| {
        java(log, G1);
        log.about.heap_initial_bytes = Some(GIB);
        peak(log, Space::Heap, 6 * GIB, 6 * GIB);
    }),
    ("java-old-release", |log| {
        of(log, Runtime::JavaLegacy, G1);
        log.about.version = Some("1.8.0_402".to_owned());
    }),
    ("java-epsilon", |log| java(log, Epsilon)),
    ("java-serial-server", |log| {
        java(log, Serial);
        pauses(log, Kind::Full, 1, 500);
    }),
];

const G1_RULES: [Plant; 14] = [
    ("g1-full", |log| {
        java(log, G1);
        pauses(log, Kind::Full, 2, 500);
    }),
    ("g1-evacuation-failure", |log| {
        java(log, G1);
        mark(log, "evacuation failure");
    }),
    ("g1-humongous", |log| {
        java(log, G1);
        cause(log, "G1 Humongous Allocation");
    }),
    ("g1-humongous-space", |log| {
        java(log, G1);
        peak(log, Space::Humongous, 3 * GIB, 0);
        peak(log, Space::Heap, 4 * GIB, 4 * GIB);
    }),
    ("g1-young-fixed", |log| {
        java(log, G1);
        flags(log, "-Xmn512m -Xmx2g");
    }),
    ("g1-copy", |log| {
        java(log, G1);
        pauses(log, Kind::Young, 1, 200);
        phase(log, "Object Copy", 150);
    }),
    ("g1-remembered-sets", |log| {
        java(log, G1);
        pauses(log, Kind::Young, 1, 200);
        phase(log, "Merge Heap Roots", 80);
    }),
    ("g1-mixed-long", |log| {
        pauses(log, Kind::Young, 3, 20);
        pauses(log, Kind::Mixed, 3, 200);
    }),
    ("g1-remark-long", |log| {
        java(log, G1);
        pauses(log, Kind::Remark, 1, 150);
    }),
    ("g1-marking-aborted", |log| {
        java(log, G1);
        mark(log, "aborted");
    }),
    ("g1-undone-cycles", |log| mark(log, "undone")),
    ("g1-goal-missed", |log| {
        java(log, G1);
        pauses(log, Kind::Young, 9, 300);
    }),
    ("g1-preventive", |log| {
        cause(log, "G1 Preventive Collection")
    }),
    ("g1-headroom", |log| {
        java(log, G1);
        log.headroom = Some(0.9);
    }),
];

const CONCURRENT: [Plant; 19] = [
    ("z-stalls", |log| {
        java(log, Z);
        stalls(log, Kind::AllocationStall, 3, 50);
    }),
    ("z-headroom", |log| {
        java(log, GenerationalZ);
        log.headroom = Some(1.1);
    }),
    ("z-relocation-stalls", |log| {
        stalls(log, Kind::RelocationStall, 3, 5);
    }),
    ("z-pause-goal", |log| {
        java(log, Z);
        flags(log, "-XX:MaxGCPauseMillis=10");
    }),
    ("z-not-generational", |log| java(log, Z)),
    ("z-old-overtaken", |log| {
        java(log, GenerationalZ);
        cycles(log, Kind::MajorCycle, 9);
    }),
    ("z-proactive", |log| cause(log, "Proactive")),
    ("shenandoah-degenerated", |log| {
        pauses(log, Kind::Degenerated, 2, 50);
    }),
    ("shenandoah-full", |log| {
        java(log, Shenandoah);
        pauses(log, Kind::Full, 2, 500);
    }),
    ("shenandoah-pacing", |log| {
        stalls(log, Kind::Pacing, 3, 50);
    }),
    ("shenandoah-headroom", |log| {
        java(log, GenerationalShenandoah);
        log.headroom = Some(1.1);
    }),
    ("shenandoah-generations", |log| {
        java(log, Shenandoah);
        live(log, 1 << 20);
        log.allocation_bytes_per_s = Some(1e9);
        cycles(log, Kind::Cycle, 20);
    }),
    ("cms-mode-failure", |log| {
        mark(log, "concurrent mode failure")
    }),
    ("cms-mode-interrupted", |log| {
        mark(log, "concurrent mode interrupted");
    }),
    ("cms-promotion-failed", |log| {
        java(log, Cms);
        mark(log, "promotion failed");
    }),
    ("cms-removed", |log| java(log, Cms)),
    ("cms-incremental", |log| java(log, IncrementalCms)),
    ("cms-remark-long", |log| {
        java(log, Cms);
        pauses(log, Kind::Remark, 1, 150);
    }),
    ("cms-initial-mark-long", |log| {
        java(log, Cms);
        pauses(log, Kind::InitialMark, 1, 150);
    }),
];

const STOPPING: [Plant; 10] = [
    ("parallel-full-often", |log| {
        java(log, Parallel);
        pauses(log, Kind::Full, 6, 50);
    }),
    ("parallel-overhead", |log| {
        java(log, Serial);
        pauses(log, Kind::Full, 9, 100);
        log.span_ns = Some(1000 * MS);
    }),
    ("parallel-pauses-long", |log| {
        java(log, Parallel);
        pauses(log, Kind::Full, 1, 2000);
    }),
    ("parallel-young-small", |log| {
        java(log, Parallel);
        log.young_fit = fit(0.05, 1 << 20);
    }),
    ("parallel-old-serial", |log| {
        java(log, ParNew);
        pauses(log, Kind::Full, 1, 50);
    }),
    ("parallel-promotion-failed", |log| {
        java(log, Parallel);
        mark(log, "promotion failed");
    }),
    ("openj9-global-often", |log| {
        of(log, Runtime::OpenJ9, GenCon);
        pauses(log, Kind::Full, 5, 50);
    }),
    ("openj9-explicit", |log| {
        of(log, Runtime::OpenJ9, GenCon);
        mark(log, "explicit");
    }),
    ("openj9-exclusive-long", |log| {
        of(log, Runtime::OpenJ9, GenCon);
        log.reach.add(50 * MS);
    }),
    ("openj9-pauses-long", |log| {
        of(log, Runtime::OpenJ9, GenCon);
        pauses(log, Kind::Full, 1, 2000);
    }),
];

const OTHERS: [Plant; 18] = [
    ("go-cpu", |log| {
        of(log, Runtime::Go, Go);
        log.cpu_share = Some(0.3);
    }),
    ("go-cpu-fair", |log| {
        of(log, Runtime::Go, Go);
        log.cpu_share = Some(0.2);
    }),
    ("go-limit", |log| {
        of(log, Runtime::Go, Go);
        live(log, GIB);
        log.whole_fit = fit(0.1, 1 << 20);
    }),
    ("go-assist", |log| {
        of(log, Runtime::Go, Go);
        stalls(log, Kind::MarkAssist, 3, 50);
        let marking = events(1, Class::Concurrent, Kind::ConcurrentMark, 100 * MS);
        log.concurrent.by_kind.insert(Kind::ConcurrentMark, marking);
    }),
    ("go-forced", |log| {
        of(log, Runtime::Go, Go);
        mark(log, "explicit");
    }),
    ("go-small-heap", |log| {
        of(log, Runtime::Go, Go);
        live(log, 4 << 20);
        log.whole_fit = fit(0.01, 4 << 20);
    }),
    ("go-stops", |log| {
        of(log, Runtime::Go, Go);
        pauses(log, Kind::MarkTermination, 1, 20);
    }),
    ("v8-scavenges", |log| {
        of(log, Runtime::V8, V8);
        pauses(log, Kind::Scavenge, 60, 1);
        log.span_ns = Some(1000 * MS);
    }),
    ("v8-utilisation", |log| {
        of(log, Runtime::V8, V8);
        log.utilisation_told = Some(0.2);
    }),
    ("v8-near-limit", |log| {
        of(log, Runtime::V8, V8);
        cause(log, "last resort");
    }),
    ("v8-mark-compact-long", |log| {
        of(log, Runtime::V8, V8);
        pauses(log, Kind::MarkCompact, 1, 80);
    }),
    ("v8-reduce", |log| {
        of(log, Runtime::V8, V8);
        mark(log, "memory reducing");
    }),
    ("v8-explicit", |log| {
        of(log, Runtime::V8, V8);
        mark(log, "explicit");
    }),
    ("v8-external", |log| {
        of(log, Runtime::V8, V8);
        cause(log, "external memory pressure");
    }),
    ("cpython-vain", |log| {
        of(log, Runtime::CPython, CPython);
        pauses(log, Kind::Generation0, 30, 1);
        mark(log, "vain");
    }),
    ("cpython-full-share", |log| {
        of(log, Runtime::CPython, CPython);
        pauses(log, Kind::Generation2, 5, 10);
    }),
    ("cpython-long", |log| {
        of(log, Runtime::CPython, CPython);
        pauses(log, Kind::Generation2, 1, 80);
    }),
    ("cpython-uncollectable", |log| {
        of(log, Runtime::CPython, CPython);
        mark(log, "uncollectable");
    }),
];

fn all() -> impl Iterator<Item = Plant> {
    let tables: [&[Plant]; 6] = [&ANY, &JAVA, &G1_RULES, &CONCURRENT, &STOPPING, &OTHERS];
    tables.concat().into_iter()
}

#[test]
fn each_rule_holds_where_its_evidence_is_planted() {
    for rule in rules() {
        let plant = all().find(|(id, _)| *id == rule.id);
        let (_, plant) = plant.unwrap_or_else(|| panic!("{}: no log shows it", rule.id));
        let mut log = nothing();
        assert!((rule.when)(&log).is_none(), "{}: without evidence", rule.id);
        plant(&mut log);
        log.reach.settle();
        let found = (rule.when)(&log);
        let found = found.unwrap_or_else(|| panic!("{}: not seen", rule.id));
        assert!(!found.text.is_empty(), "{}", rule.id);
    }
}

#[test]
fn advice_of_one_runtime_is_not_given_to_another() {
    let runtimes = [
        ("go-", Runtime::Go),
        ("v8-", Runtime::V8),
        ("cpython-", Runtime::CPython),
        ("openj9-", Runtime::OpenJ9),
    ];
    for (id, plant) in all() {
        let own = runtimes.iter().find(|(prefix, _)| id.starts_with(prefix));
        let Some((_, own)) = own else { continue };
        let rule = rules().find(|rule| rule.id == id).expect("a rule");
        for (_, other) in runtimes.iter().filter(|(_, other)| other != own) {
            let mut log = nothing();
            plant(&mut log);
            log.runtime = Some(*other);
            assert!((rule.when)(&log).is_none(), "{id} for {other:?}");
        }
    }
}

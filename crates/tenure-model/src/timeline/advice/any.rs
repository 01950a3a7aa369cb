//! Rules for every runtime.

use super::*;

/// Pauses from which a share of the time says something.
const PAUSES_MIN: u64 = 5;
/// Span from which growth is called a leak: before, a program may still be filling its caches.
const LEAK_SPAN_NS_MIN: u64 = 300_000_000_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "throughput-low",
        weight: Weight::Grave,
        goals: THROUGHPUT,
        title: "More than a tenth of the time goes into pauses.",
        when: |log| {
            (log.pauses.all.count >= PAUSES_MIN).then_some(())?;
            let throughput = log.throughput.filter(|share| *share < 0.9)?;
            let longest = log.pauses.all.longest_line;
            evidence(
                format!("throughput {:.1} %", throughput * 100.0),
                &[longest],
            )
        },
        remedies: &[
            always("a larger heap"),
            always("fewer allocations: profile by site"),
        ],
        effect: "the time in collections falls about in proportion to the free part of the heap",
        source: "pauses over the span of the log; `tenure explain throughput`",
    },
    Rule {
        id: "throughput-fair",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Between 5 and 10 % of the time goes into pauses.",
        when: |log| {
            (log.pauses.all.count >= PAUSES_MIN).then_some(())?;
            let share = log.throughput.filter(|share| (0.9..0.95).contains(share))?;
            evidence(format!("throughput {:.1} %", share * 100.0), &[])
        },
        remedies: &[always("a larger heap or young generation")],
        effect: "throughput of 95 % and more",
        source: "pauses over the span of the log; `tenure explain throughput`",
    },
    Rule {
        id: "live-set-grows",
        weight: Weight::Grave,
        goals: ALL,
        title: "What is alive grows steadily: a leak, or a cache without a bound.",
        when: |log| {
            let slope = log.slope.filter(super::super::Slope::is_growth)?;
            let live = log.live?.bytes.max(1) as f64;
            (log.span_ns? >= LEAK_SPAN_NS_MIN).then_some(())?;
            let grown = slope.bytes_per_s * log.span_ns? as f64 / 1e9;
            (grown > 0.2 * live).then_some(())?;
            let per_hour = size((slope.bytes_per_s * 3600.0) as u64);
            let text = format!(
                "{per_hour} per hour, confidence {:.0} %",
                slope.confidence * 100.0
            );
            evidence(text, &[])
        },
        remedies: &[always(
            "take two heap dumps and compare what holds the memory",
        )],
        effect: "the heap stops growing; otherwise it ends in out-of-memory",
        source: "Theil-Sen slope over the heap after full collections or marking",
    },
    Rule {
        id: "window-starved",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "There is a second in which the program had less than half of the time.",
        when: |log| {
            let least = log
                .utilisation_in(1_000_000_000)
                .filter(|share| *share < 0.5)?;
            evidence(
                format!("minimum utilisation in 1 s: {:.0} %", least * 100.0),
                &[log.pauses.all.longest_line],
            )
        },
        remedies: &[always(
            "look at what happens around the longest pause first",
        )],
        effect: "pauses that do not follow upon each other",
        source: "Cheng and Blelloch 2001, minimum mutator utilisation",
    },
    Rule {
        id: "starved-pauses",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Long pauses got less than half a processor: the machine was busy or swapping.",
        when: |log| {
            let starved = log.parallelism?.starved;
            (starved.count > 0).then_some(())?;
            let text = format!(
                "{} pauses of 100 ms and more with real > 2 × cpu",
                starved.count
            );
            evidence(text, &[starved.first_line, starved.last_line])
        },
        remedies: &[
            always("more processor time: container limits, neighbours on the machine"),
            always("no swap: vm.swappiness, less memory promised"),
            always("put the log on a fast disk or in memory"),
        ],
        effect: "pauses as short as the work in them",
        source: "user, sys and real times of the log",
    },
    Rule {
        id: "system-time",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "The kernel took more time in pauses than the collector.",
        when: |log| {
            let heavy = log.parallelism?.system_heavy;
            (heavy.count > 0).then_some(())?;
            let text = format!("{} pauses of 100 ms and more with sys > user", heavy.count);
            evidence(text, &[heavy.first_line, heavy.last_line])
        },
        remedies: &[
            always("touch the heap at the start: -XX:+AlwaysPreTouch (Java)"),
            always("transparent huge pages: madvise, not always"),
            always("no swap"),
        ],
        effect: "page faults leave the pauses",
        source: "user and sys times of the log; kernel documentation, transparent huge pages",
    },
    Rule {
        id: "poor-parallelism",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "The collector has several threads and little use of them.",
        when: |log| {
            let parallelism = log.parallelism.filter(|one| one.pauses >= 20)?;
            let workers = log.about.parallel_workers.filter(|workers| *workers >= 4)?;
            (parallelism.factor < 0.3 * workers as f64).then_some(())?;
            let text = format!(
                "{:.1} processors busy of {workers} workers",
                parallelism.factor
            );
            evidence(text, &[])
        },
        remedies: &[always(
            "fewer GC threads, or a processor limit that fits them",
        )],
        effect: "less contention; pauses that do not wait for threads without a processor",
        source: "(user + sys) / real of the log",
    },
    Rule {
        id: "several-runs",
        weight: Weight::Hint,
        goals: &[],
        title: "The log holds several runs; figures are over all of them.",
        when: |log| {
            (log.runs > 1).then_some(())?;
            evidence(format!("{} runs", log.runs), &[])
        },
        remedies: &[always("give one file for each run to compare them")],
        effect: "figures of one run",
        source: "the clock of the log falls, or a new header begins",
    },
    Rule {
        id: "clock-steps",
        weight: Weight::Hint,
        goals: &[],
        title: "The clock of the log went backwards.",
        when: |log| {
            let seen = log.remarks.get(&super::super::Remark::ClockBackwards)?;
            evidence(
                format!("{} steps", seen.count),
                &[seen.first_line, seen.last_line],
            )
        },
        remedies: &[always("log the uptime beside the date")],
        effect: "rates that can be trusted",
        source: "stamps of the log",
    },
    Rule {
        id: "unknown-lines",
        weight: Weight::Hint,
        goals: &[],
        title: "Some lines of the log were not understood.",
        when: |log| {
            let lines = &log.lines;
            (lines.unclassified * 1000 > lines.total).then_some(())?;
            let shown: Vec<_> = lines
                .shown
                .iter()
                .take(3)
                .map(|(number, _)| *number)
                .collect();
            evidence(
                format!("{} of {} lines", lines.unclassified, lines.total),
                &shown,
            )
        },
        remedies: &[always(
            "a log of its own for the collector, apart from other output",
        )],
        effect: "an account without gaps",
        source: "the account of lines",
    },
];

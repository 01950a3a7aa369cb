//! Rules for Java's Parallel, ParNew and Serial collectors.

use super::*;

const STOPPING: &[Collector] = &[Collector::Parallel, Collector::Serial, Collector::ParNew];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "parallel-full-often",
        weight: Weight::Warning,
        goals: SPEED,
        title: "One in five collections is of the whole heap.",
        when: |log| {
            is(log, STOPPING).then_some(())?;
            let full = log.pauses.count_of(Kind::Full);
            (full >= 5 && full * 5 >= log.pauses.all.count).then_some(())?;
            kinds(log, Kind::Full, 5)
        },
        remedies: &[
            always("-Xmx larger"),
            always("-XX:NewRatio=… so that the old generation has room for what is alive"),
        ],
        effect: "young collections do the work",
        source: "HotSpot garbage collection tuning guide, \"Factors affecting performance\"",
    },
    Rule {
        id: "parallel-overhead",
        weight: Weight::Grave,
        goals: ALL,
        title: "Full collections follow upon each other: near \"GC overhead limit exceeded\".",
        when: |log| {
            is(log, STOPPING).then_some(())?;
            let full = log.pauses.by_kind.get(&Kind::Full)?;
            let share = full.durations.total_ns() as f64 / log.span_ns? as f64;
            (share > 0.5).then_some(())?;
            let text = format!("{:.0} % of the time in full collections", share * 100.0);
            evidence(text, &[full.longest_line])
        },
        remedies: &[always("-Xmx larger"), always("a heap dump: who holds it?")],
        effect: "the program runs on",
        source: "HotSpot garbage collection tuning guide, \"Parallel: excessive time\"",
    },
    Rule {
        id: "parallel-pauses-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Full collections stop the program for more than a second.",
        when: |log| {
            is(log, STOPPING).then_some(())?;
            let tally = log.pauses.by_kind.get(&Kind::Full)?;
            let max = tally
                .durations
                .max_ns()
                .filter(|max| *max > 1_000_000_000)?;
            evidence(
                format!("longest full collection {}", time(max)),
                &[tally.longest_line],
            )
        },
        remedies: &[since("-XX:+UseG1GC", 7), since("-XX:+UseZGC", 15)],
        effect: "the old generation is collected in parts, or beside the program",
        source: "HotSpot garbage collection tuning guide, \"Selecting a collector\"",
    },
    Rule {
        id: "parallel-young-small",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Young collections come more than five times a second.",
        when: |log| {
            is(log, STOPPING).then_some(())?;
            let fit = log.young_fit.filter(|fit| fit.interval_s < 0.2)?;
            let text = format!("one each {:.0} ms", fit.interval_s * 1e3);
            evidence(text, &[])
        },
        remedies: &[always("-Xmn… larger")],
        effect: "half as many with twice the size; each as long, as cost follows what survives",
        source: "intervals of the log",
    },
    Rule {
        id: "parallel-old-serial",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "The old generation is collected by one thread.",
        when: |log| {
            is(log, &[Collector::ParNew]).then_some(())?;
            kinds(log, Kind::Full, 1)
        },
        remedies: &[
            within("-XX:+UseParallelOldGC", 5, 14),
            since("-XX:+UseParallelGC", 5),
        ],
        effect: "full collections on all processors",
        source: "JEP 214, JEP 366",
    },
    Rule {
        id: "parallel-promotion-failed",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Young collections failed to promote and a full one followed.",
        when: |log| {
            is(log, STOPPING).then_some(())?;
            marked(log, "promotion failed", "promotion failed")
        },
        remedies: &[
            always("a larger old generation"),
            always("a smaller young generation"),
        ],
        effect: "young collections succeed",
        source: "HotSpot garbage collection tuning guide, \"Young generation guarantee\"",
    },
];

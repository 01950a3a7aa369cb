//! Rules for Java's CMS.

use super::*;

const BOTH: &[Collector] = &[Collector::Cms, Collector::IncrementalCms];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cms-mode-failure",
        weight: Weight::Grave,
        goals: LATENCY,
        title: "The old generation was full before the concurrent collection ended.",
        when: |log| marked(log, "concurrent mode failure", "concurrent mode failure"),
        remedies: &[
            within(
                "-XX:CMSInitiatingOccupancyFraction=60 -XX:+UseCMSInitiatingOccupancyOnly",
                5,
                13,
            ),
            since("-XX:+UseG1GC", 7),
        ],
        effect: "concurrent collections begin earlier",
        source: "HotSpot garbage collection tuning guide for Java 8, \
                 \"CMS: concurrent mode failure\"",
    },
    Rule {
        id: "cms-mode-interrupted",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Concurrent collections were interrupted by a request for a full one.",
        when: |log| {
            marked(
                log,
                "concurrent mode interrupted",
                "concurrent mode interrupted",
            )
        },
        remedies: &[within("-XX:+ExplicitGCInvokesConcurrent", 6, 13)],
        effect: "requests are served by the concurrent collection",
        source: "HotSpot garbage collection tuning guide for Java 8, \"Explicit collection\"",
    },
    Rule {
        id: "cms-promotion-failed",
        weight: Weight::Grave,
        goals: LATENCY,
        title: "The old generation had no block for what was promoted: it is full or fragmented.",
        when: |log| {
            is(
                log,
                &[Collector::Cms, Collector::IncrementalCms, Collector::ParNew],
            )
            .then_some(())?;
            marked(log, "promotion failed", "promotion failed")
        },
        remedies: &[
            within("-XX:CMSInitiatingOccupancyFraction=… lower", 5, 13),
            always("a larger old generation or larger survivors"),
            since("-XX:+UseG1GC", 7),
        ],
        effect: "no full compaction; G1 compacts as it goes",
        source: "HotSpot garbage collection tuning guide for Java 8, \"CMS\"",
    },
    Rule {
        id: "cms-removed",
        weight: Weight::Hint,
        goals: ALL,
        title: "CMS was removed in JDK 14.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            evidence("the log is of CMS".to_owned(), &[])
        },
        remedies: &[since("-XX:+UseG1GC", 7), since("-XX:+UseZGC", 15)],
        effect: "a way to newer releases",
        source: "JEP 291, JEP 363",
    },
    Rule {
        id: "cms-incremental",
        weight: Weight::Warning,
        goals: SPEED,
        title: "The incremental mode is for one processor, and was removed in JDK 9.",
        when: |log| {
            is(log, &[Collector::IncrementalCms]).then_some(())?;
            evidence("the log has icms_dc".to_owned(), &[])
        },
        remedies: &[within("drop -XX:+CMSIncrementalMode", 5, 8)],
        effect: "concurrent collections end sooner",
        source: "JEP 173, JEP 214",
    },
    Rule {
        id: "cms-remark-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Remark takes longer than 100 ms.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            let tally = log.pauses.by_kind.get(&Kind::Remark)?;
            let max = tally.durations.max_ns().filter(|max| *max > 100_000_000)?;
            evidence(
                format!("longest remark {}", time(max)),
                &[tally.longest_line],
            )
        },
        remedies: &[
            within("-XX:+CMSScavengeBeforeRemark", 5, 13),
            within(
                "-XX:+CMSParallelRemarkEnabled -XX:+ParallelRefProcEnabled",
                5,
                13,
            ),
        ],
        effect: "remark has less to look at",
        source: "HotSpot garbage collection tuning guide for Java 8, \"CMS: remark\"",
    },
    Rule {
        id: "cms-initial-mark-long",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "The initial mark takes longer than 100 ms.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            let tally = log.pauses.by_kind.get(&Kind::InitialMark)?;
            let max = tally.durations.max_ns().filter(|max| *max > 100_000_000)?;
            evidence(
                format!("longest initial mark {}", time(max)),
                &[tally.longest_line],
            )
        },
        remedies: &[within("-XX:+CMSParallelInitialMarkEnabled", 7, 13)],
        effect: "the initial mark is done by several threads",
        source: "JDK-6412968",
    },
];

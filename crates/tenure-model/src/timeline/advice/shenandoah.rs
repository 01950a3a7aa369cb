//! Rules for Java's Shenandoah.

use super::*;

const BOTH: &[Collector] = &[Collector::Shenandoah, Collector::GenerationalShenandoah];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "shenandoah-degenerated",
        weight: Weight::Grave,
        goals: LATENCY,
        title: "Cycles did not finish in time and went on while the program stood.",
        when: |log| kinds(log, Kind::Degenerated, 1),
        remedies: &[
            always("-Xmx larger: room ≥ allocation rate × cycle time"),
            since("-XX:ShenandoahMinFreeThreshold=20 (experimental)", 8),
            since("-XX:ConcGCThreads=… more", 8),
        ],
        effect: "cycles end beside the program",
        source: "OpenJDK wiki, Shenandoah, \"Failure modes\"",
    },
    Rule {
        id: "shenandoah-full",
        weight: Weight::Grave,
        goals: LATENCY,
        title: "Shenandoah collected the whole heap while the program stood.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            kinds(log, Kind::Full, 1)
        },
        remedies: &[
            always("-Xmx larger"),
            since("-XX:ShenandoahGCHeuristics=compact", 8),
        ],
        effect: "no full collections but those asked for",
        source: "OpenJDK wiki, Shenandoah, \"Failure modes\"",
    },
    Rule {
        id: "shenandoah-pacing",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Allocations are slowed down so that the collector keeps up.",
        when: |log| {
            let tally = log.stalls.by_kind.get(&Kind::Pacing)?;
            let total = tally.durations.total_ns();
            (total > 10_000_000).then_some(())?;
            evidence(format!("{} of pacing", time(total)), &[tally.longest_line])
        },
        remedies: &[
            always("-Xmx larger"),
            since("-XX:ShenandoahPacingMaxDelay=… lower (experimental)", 8),
            since("-XX:-ShenandoahPacing (experimental)", 8),
        ],
        effect: "threads are not delayed; degenerated cycles become more likely",
        source: "OpenJDK wiki, Shenandoah, \"Pacing\"",
    },
    Rule {
        id: "shenandoah-headroom",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Cycles begin with little room to spare.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            let headroom = log.headroom.filter(|ratio| *ratio < 1.5)?;
            evidence(
                format!("headroom {headroom:.2} × the allocation of a cycle"),
                &[],
            )
        },
        remedies: &[
            since(
                "-XX:ShenandoahInitFreeThreshold=… and MinFreeThreshold=… higher (experimental)",
                8,
            ),
            always("-Xmx larger"),
        ],
        effect: "cycles begin earlier",
        source: "allocation rate × cycle time of the log",
    },
    Rule {
        id: "shenandoah-generations",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Most of what is allocated dies young: two generations would save work.",
        when: |log| {
            is(log, &[Collector::Shenandoah]).then_some(())?;
            let live = log.live?.bytes;
            let rate = log.allocation_bytes_per_s?;
            (log.cycles.all.count >= 10 && rate > live as f64).then_some(())?;
            let text = format!("{}/s allocated, {} alive", size(rate as u64), size(live));
            evidence(text, &[])
        },
        remedies: &[since("-XX:ShenandoahGCMode=generational", 25)],
        effect: "less processor time for the same rate",
        source: "JEP 404, JEP 521",
    },
];

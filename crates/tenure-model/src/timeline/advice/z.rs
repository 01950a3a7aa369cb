//! Rules for Java's ZGC.

use super::*;

const BOTH: &[Collector] = &[Collector::Z, Collector::GenerationalZ];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "z-stalls",
        weight: Weight::Grave,
        goals: LATENCY,
        title: "Threads waited for the collector to free memory.",
        when: |log| {
            is(log, BOTH).then_some(())?;
            let tally = log.stalls.by_kind.get(&Kind::AllocationStall)?;
            let text = format!(
                "{} stalls, the longest {}",
                tally.count,
                time(tally.durations.max_ns().unwrap_or(0))
            );
            evidence(text, &[tally.first_line, tally.longest_line])
        },
        remedies: &[
            always("-Xmx larger: room ≥ allocation rate × cycle time"),
            since("-XX:ConcGCThreads=… more", 11),
            since("-XX:ZAllocationSpikeTolerance=5", 11),
        ],
        effect: "cycles end before memory does",
        source: "HotSpot garbage collection tuning guide, \"The Z garbage collector\"",
    },
    Rule {
        id: "z-headroom",
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
        remedies: &[always("-Xmx larger"), since("-XX:ConcGCThreads=… more", 11)],
        effect: "no allocation stalls at the next peak",
        source: "allocation rate × cycle time of the log",
    },
    Rule {
        id: "z-relocation-stalls",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Threads waited for objects to be relocated.",
        when: |log| {
            let tally = log.stalls.by_kind.get(&Kind::RelocationStall)?;
            evidence(
                format!("{} stalls", tally.count),
                &[tally.first_line, tally.longest_line],
            )
        },
        remedies: &[always("-Xmx larger")],
        effect: "pages are relocated out of place",
        source: "HotSpot garbage collection tuning guide, \"The Z garbage collector\"",
    },
    Rule {
        id: "z-pause-goal",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "MaxGCPauseMillis has no effect on ZGC.",
        when: |log| {
            (is(log, BOTH) && has_flag(log, "MaxGCPauseMillis")).then_some(())?;
            evidence("-XX:MaxGCPauseMillis is set".to_owned(), &[])
        },
        remedies: &[always(
            "drop the flag; size the heap and SoftMaxHeapSize instead",
        )],
        effect: "no wrong hope",
        source: "HotSpot garbage collection tuning guide, \"The Z garbage collector\"",
    },
    Rule {
        id: "z-not-generational",
        weight: Weight::Hint,
        goals: SPEED,
        title: "One generation: since JDK 21 ZGC has two, since 24 no other.",
        when: |log| {
            is(log, &[Collector::Z]).then_some(())?;
            evidence("the log is of ZGC without generations".to_owned(), &[])
        },
        remedies: &[
            within("-XX:+ZGenerational", 21, 22),
            since("JDK 23 and later: generational by default", 23),
        ],
        effect: "a quarter of the memory for the same rate, fewer stalls",
        source: "JEP 439, JEP 474, JEP 490",
    },
    Rule {
        id: "z-old-overtaken",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Most cycles are major: the old generation fills quickly.",
        when: |log| {
            is(log, &[Collector::GenerationalZ]).then_some(())?;
            let (major, minor) = (
                log.cycles.count_of(Kind::MajorCycle),
                log.cycles.count_of(Kind::MinorCycle),
            );
            (major > minor && major >= 5).then_some(())?;
            evidence(format!("{major} major and {minor} minor cycles"), &[])
        },
        remedies: &[
            since("-XX:SoftMaxHeapSize=… with room above what is alive", 13),
            always("-Xmx larger"),
        ],
        effect: "objects die in the young generation",
        source: "JEP 439",
    },
    Rule {
        id: "z-proactive",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Cycles are started for no need but time.",
        when: |log| caused(log, "Proactive", 0.3),
        remedies: &[since("-XX:-ZProactive", 11)],
        effect: "less processor time while the program is idle",
        source: "HotSpot garbage collection tuning guide, \"The Z garbage collector\"",
    },
];

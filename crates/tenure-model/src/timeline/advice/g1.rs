//! Rules for Java's G1.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "g1-full",
        weight: Weight::Grave,
        goals: SPEED,
        title: "G1 falls back to collecting the whole heap while the program stands.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let full = log.pauses.count_of(Kind::Full);
            let asked = log.marked("explicit").count;
            (full > asked).then_some(())?;
            kinds(log, Kind::Full, 1)
        },
        remedies: &[
            always("-Xmx larger"),
            within("-XX:InitiatingHeapOccupancyPercent=35", 7, 8),
            since(
                "-XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=35",
                9,
            ),
            since("-XX:G1ReservePercent=20", 7),
            since("-XX:ConcGCThreads=… more", 7),
        ],
        effect: "marking ends before the heap is full",
        source: "HotSpot garbage collection tuning guide, \"G1: observing full collections\"",
    },
    Rule {
        id: "g1-evacuation-failure",
        weight: Weight::Grave,
        goals: SPEED,
        title: "Survivors found no free region (to-space exhausted).",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            marked(log, "evacuation failure", "evacuation failure")
        },
        remedies: &[
            since("-XX:G1ReservePercent=20", 7),
            within("-XX:InitiatingHeapOccupancyPercent=35", 7, 8),
            since(
                "-XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=35",
                9,
            ),
            always("-Xmx larger"),
        ],
        effect: "no pauses that copy in vain, no full collection after them",
        source: "HotSpot garbage collection tuning guide, \"G1: observing full collections\"",
    },
    Rule {
        id: "g1-humongous",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Humongous objects start collections.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let mut found = caused(log, "Humongous", 0.05)?;
            if let Some(region) = log.about.region_bytes {
                found
                    .text
                    .push_str(&format!("; regions of {}", size(region)));
            }
            Some(found)
        },
        remedies: &[since(
            "-XX:G1HeapRegionSize=… so that the object is below half a region",
            7,
        )],
        effect: "large objects are allocated in the young generation and die there",
        source: "HotSpot garbage collection tuning guide, \"G1: humongous objects\"",
    },
    Rule {
        id: "g1-humongous-space",
        weight: Weight::Warning,
        goals: FOOTPRINT,
        title: "Humongous objects hold more than a fifth of the heap.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let held = log.peak(crate::timeline::Space::Humongous).used;
            let heap = log.peak(crate::timeline::Space::Heap).capacity;
            (heap > 0 && held > heap / 5).then_some(())?;
            evidence(format!("{} of {}", size(held), size(heap)), &[])
        },
        remedies: &[
            since("-XX:G1HeapRegionSize=…", 7),
            always("smaller arrays: pages in place of one block"),
        ],
        effect: "the ends of regions are not wasted",
        source: "HotSpot garbage collection tuning guide, \"G1: humongous objects\"",
    },
    Rule {
        id: "g1-young-fixed",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "A fixed young generation switches the pause goal off.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let flag = ["-Xmn", "-XX:NewSize", "-XX:NewRatio", "-XX:MaxNewSize"]
                .into_iter()
                .find(|flag| has_flag(log, flag))?;
            evidence(format!("{flag} is set"), &[])
        },
        remedies: &[
            always("drop -Xmn and NewRatio"),
            since(
                "-XX:G1NewSizePercent=… and G1MaxNewSizePercent=… (experimental)",
                7,
            ),
        ],
        effect: "G1 sizes the young generation for the pause goal again",
        source: "HotSpot garbage collection tuning guide, \"G1: recommendations\"",
    },
    Rule {
        id: "g1-copy",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Copying survivors takes most of the pauses.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            log.pauses
                .all
                .durations
                .quantile(0.9)
                .filter(|p90| *p90 > 100_000_000)?;
            phase_share(log, "Object Copy", 0.5).or_else(|| phase_share(log, "Evacuate", 0.7))
        },
        remedies: &[
            since("-XX:MaxGCPauseMillis=… lower", 7),
            since("-XX:G1NewSizePercent=2 (experimental)", 7),
        ],
        effect: "smaller young collections, more of them",
        source: "HotSpot garbage collection tuning guide, \"G1: tuning for latency\"",
    },
    Rule {
        id: "g1-remembered-sets",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Scanning remembered sets takes a fifth of the pauses or more.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            phase_share(log, "Merge Heap Roots", 0.2)
                .or_else(|| phase_share(log, "Scan Heap Roots", 0.2))
                .or_else(|| phase_share(log, "Scan RS", 0.2))
                .or_else(|| phase_share(log, "Update RS", 0.2))
        },
        remedies: &[
            since("-XX:G1HeapRegionSize=… larger", 7),
            since("-XX:G1RSetUpdatingPauseTimePercent=… lower", 7),
            within("-XX:G1RSetRegionEntries=… more", 7, 17),
        ],
        effect: "references between regions are followed outside the pauses",
        source: "HotSpot garbage collection tuning guide, \"G1: remembered sets\"",
    },
    Rule {
        id: "g1-mixed-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Mixed collections are much longer than young ones.",
        when: |log| {
            let mean = |kind| log.pauses.by_kind.get(&kind)?.durations.mean_ns();
            let (mixed, young) = (mean(Kind::Mixed)?, mean(Kind::Young)?);
            (mixed > 2.0 * young && mixed > 50e6).then_some(())?;
            let text = format!(
                "mixed {} on average, young {}",
                time(mixed as u64),
                time(young as u64)
            );
            let line = log
                .pauses
                .by_kind
                .get(&Kind::Mixed)
                .map_or(0, |tally| tally.longest_line);
            evidence(text, &[line])
        },
        remedies: &[
            since("-XX:G1MixedGCCountTarget=16", 7),
            since(
                "-XX:G1MixedGCLiveThresholdPercent=… lower (experimental)",
                7,
            ),
            since("-XX:G1HeapWastePercent=10", 7),
        ],
        effect: "old regions are spread over more pauses",
        source: "HotSpot garbage collection tuning guide, \"G1: mixed collections take too long\"",
    },
    Rule {
        id: "g1-remark-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Remark takes longer than 100 ms.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let tally = log.pauses.by_kind.get(&Kind::Remark)?;
            let max = tally.durations.max_ns().filter(|max| *max > 100_000_000)?;
            evidence(
                format!("longest remark {}", time(max)),
                &[tally.longest_line],
            )
        },
        remedies: &[
            within("-XX:+ParallelRefProcEnabled", 7, 16),
            since(
                "-XX:-ClassUnloadingWithConcurrentMark if classes are never unloaded",
                8,
            ),
        ],
        effect: "references and classes are handled by several threads, or not at all",
        source: "HotSpot garbage collection tuning guide, \"G1: reference object processing\"",
    },
    Rule {
        id: "g1-marking-aborted",
        weight: Weight::Grave,
        goals: SPEED,
        title: "A full collection overtook the concurrent marking.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            marked(log, "aborted", "marking given up")
        },
        remedies: &[
            within("-XX:InitiatingHeapOccupancyPercent=… lower", 7, 8),
            since(
                "-XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=… lower",
                9,
            ),
            since("-XX:ConcGCThreads=… more", 7),
        ],
        effect: "marking ends in time",
        source: "HotSpot garbage collection tuning guide, \"G1: observing full collections\"",
    },
    Rule {
        id: "g1-undone-cycles",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Concurrent cycles start for humongous objects and are given back.",
        when: |log| marked(log, "undone", "undone cycle"),
        remedies: &[since("-XX:G1HeapRegionSize=… larger", 7)],
        effect: "fewer cycles for nothing",
        source: "JDK-8240556",
    },
    Rule {
        id: "g1-goal-missed",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "More than a tenth of the pauses are beyond G1's default goal of 200 ms.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let p90 = log
                .pauses
                .all
                .durations
                .quantile(0.9)
                .filter(|p90| *p90 > 200_000_000)?;
            evidence(format!("p90 {}", time(p90)), &[log.pauses.all.longest_line])
        },
        remedies: &[
            since("-XX:MaxGCPauseMillis=…, and a heap that lets G1 keep it", 7),
            since("-XX:+UseZGC", 15),
        ],
        effect: "shorter pauses, somewhat less throughput",
        source: "HotSpot garbage collection tuning guide, \"G1: defaults\"",
    },
    Rule {
        id: "g1-preventive",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Preventive collections: they were found to cost more than they save.",
        when: |log| caused(log, "G1 Preventive Collection", 0.0),
        remedies: &[
            within("-XX:-G1UsePreventiveGC", 17, 20),
            since("JDK 21: removed", 21),
        ],
        effect: "fewer young collections when the heap is full",
        source: "JDK-8297639, JDK-8293861",
    },
    Rule {
        id: "g1-headroom",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Free room at the start of marking is less than what is allocated meanwhile.",
        when: |log| {
            is(log, &[Collector::G1]).then_some(())?;
            let headroom = log.headroom.filter(|ratio| *ratio < 1.2)?;
            evidence(
                format!("headroom {headroom:.2} × the allocation of a cycle"),
                &[],
            )
        },
        remedies: &[
            within("-XX:InitiatingHeapOccupancyPercent=… lower", 7, 8),
            since(
                "-XX:-G1UseAdaptiveIHOP -XX:InitiatingHeapOccupancyPercent=… lower",
                9,
            ),
            always("-Xmx larger"),
        ],
        effect: "marking ends before the heap is full",
        source: "allocation rate × cycle time of the log",
    },
];

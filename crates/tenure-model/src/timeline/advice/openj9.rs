//! Rules for OpenJ9 and IBM J9.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "openj9-global-often",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Global collections are a fifth of all or more.",
        when: |log| {
            runs(log, Runtime::OpenJ9).then_some(())?;
            let full = log.pauses.count_of(Kind::Full);
            (full >= 3 && full * 5 >= log.pauses.all.count).then_some(())?;
            kinds(log, Kind::Full, 3)
        },
        remedies: &[
            since("-Xgcpolicy:gencon", 5),
            always("-Xmn… larger"),
            always("-Xmx… larger"),
        ],
        effect: "the nursery does the work",
        source: "Eclipse OpenJ9 documentation, \"Garbage collection policies\"",
    },
    Rule {
        id: "openj9-explicit",
        weight: Weight::Hint,
        goals: SPEED,
        title: "The program asks for collections.",
        when: |log| {
            runs(log, Runtime::OpenJ9).then_some(())?;
            marked(log, "explicit", "explicit collection")
        },
        remedies: &[always("-Xdisableexplicitgc")],
        effect: "no collection at a bad moment",
        source: "Eclipse OpenJ9 documentation, \"-Xdisableexplicitgc\"",
    },
    Rule {
        id: "openj9-exclusive-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Getting exclusive access takes long.",
        when: |log| {
            runs(log, Runtime::OpenJ9).then_some(())?;
            let max = log.reach.max_ns().filter(|max| *max > 10_000_000)?;
            evidence(
                format!("up to {}", time(max)),
                &[log.stops.all.longest_line],
            )
        },
        remedies: &[always(
            "more processor time; no long native calls that hold arrays",
        )],
        effect: "collections begin at once",
        source: "Eclipse OpenJ9 documentation, \"Verbose GC logs\"",
    },
    Rule {
        id: "openj9-pauses-long",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Global collections stop the program for more than a second.",
        when: |log| {
            runs(log, Runtime::OpenJ9).then_some(())?;
            let tally = log.pauses.by_kind.get(&Kind::Full)?;
            let max = tally
                .durations
                .max_ns()
                .filter(|max| *max > 1_000_000_000)?;
            evidence(format!("longest {}", time(max)), &[tally.longest_line])
        },
        remedies: &[
            since("-Xgcpolicy:balanced", 7),
            since_minor("-Xgcpolicy:optavgpause", 1, 4),
        ],
        effect: "old objects are collected in increments",
        source: "Eclipse OpenJ9 documentation, \"Garbage collection policies\"",
    },
];

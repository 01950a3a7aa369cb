//! Rules for V8 and Node.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "v8-scavenges",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Scavenges come very often: the young generation is small.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            let seconds = log.span_ns? as f64 / 1e9;
            let count = log.pauses.count_of(Kind::Scavenge);
            (count >= 50 && count as f64 > 10.0 * seconds).then_some(())?;
            evidence(format!("{count} scavenges in {seconds:.1} s"), &[])
        },
        remedies: &[since("--max-semi-space-size=32 or 64 (MiB)", 4)],
        effect: "fewer scavenges and less promotion, for up to three times as much memory",
        source: "Node.js documentation, \"--max-semi-space-size\"",
    },
    Rule {
        id: "v8-utilisation",
        weight: Weight::Grave,
        goals: SPEED,
        title: "V8 saw the program with less than 40 % of the time around a collection.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            let mu = log.utilisation_told.filter(|mu| *mu < 0.4)?;
            evidence(format!("mu {mu:.2}"), &[log.pauses.all.longest_line])
        },
        remedies: &[
            always("--max-old-space-size=… larger"),
            always("a heap snapshot: who holds it?"),
        ],
        effect: "mark-compacts become rare",
        source: "V8 source, heap/gc-tracer: mutator utilisation",
    },
    Rule {
        id: "v8-near-limit",
        weight: Weight::Grave,
        goals: ALL,
        title: "Mark-compacts free little: the heap is near its limit.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            caused(log, "last resort", 0.0)
                .or_else(|| caused(log, "near heap limit", 0.0))
                .or_else(|| caused(log, "scavenge might not succeed", 0.05))
        },
        remedies: &[
            always("--max-old-space-size=…"),
            always("a heap snapshot: who holds it?"),
        ],
        effect: "no \"Reached heap limit\"",
        source: "Node.js documentation, \"--max-old-space-size\"",
    },
    Rule {
        id: "v8-mark-compact-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Mark-compacts block the event loop for more than 50 ms.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            let kind = [Kind::MarkCompact, Kind::MarkSweep].into_iter();
            let tallies = kind.filter_map(|kind| log.pauses.by_kind.get(&kind));
            let tally = tallies.max_by_key(|tally| tally.durations.max_ns())?;
            let max = tally.durations.max_ns().filter(|max| *max > 50_000_000)?;
            evidence(format!("longest {}", time(max)), &[tally.longest_line])
        },
        remedies: &[
            always("keep large data outside the heap: Buffer, a worker, a store"),
            always("--max-old-space-size=… larger"),
        ],
        effect: "shorter or fewer stops of the event loop",
        source: "V8 blog, \"Trash talk: the Orinoco garbage collector\"",
    },
    Rule {
        id: "v8-reduce",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "V8 collects in order to give memory back.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            marked(log, "memory reducing", "collection to reduce memory")
        },
        remedies: &[
            since("--no-memory-reducer", 6),
            always("leave it where memory is scarce"),
        ],
        effect: "no collections while idle",
        source: "V8 source, heap/memory-reducer",
    },
    Rule {
        id: "v8-explicit",
        weight: Weight::Hint,
        goals: SPEED,
        title: "The program asks for collections.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            marked(log, "explicit", "explicit collection").or_else(|| caused(log, "testing", 0.0))
        },
        remedies: &[always("no global.gc() outside of tests")],
        effect: "no full collection at a bad moment",
        source: "V8 flags, \"--expose-gc\"",
    },
    Rule {
        id: "v8-external",
        weight: Weight::Hint,
        goals: SPEED,
        title: "Memory outside the heap starts collections.",
        when: |log| {
            runs(log, Runtime::V8).then_some(())?;
            caused(log, "external memory", 0.05)
        },
        remedies: &[always(
            "reuse buffers; release them by hand where the interface allows",
        )],
        effect: "collections follow the heap alone",
        source: "causes of the log",
    },
];

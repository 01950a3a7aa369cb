//! Rules for Go.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "go-cpu",
        weight: Weight::Warning,
        goals: THROUGHPUT,
        title: "More than a quarter of the processor time goes into collection.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let share = log.cpu_share.filter(|share| *share > 0.25)?;
            evidence(format!("{:.0} % since the start", share * 100.0), &[])
        },
        remedies: &[
            always("GOGC=200 or higher"),
            since_minor("GOMEMLIMIT=… with room", 1, 19),
        ],
        effect: "half the collections with twice GOGC; the heap grows by as much",
        source: "A Guide to the Go Garbage Collector, \"GOGC\"",
    },
    Rule {
        id: "go-cpu-fair",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "Between 10 and 25 % of the processor time goes into collection.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let share = log.cpu_share.filter(|share| (0.1..=0.25).contains(share))?;
            evidence(format!("{:.0} % since the start", share * 100.0), &[])
        },
        remedies: &[
            always("GOGC=200"),
            always("fewer allocations: pprof -alloc_space"),
        ],
        effect: "half the collections with twice GOGC",
        source: "A Guide to the Go Garbage Collector, \"GOGC\"",
    },
    Rule {
        id: "go-limit",
        weight: Weight::Grave,
        goals: THROUGHPUT,
        title: "The heap is at its memory limit: the goal is hardly above what is alive.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let fit = log.whole_fit?;
            let live = log.live?.bytes;
            (live > 16 << 20 && fit.bytes * 5 < live).then_some(())?;
            let text = format!(
                "{} between collections, {} alive",
                size(fit.bytes),
                size(live)
            );
            evidence(text, &[])
        },
        remedies: &[
            since_minor(
                "GOMEMLIMIT=… higher: about 90 % of the container's limit",
                1,
                19,
            ),
            always("find what is alive: pprof -inuse_space"),
        ],
        effect: "fewer collections; the limiter stops at half of the processors",
        source: "A Guide to the Go Garbage Collector, \"Memory limit\"",
    },
    Rule {
        id: "go-assist",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Goroutines that allocate have to mark: the collector is behind.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let tally = log.stalls.by_kind.get(&Kind::MarkAssist)?;
            let assisted = tally.durations.total_ns();
            let marking = log
                .concurrent
                .by_kind
                .get(&Kind::ConcurrentMark)?
                .durations
                .total_ns();
            (assisted > marking / 4).then_some(())?;
            let text = format!(
                "{} of assists, {} of marking",
                time(assisted),
                time(marking)
            );
            evidence(text, &[tally.longest_line])
        },
        remedies: &[
            always("GOGC=… higher"),
            always("fewer allocations at peaks"),
        ],
        effect: "requests are not slowed down during a cycle",
        source: "A Guide to the Go Garbage Collector, \"Latency\"",
    },
    Rule {
        id: "go-forced",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "The program asks for collections.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            marked(log, "explicit", "forced collection")
        },
        remedies: &[always("no runtime.GC() and debug.FreeOSMemory() in loops")],
        effect: "fewer cycles, and no caller that waits for one",
        source: "package runtime, \"GC\"",
    },
    Rule {
        id: "go-small-heap",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "A tiny heap is collected very often.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let fit = log.whole_fit.filter(|fit| fit.interval_s < 0.05)?;
            let live = log.live.filter(|live| live.bytes < 64 << 20)?;
            let text = format!(
                "one each {:.1} ms with {} alive",
                fit.interval_s * 1e3,
                size(live.bytes)
            );
            evidence(text, &[])
        },
        remedies: &[
            since_minor(
                "GOGC=off GOMEMLIMIT=… if the program has the machine for itself",
                1,
                19,
            ),
            always("GOGC=400"),
        ],
        effect: "collections only when memory is needed",
        source: "A Guide to the Go Garbage Collector, \"Suggested uses\"",
    },
    Rule {
        id: "go-stops",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Stops of more than 10 ms: Go's are usually below 1 ms.",
        when: |log| {
            runs(log, Runtime::Go).then_some(())?;
            let max = log
                .pauses
                .all
                .durations
                .max_ns()
                .filter(|max| *max > 10_000_000)?;
            evidence(
                format!("longest {}", time(max)),
                &[log.pauses.all.longest_line],
            )
        },
        remedies: &[
            until_minor("GOMAXPROCS=… that fits the container's limit", 1, 24),
            always("more processor time for the machine or container"),
            until_minor("no long loops without calls", 1, 13),
        ],
        effect: "stops end when the work does",
        source: "A Guide to the Go Garbage Collector, \"Latency\"",
    },
];

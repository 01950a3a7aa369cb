//! Rules for CPython's cycle collector.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cpython-vain",
        weight: Weight::Warning,
        goals: THROUGHPUT,
        title: "Collections find nothing: what is allocated has no cycles.",
        when: |log| {
            runs(log, Runtime::CPython).then_some(())?;
            let vain = log.marked("vain");
            (vain.count * 10 > log.pauses.all.count * 9 && vain.count >= 20).then_some(())?;
            let text = format!("{} of {} found nothing", vain.count, log.pauses.all.count);
            evidence(text, &[vain.first_line, vain.last_line])
        },
        remedies: &[
            always("gc.set_threshold(50_000, 20, 20) or higher"),
            since_minor("gc.freeze() after loading", 3, 7),
        ],
        effect: "fewer collections for nothing; cycles live longer",
        source: "Python documentation, gc.set_threshold and gc.freeze",
    },
    Rule {
        id: "cpython-full-share",
        weight: Weight::Warning,
        goals: SPEED,
        title: "The oldest generation takes more than half of the collector's time.",
        when: |log| {
            runs(log, Runtime::CPython).then_some(())?;
            let full = log.pauses.by_kind.get(&Kind::Generation2)?;
            let total = log.pauses.all.durations.total_ns();
            (full.count >= 3 && full.durations.total_ns() > total / 2).then_some(())?;
            kinds(log, Kind::Generation2, 3)
        },
        remedies: &[
            since_minor(
                "gc.freeze() after loading: what is loaded is not looked at again",
                3,
                7,
            ),
            until_minor("gc.set_threshold(…) with a larger third number", 3, 13),
        ],
        effect: "the oldest generation is looked at rarely",
        source: "Python documentation, gc.freeze",
    },
    Rule {
        id: "cpython-long",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Collections hold the interpreter for more than 50 ms.",
        when: |log| {
            runs(log, Runtime::CPython).then_some(())?;
            let max = log
                .pauses
                .all
                .durations
                .max_ns()
                .filter(|max| *max > 50_000_000)?;
            evidence(
                format!("longest {}", time(max)),
                &[log.pauses.all.longest_line],
            )
        },
        remedies: &[
            since_minor("gc.freeze() after loading", 3, 7),
            always("gc.disable() around requests and gc.collect() between them"),
        ],
        effect: "pauses fall between requests",
        source: "Python documentation, gc",
    },
    Rule {
        id: "cpython-uncollectable",
        weight: Weight::Grave,
        goals: FOOTPRINT,
        title: "Objects were found that can never be freed (gc.garbage).",
        when: |log| {
            runs(log, Runtime::CPython).then_some(())?;
            marked(log, "uncollectable", "collection with such objects")
        },
        remedies: &[always(
            "look into gc.garbage: __del__ in cycles (Python 2), C types",
        )],
        effect: "the leak is found",
        source: "Python documentation, gc.garbage",
    },
];

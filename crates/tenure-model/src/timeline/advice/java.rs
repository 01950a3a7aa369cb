//! Rules for Java, whatever the collector.

use super::*;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "java-explicit",
        weight: Weight::Warning,
        goals: SPEED,
        title: "The program asks for collections: System.gc() is a tenth of them or more.",
        when: |log| {
            is_java(log).then_some(())?;
            let full = log.pauses.count_of(Kind::Full);
            let asked = log.marked("explicit").count;
            (asked > 0 && asked * 10 >= full).then_some(())?;
            caused(log, "System.gc()", 0.0)
                .or_else(|| marked(log, "explicit", "explicit collection"))
        },
        remedies: &[
            since("-XX:+ExplicitGCInvokesConcurrent (G1, CMS, Shenandoah)", 6),
            always("-Dsun.rmi.dgc.server.gcInterval=… if RMI asks"),
            always("-XX:+DisableExplicitGC, not with direct buffers, which rely on it"),
        ],
        effect: "no collection of the whole heap at a bad moment",
        source: "HotSpot garbage collection tuning guide, \"Explicit garbage collection\"",
    },
    Rule {
        id: "java-diagnostic-pauses",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Someone inspects or dumps the heap while the program runs.",
        when: |log| {
            is_java(log).then_some(())?;
            caused(log, "Heap Inspection", 0.0).or_else(|| caused(log, "Heap Dump", 0.0))
        },
        remedies: &[always(
            "jmap -histo without :live, at quiet times, by one tool only",
        )],
        effect: "no full collections for the sake of looking",
        source: "causes of the log",
    },
    Rule {
        id: "java-metadata",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Class data reaches its threshold and forces collections.",
        when: |log| {
            is_java(log).then_some(())?;
            let times = log.pauses.count_of_cause("Metadata GC Threshold");
            (times > 1).then_some(())?;
            let mut found = caused(log, "Metadata GC Threshold", 0.0)?;
            let peak = log.peak(crate::timeline::Space::Metaspace).used;
            if peak > 0 {
                found
                    .text
                    .push_str(&format!("; metaspace peaks at {}", size(peak)));
            }
            Some(found)
        },
        remedies: &[since("-XX:MetaspaceSize=… above the peak", 8)],
        effect: "none of these collections while the program starts",
        source: "HotSpot garbage collection tuning guide, \"Class metadata\"",
    },
    Rule {
        id: "java-metadata-soft",
        weight: Weight::Grave,
        goals: ALL,
        title: "Class data is full: soft references are cleared to find room.",
        when: |log| {
            is_java(log).then_some(())?;
            caused(log, "Metadata GC Clear Soft References", 0.0)
        },
        remedies: &[
            since("-XX:MaxMetaspaceSize=… higher or not set", 8),
            always("look for class loaders that are not released"),
        ],
        effect: "no collections of the whole heap in a row",
        source: "HotSpot garbage collection tuning guide, \"Class metadata\"",
    },
    Rule {
        id: "java-permanent",
        weight: Weight::Warning,
        goals: SPEED,
        title: "The permanent generation is nearly full.",
        when: |log| {
            runs(log, Runtime::JavaLegacy).then_some(())?;
            log.about
                .java_major()
                .is_none_or(|major| major < 8)
                .then_some(())?;
            let peak = log.peak(crate::timeline::Space::Metaspace);
            (peak.capacity > 0 && peak.after * 100 > peak.capacity * 95).then_some(())?;
            evidence(
                format!("{} of {}", size(peak.after), size(peak.capacity)),
                &[],
            )
        },
        remedies: &[until("-XX:PermSize=… -XX:MaxPermSize=…", 7)],
        effect: "no full collections for class data",
        source: "HotSpot garbage collection tuning guide for Java 6",
    },
    Rule {
        id: "java-locker",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Collections wait for native code that holds arrays (GCLocker).",
        when: |log| {
            is_java(log).then_some(())?;
            caused(log, "GCLocker Initiated GC", 0.05)
        },
        remedies: &[
            since("JDK 22: G1 pins regions and does not wait", 22),
            always("Get…Region in place of GetPrimitiveArrayCritical"),
        ],
        effect: "no collections that come late and twice",
        source: "JEP 423",
    },
    Rule {
        id: "java-code-cache",
        weight: Weight::Warning,
        goals: SPEED,
        title: "The code cache forces collections.",
        when: |log| caused(log, "CodeCache GC", 0.0),
        remedies: &[always("-XX:ReservedCodeCacheSize=… higher")],
        effect: "no collections to find unused code",
        source: "causes of the log; JDK 20 and later collect code with the heap",
    },
    Rule {
        id: "java-heap-nearly-live",
        weight: Weight::Grave,
        goals: SPEED,
        title: "More than 70 % of the largest heap is alive.",
        when: |log| {
            is_java(log).then_some(())?;
            let live = log
                .live
                .filter(|live| live.source != crate::timeline::LiveSource::Lowest)?;
            let max = log.heap_max_bytes()?;
            (live.bytes as f64 > 0.7 * max as f64).then_some(())?;
            let text = format!("{} alive of {}", size(live.bytes), size(max));
            evidence(text, &[])
        },
        remedies: &[
            always("-Xmx3 to 4 times what is alive"),
            always("a heap dump: who holds it?"),
        ],
        effect: "collections become rarer with each free byte",
        source: "C. Hunt, B. John, Java Performance (2011), ch. 7: 3 to 4 times the live data",
    },
    Rule {
        id: "java-heap-large",
        weight: Weight::Hint,
        goals: FOOTPRINT,
        title: "The heap is more than eight times what is alive.",
        when: |log| {
            is_java(log).then_some(())?;
            let live = log
                .live
                .filter(|live| live.bytes > 0 && live.samples >= 3)?;
            let max = log.peak(crate::timeline::Space::Heap).capacity;
            (max / 8 > live.bytes && max > 512 << 20).then_some(())?;
            evidence(
                format!("{} alive, {} heap", size(live.bytes), size(max)),
                &[],
            )
        },
        remedies: &[
            always("-Xmx4 times what is alive"),
            since("-XX:+UseZGC -XX:SoftMaxHeapSize=…", 13),
            since("-XX:G1PeriodicGCInterval=… gives memory back when idle", 12),
        ],
        effect: "less memory; somewhat more collections",
        source: "JEP 346; the log's own live set",
    },
    Rule {
        id: "java-safepoint-reach",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Reaching a safepoint takes a fifth of the stops or more: not the collector's time.",
        when: |log| {
            let (reach, stops) = (log.reach.total_ns(), log.stops.all.durations.total_ns());
            (reach > 0 && reach * 5 >= stops && reach > 10_000_000).then_some(())?;
            let text = format!("{} to reach of {} stopped", time(reach), time(stops));
            evidence(text, &[log.stops.all.longest_line])
        },
        remedies: &[
            always("-XX:+SafepointTimeout -XX:SafepointTimeoutDelay=500 names the threads"),
            within("-XX:+UseCountedLoopSafepoints", 8, 9),
            since(
                "-XX:LoopStripMiningIter=100 (Serial, Parallel: -XX:+UseCountedLoopSafepoints)",
                10,
            ),
            always("more processor time: threads that wait for one reach no safepoint"),
            always("no log on a slow disk; no memory-mapped files read in loops"),
        ],
        effect: "stops as short as their pauses",
        source: "safepoint lines of the log; OpenJDK wiki, HotSpot safepoints",
    },
    Rule {
        id: "java-stops-beyond-pauses",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "The program stands much longer than the collector's pauses say.",
        when: |log| {
            let (stops, pauses) = (
                log.stops.all.durations.total_ns(),
                log.pauses.all.durations.total_ns(),
            );
            (log.pauses.all.count > 0 && stops > 2 * pauses && stops - pauses > 50_000_000)
                .then_some(())?;
            let text = format!("{} stopped, {} of it in pauses", time(stops), time(pauses));
            evidence(text, &[log.stops.all.longest_line])
        },
        remedies: &[
            within("-XX:-UseBiasedLocking", 6, 14),
            until(
                "-XX:+PrintSafepointStatistics -XX:PrintSafepointStatisticsCount=1 names \
                 what stops the program",
                8,
            ),
            since("-Xlog:safepoint names what stops the program", 9),
            always("more processor time for the machine or container"),
        ],
        effect: "the delay that users feel, not only the collector's part",
        source: "stops against pauses of the log",
    },
    Rule {
        id: "java-biased-locking",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "Revoking biased locks stops the program.",
        when: |log| {
            let named = |(cause, _): &(&crate::timeline::Label, &crate::timeline::Sum)| {
                cause.as_str().contains("RevokeBias") || cause.as_str().contains("EnableBiased")
            };
            let sums = log.stops.by_cause.iter().filter(named).map(|(_, sum)| *sum);
            let (mut count, mut line) = (0, 0);
            for sum in sums {
                count += sum.count;
                line = sum.longest_line;
            }
            (count >= 10).then_some(())?;
            evidence(format!("{count} stops"), &[line])
        },
        remedies: &[within("-XX:-UseBiasedLocking", 6, 17)],
        effect: "none of these stops",
        source: "JEP 374",
    },
    Rule {
        id: "java-references",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Handling references takes a tenth of the pause time or more.",
        when: |log| {
            is_java(log).then_some(())?;
            phase_share(log, "Ref Proc", 0.1)
                .or_else(|| phase_share(log, "Reference Processing", 0.1))
                .or_else(|| phase_share(log, "weak refs processing", 0.1))
        },
        remedies: &[
            within("-XX:+ParallelRefProcEnabled", 5, 16),
            since("-XX:ReferencesPerThread=… lower (experimental)", 11),
            always("fewer soft, weak and final references; no finalizers"),
        ],
        effect: "references are handled by several threads, or are fewer",
        source: "HotSpot garbage collection tuning guide, \"G1: reference object processing\"",
    },
    Rule {
        id: "java-tenuring-one",
        weight: Weight::Warning,
        goals: SPEED,
        title: "Survivors have no room: young objects are promoted at the first chance.",
        when: |log| {
            let threshold = log.tenuring_low?;
            (threshold.count * 4 > log.pauses.all.count && threshold.count >= 5).then_some(())?;
            let text = format!("threshold 1 in {} collections", threshold.count);
            evidence(text, &[threshold.first_line, threshold.last_line])
        },
        remedies: &[
            always("-XX:SurvivorRatio=… lower (Serial, Parallel, CMS)"),
            since("-XX:TargetSurvivorRatio=90", 5),
            always("a larger young generation"),
        ],
        effect: "objects die young; the old generation fills more slowly",
        source: "HotSpot garbage collection tuning guide, \"Survivor space sizing\"",
    },
    Rule {
        id: "java-promotion-fast",
        weight: Weight::Hint,
        goals: SPEED,
        title: "More than a fifth of what is allocated is promoted.",
        when: |log| {
            is_java(log).then_some(())?;
            let (allocated, promoted) = (log.allocation_bytes_per_s?, log.promotion_bytes_per_s?);
            (allocated > 1e6 && promoted > 0.2 * allocated).then_some(())?;
            let text = format!(
                "{}/s promoted of {}/s allocated",
                size(promoted as u64),
                size(allocated as u64)
            );
            evidence(text, &[])
        },
        remedies: &[
            always("-Xmn… larger (not with G1)"),
            always("-XX:MaxTenuringThreshold=15"),
        ],
        effect: "fewer collections of the old generation",
        source: "promotion and allocation rate of the log",
    },
    Rule {
        id: "java-allocation-fast",
        weight: Weight::Hint,
        goals: THROUGHPUT,
        title: "The program allocates more than 1 GiB a second.",
        when: |log| {
            is_java(log).then_some(())?;
            let rate = log
                .allocation_bytes_per_s
                .filter(|rate| *rate > 1_073_741_824.0)?;
            evidence(format!("{}/s", size(rate as u64)), &[])
        },
        remedies: &[always("profile allocations by site (JFR, async-profiler)")],
        effect: "fewer collections in proportion",
        source: "allocation rate of the log",
    },
    Rule {
        id: "java-heap-resizes",
        weight: Weight::Hint,
        goals: LATENCY,
        title: "The heap begins small and grows step by step.",
        when: |log| {
            is_java(log).then_some(())?;
            let initial = log.about.heap_initial_bytes.filter(|bytes| *bytes > 0)?;
            let peak = log.peak(crate::timeline::Space::Heap).capacity;
            (peak > 4 * initial).then_some(())?;
            evidence(format!("from {} to {}", size(initial), size(peak)), &[])
        },
        remedies: &[always("-Xms equal to -Xmx for a server")],
        effect: "fewer collections while the program starts",
        source: "HotSpot garbage collection tuning guide, \"Total heap\"",
    },
    Rule {
        id: "java-old-release",
        weight: Weight::Hint,
        goals: ALL,
        title: "The log is of Java 8 or older.",
        when: |log| {
            let major = log.about.java_major().filter(|major| *major <= 8)?;
            evidence(format!("Java {major}"), &[])
        },
        remedies: &[always(
            "Java 17, 21 or 25: G1 with shorter pauses, ZGC, containers seen",
        )],
        effect: "the same program with shorter pauses and less memory",
        source: "JEP 248, JEP 307, JEP 377, JEP 439",
    },
    Rule {
        id: "java-epsilon",
        weight: Weight::Hint,
        goals: ALL,
        title: "Epsilon never collects: the program ends when the heap is full.",
        when: |log| {
            is(log, &[Collector::Epsilon]).then_some(())?;
            evidence("the collector is Epsilon".to_owned(), &[])
        },
        remedies: &[since("any other collector, except for measurements", 11)],
        effect: "the program outlives its heap",
        source: "JEP 318",
    },
    Rule {
        id: "java-serial-server",
        weight: Weight::Warning,
        goals: LATENCY,
        title: "Serial on a machine with several processors, or by a container that shows one.",
        when: |log| {
            is(log, &[Collector::Serial]).then_some(())?;
            let max = log.pauses.all.durations.max_ns()?;
            (max > 200_000_000).then_some(())?;
            evidence(
                format!("longest pause {}", time(max)),
                &[log.pauses.all.longest_line],
            )
        },
        remedies: &[
            since("-XX:+UseG1GC", 7),
            since(
                "-XX:ActiveProcessorCount=… if the container shows too few",
                8,
            ),
        ],
        effect: "collections on all processors",
        source: "HotSpot garbage collection tuning guide, \"Selecting a collector\"",
    },
];

//! Unified logs of a few lines: what each becomes.

use tenure_model::timeline::{Class, Collector, Event, Fact, Kind, Mark, Remark, Space};

use super::decorations::{Decorated, Shared};
use crate::gclog::Reader;
use crate::gclog::kept::Kept;

fn read(log: &str) -> Kept {
    Kept::of_known(log)
}

fn durations(kept: &Kept, class: Class) -> Vec<(Kind, Option<u64>)> {
    let is_wanted = |event: &&Event| event.class == class;
    let figures = |event: &Event| (event.kind, event.duration_ns);
    kept.events.iter().filter(is_wanted).map(figures).collect()
}

#[test]
fn any_subset_of_decorations_is_taken_off() {
    let message = "GC(3) Pause Remark 42M->42M(128M) 1.500ms";
    let some = [
        "[2021-05-25T16:02:21.733-0400]",
        "[12.345s]",
        "[1217172136ms]",
        "[12345678901ns]",
        "[host-1.example]",
        "[4711]",
        "[info ]",
        "[gc,start    ]",
    ];
    for subset in 0..1_u32 << some.len() {
        let mut line = String::new();
        for (index, decoration) in some.iter().enumerate() {
            if subset & (1 << index) != 0 {
                line.push_str(decoration);
            }
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(message);
        let decorated = Decorated::new(line.as_bytes());
        assert_eq!(decorated.message, message.as_bytes(), "{line}");
        let mut shared = Shared::default();
        assert_eq!(shared.read(line.as_bytes()), (decorated, false), "{line}");
        // The name of a host counts as a tag.
        let has_host = subset & 0b1_0000 != 0;
        let has_head = subset & if has_host { 0b1111 } else { 0b110_1111 } != 0;
        assert_eq!(
            shared.read(line.as_bytes()),
            (decorated, has_head),
            "{line}"
        );
        let kept = read(&line);
        assert_eq!(
            durations(&kept, Class::Pause),
            [(Kind::Remark, Some(1_500_000))],
            "{line}"
        );
    }
}

#[test]
fn a_stamp_is_told_once_for_the_lines_that_share_it() {
    let pause = |head: &str| {
        format!("{head}GC(0) Pause Young (Normal) (Metadata) 24M->11M(256M) 2.000ms\n")
    };
    let times = |log: &str| -> Vec<u64> {
        let stamps = read(log).stamps;
        stamps
            .iter()
            .map(|stamp| stamp.run_ns / 1_000_000)
            .collect()
    };
    let (one, next) = (pause("[1.500s] "), pause("[1.501s] "));
    assert_eq!(times(&format!("{one}{one}{next}")), [1500, 1501]);
    // A stamp that begins like the one before, and one behind a line that has none.
    assert_eq!(
        times(&format!("{one}{}", pause("[1.500s][17s] "))),
        [1500, 17_000]
    );
    assert_eq!(times(&format!("{one}{}{one}", pause(""))), [1500, 1500]);
    // The same in a new run.
    let start = "[1.500s] Using G1\n";
    assert_eq!(times(&format!("{one}{start}{one}")), [1500, 1500]);
}

#[test]
fn a_stall_of_one_generation_is_read() {
    let kept = read(
        "[0.1s][info][gc] GC(9) y: Relocation Stall (ZWorkerYoung#0) 1.432ms\n\
         [0.2s][info][gc] GC(9) O: Pause Mark End 0.010ms\n",
    );
    assert_eq!(
        durations(&kept, Class::Stall),
        [(Kind::RelocationStall, Some(1_432_000))]
    );
}

#[test]
fn what_is_told_to_developers_is_no_unknown_line() {
    let pause = "[0.1s][info ][gc] GC(0) Pause Remark 42M->42M(128M) 1.500ms\n";
    let aside = |level: &str| format!("[0.1s][{level}][gc] GC(0) Considered 17 of 18 things\n");
    read(&format!("{pause}{}{}", aside("debug"), aside("trace")));
    let lines = Kept::of(&format!("{pause}{}{}", aside("debug"), aside("info "))).lines;
    assert_eq!((lines.others, lines.unclassified), (1, 1));
}

#[test]
fn a_stamp_is_that_of_the_end() {
    let kept = read(
        "[10.000s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) \
                     24M->11M(256M) 250.000ms\n",
    );
    assert_eq!(kept.events[0].start_ns, Some(9_750_000_000));
    assert_eq!(kept.events[0].cause.as_str(), "G1 Evacuation Pause");
    assert_eq!(
        kept.events[0].sizes.get(Space::Heap).capacity,
        Some(256 << 20)
    );
}

#[test]
fn dates_alone_count_from_the_first() {
    let kept = read(
        "[2021-05-25T16:02:21.000+0000] GC(0) Pause Young (Normal) (G1 Evacuation Pause)\n\
         [2021-05-25T16:02:21.500+0000] GC(0) Pause Young (Normal) (G1 Evacuation Pause) \
         24M->11M(256M) 500.000ms\n",
    );
    assert_eq!(kept.events[0].start_ns, Some(0));
    assert_eq!(
        kept.stamps.last().map(|stamp| stamp.run_ns),
        Some(500_000_000)
    );
}

#[test]
fn a_full_collection_within_a_failed_young_one_is_one_pause() {
    let kept = read(
        "[0.293s][info][gc] GC(3) Pause Full (Allocation Failure) 74M->10M(92M) 7.097ms\n\
         [0.293s][info][gc] GC(2) Pause Young (Allocation Failure) 74M->10M(92M) 7.236ms\n\
         [0.308s][info][gc] GC(4) Pause Young (Allocation Failure) 35M->35M(92M) 3.000ms\n",
    );
    assert_eq!(
        durations(&kept, Class::Pause),
        [
            (Kind::Full, Some(7_236_000)),
            (Kind::Young, Some(3_000_000))
        ]
    );
    assert!(kept.events[0].marks.has(Mark::PromotionFailed));
}

#[test]
fn a_full_collection_after_a_failed_young_one_is_a_second_pause() {
    let kept = read(
        "[0.143s][info][gc] GC(2) Pause Young (Allocation Failure) 24M->24M(30M) 0.047ms\n\
         [0.145s][info][gc] GC(3) Pause Full (Allocation Failure) 24M->12M(30M) 2.518ms\n",
    );
    assert_eq!(
        durations(&kept, Class::Pause),
        [(Kind::Young, Some(47_000)), (Kind::Full, Some(2_518_000))]
    );
}

#[test]
fn regions_of_g1_become_bytes() {
    let kept = read(
        "[0.1s][info][gc,heap] Heap region size: 2M\n\
         [1.0s][info][gc,start] GC(7) Pause Young (Mixed) (G1 Evacuation Pause)\n\
         [1.0s][info][gc,task ] GC(7) Using 8 workers of 10 for evacuation\n\
         [1.1s][info][gc,phases] GC(7)   Evacuate Collection Set: 41.62ms\n\
         [1.1s][info][gc,heap] GC(7) Eden regions: 24->0(22)\n\
         [1.1s][info][gc,heap] GC(7) Survivor regions: 1->2(3)\n\
         [1.1s][info][gc,heap] GC(7) Old regions: 5->7\n\
         [1.1s][info][gc] GC(7) Pause Young (Mixed) (G1 Evacuation Pause) \
         (Evacuation Failure: Allocation/Pinned) 60M->18M(256M) 44.318ms\n\
         [1.1s][info][gc,cpu] GC(7) User=0.30s Sys=0.01s Real=0.05s\n",
    );
    let event = &kept.events[0];
    assert_eq!((event.kind, event.line), (Kind::Mixed, 2));
    assert_eq!(event.sizes.get(Space::Eden).before, Some(48 << 20));
    assert_eq!(event.sizes.get(Space::Young).after, Some(4 << 20));
    assert_eq!(event.sizes.get(Space::Old).after, Some(14 << 20));
    assert_eq!(event.workers, Some((8, 10)));
    assert_eq!(
        event.phases,
        [("Evacuate Collection Set".into(), 41_620_000)]
    );
    assert_eq!(event.cpu.map(|cpu| cpu.user_ns), Some(300_000_000));
    assert!(event.marks.has(Mark::EvacuationFailure) && event.marks.has(Mark::Pinned));
}

#[test]
fn details_of_a_concurrent_cycle_leave_the_pause_alone() {
    let kept = read(
        "[1.0s][info][gc,start] GC(6) Pause Young (Normal) (G1 Evacuation Pause)\n\
         [1.0s][info][gc,task ] GC(5) Using 1 workers of 1 for marking\n\
         [1.0s][info][gc,marking] GC(5) Concurrent Mark From Roots 3.000ms\n\
         [1.0s][info][gc,task ] GC(6) Using 2 workers of 2 for evacuation\n\
         [1.1s][info][gc] GC(6) Pause Young (Normal) (G1 Evacuation Pause) 60M->18M(256M) 4.0ms\n",
    );
    let pause = kept.events.iter().find(|event| event.class == Class::Pause);
    assert_eq!(pause.and_then(|event| event.workers), Some((2, 2)));
}

#[test]
fn a_major_collection_of_z_is_a_cycle_with_six_pauses() {
    let mut log = String::from("[0.4s][info][gc] GC(0) Major Collection (Warmup)\n");
    for pause in [
        "Y: Pause Mark Start",
        "Y: Pause Mark End",
        "Y: Pause Relocate Start",
    ] {
        log.push_str(&format!("[0.5s][info][gc,phases] GC(0) {pause} 0.010ms\n"));
    }
    log.push_str(
        "[0.5s][info][gc,heap] GC(0) Y:      Live:    -     26M (10%)    26M (10%)    26M (10%)\n\
         [0.5s][info][gc,heap] GC(0) Y:  Promoted:    -     -     3M (0%)      4M (0%)\n",
    );
    for pause in ["O: Pause Mark End", "O: Pause Relocate Start"] {
        log.push_str(&format!("[0.5s][info][gc,phases] GC(0) {pause} 0.010ms\n"));
    }
    log.push_str(
        "[0.5s][info][gc,heap] GC(0) O:      Live:    -     2M (10%)    2M (10%)    2M (10%)\n\
         [0.5s][info][gc] GC(0) Major Collection (Warmup) 28M(11%)->80M(31%) 0.102s\n",
    );
    let kept = read(&log);
    let kinds: Vec<Kind> = durations(&kept, Class::Pause)
        .iter()
        .map(|pause| pause.0)
        .collect();
    use Kind::{OldMarkEnd, OldRelocateStart, YoungMarkEnd, YoungOldMarkStart, YoungRelocateStart};
    let expected = [
        YoungOldMarkStart,
        YoungMarkEnd,
        YoungRelocateStart,
        OldMarkEnd,
        OldRelocateStart,
    ];
    assert_eq!(kinds, expected);
    let cycle = kept.events.last().expect("a cycle comes last");
    assert_eq!((cycle.class, cycle.kind), (Class::Cycle, Kind::MajorCycle));
    assert_eq!(cycle.duration_ns, Some(102_000_000));
    assert_eq!(
        (cycle.live, cycle.promoted),
        (Some(28 << 20), Some(4 << 20))
    );
}

#[test]
fn stalls_and_stops_are_no_pauses() {
    let kept = read(
        "[1.0s][info][gc] Allocation Stall (Thread-3) 12.300ms\n\
         [1.1s][info][safepoint] Safepoint \"ZMarkStart\", Time since last: 9 ns, \
         Reaching safepoint: 5394605 ns, Cleanup: 47200 ns, At safepoint: 66870 ns, \
         Total: 5508675 ns\n\
         [1.2s][info][safepoint] Entering safepoint region: RevokeBias\n\
         [1.2s][info][safepoint] Leaving safepoint region\n\
         [1.2s][info][safepoint] Total time for which application threads were stopped: \
         0.0001500 seconds, Stopping threads took: 0.0000500 seconds\n",
    );
    assert!(durations(&kept, Class::Pause).is_empty());
    assert_eq!(
        durations(&kept, Class::Stall),
        [(Kind::AllocationStall, Some(12_300_000))]
    );
    assert_eq!(kept.events[1].reach_ns, Some(5_394_605));
    assert_eq!(kept.events[2].cause.as_str(), "RevokeBias");
    assert_eq!(kept.events[2].duration_ns, Some(150_000));
}

#[test]
fn a_pause_cut_short_is_torn() {
    let kept = read("[1.0s][info][gc,start] GC(6) Pause Full (System.gc())\n");
    assert_eq!(durations(&kept, Class::Pause), [(Kind::Full, None)]);
    assert!(kept.events[0].marks.has(Mark::Torn) && kept.events[0].marks.has(Mark::Explicit));
    assert_eq!(kept.remarks, [Remark::CutShort]);
}

#[test]
fn a_second_start_is_a_new_run() {
    let run = "[0.1s][info][gc] Using Serial\n\
               [0.5s][info][gc] GC(0) Pause Young (Allocation Failure) 8M->8M(30M) 3.888ms\n";
    let kept = read(&format!("{run}{run}"));
    assert_eq!(
        kept.facts
            .iter()
            .filter(|fact| **fact == Fact::NewRun)
            .count(),
        1
    );
    assert_eq!(durations(&kept, Class::Pause).len(), 2);
}

#[test]
fn words_of_no_collector_are_not_taken_for_its_own() {
    let mut events: Vec<Event> = Vec::new();
    let mut reader = Reader::new();
    reader.feed(
        b"[0.5s][info][gc] GC(0) Pause Young (Allocation Failure) 8M->8M(30M) 3.888ms\n\
          [0.6s][info][gc] never seen before\nrequest served in 3ms\n[0.7s][info][os] up\n",
        &mut events,
    );
    let lines = reader.finish(&mut events).lines;
    assert_eq!((lines.unclassified, lines.others), (2, 1));
}

/// The rows of a table of ZGC that are used, in MiB.
fn z_table(prefix: &str, used: (u32, u32), allocated: u32, live: u32) -> String {
    let row = |name: &str, cells: [String; 4]| {
        let cells = cells.join("  ");
        format!("[0.5s][info][gc,heap] GC({prefix} {name}: {cells}\n")
    };
    let cell = |mib: u32| format!("{mib}M (9%)");
    let dash = || "-".to_owned();
    [
        row("Capacity", [256; 4].map(cell)),
        row(
            "Used",
            [cell(used.0), cell(210), cell(used.1), cell(used.1)],
        ),
        row("Used", [cell(1), cell(1), cell(1), cell(1)]),
        row("Live", [dash(), cell(live), cell(live), cell(live)]),
        row(
            "Allocated",
            [dash(), cell(3), cell(allocated), cell(allocated)],
        ),
    ]
    .concat()
}

#[test]
fn a_minor_collection_of_z_within_a_major_one_takes_nothing_of_it() {
    let mut log = String::from("[0.4s][info][gc] GC(1) Major Collection (Warmup)\n");
    log.push_str(&z_table("1) Y:", (82, 116), 64, 30));
    log.push_str("[0.5s][info][gc] GC(2) Minor Collection (Allocation Rate)\n");
    log.push_str(&z_table("2) y:", (120, 144), 95, 40));
    log.push_str(
        "[0.6s][info][gc] GC(2) Minor Collection (Allocation Rate) 120M(45%)->144M(56%) 0.098s\n",
    );
    log.push_str(&z_table("1) O:", (82, 144), 7, 5));
    log.push_str("[0.6s][info][gc] GC(1) Major Collection (Warmup) 82M(32%)->144M(56%) 0.226s\n");
    log.push_str("[0.7s][info][gc] GC(3) Minor Collection (Allocation Rate)\n");
    log.push_str(&z_table("3) y:", (150, 90), 20, 40));
    log.push_str(
        "[0.8s][info][gc] GC(3) Minor Collection (Allocation Rate) 150M(45%)->90M(56%) 0.098s\n",
    );
    let kept = read(&log);
    let mib = |bytes: Option<u64>| bytes.map(|bytes| bytes >> 20);
    let cycles: Vec<_> = kept
        .events
        .iter()
        .map(|cycle| (cycle.kind, mib(cycle.live), mib(cycle.allocated)))
        .collect();
    let expected = [
        // What was used between the tables of the first and the second: 120 − 116.
        (Kind::MinorCycle, None, Some(64 + 4 + 95)),
        // Young and old together; nothing was allocated since the cycle before.
        (Kind::MajorCycle, Some(35), None),
        (Kind::MinorCycle, None, Some(6 + 20)),
    ];
    assert_eq!(cycles, expected);
}

#[test]
fn an_excerpt_shows_its_collector() {
    let collector = |log: &str| {
        let kept = read(log);
        let told = kept.facts.iter().filter_map(|fact| match fact {
            Fact::Collector(collector) => Some(*collector),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let pause = |name: &str| format!("[0.5s][info][gc] GC(7) {name} 24M->11M(256M) 2.000ms\n");
    let short = |name: &str| format!("[0.5s][info][gc,phases] GC(7) {name} 0.010ms\n");
    use Collector::{G1, GenerationalZ, Shenandoah, Z};
    for (line, expected) in [
        (pause("Pause Young (Normal) (GCLocker Initiated GC)"), G1),
        (pause("Pause Full (G1 Humongous Allocation)"), G1),
        (short("Pause Mark Start"), Z),
        (short("y: Pause Mark Start"), GenerationalZ),
        (pause("Pause Degenerated GC (Update Refs)"), Shenandoah),
    ] {
        assert_eq!(collector(&format!("{line}{line}")), [expected], "{line}");
    }
    assert_eq!(collector(&pause("Pause Young (Allocation Failure)")), []);
    let told = format!("[0.1s][info][gc] Using G1\n{}", pause("Pause Remark"));
    assert_eq!(collector(&told), [G1]);
}

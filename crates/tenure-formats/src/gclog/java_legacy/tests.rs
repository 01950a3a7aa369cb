//! Logs of JDK 5 to 8 of a few lines, written after real ones: what each becomes.

use tenure_model::timeline::{Class, Event, Fact, Kind, Lines, Mark, Remark, Space};

use crate::gclog::Reader;
use crate::gclog::kept::Kept;

fn read(log: &str) -> (Kept, Lines) {
    let kept = Kept::of_known(log);
    let lines = kept.lines.clone();
    (kept, lines)
}

fn pauses(kept: &Kept) -> Vec<(Kind, Option<u64>)> {
    let is_pause = |event: &&Event| event.class == Class::Pause;
    let figures = |event: &Event| (event.kind, event.duration_ns);
    kept.events.iter().filter(is_pause).map(figures).collect()
}

const KIB: u64 = 1024;

#[test]
fn the_outer_duration_counts_and_no_inner_one() {
    let (kept, _) = read(
        "1.500: [GC (Allocation Failure) 1.500: [ParNew: 614400K->68068K(614400K), 0.0924544 secs] \
         614400K->68068K(2063104K), 0.0925372 secs] [Times: user=0.15 sys=0.01, real=0.09 secs]\n",
    );
    assert_eq!(pauses(&kept), [(Kind::Young, Some(92_537_200))]);
    let event = &kept.events[0];
    assert_eq!(event.start_ns, Some(1_500_000_000));
    assert_eq!(event.cause.as_str(), "Allocation Failure");
    assert_eq!(event.sizes.get(Space::Young).before, Some(614_400 * KIB));
    assert_eq!(event.sizes.get(Space::Heap).capacity, Some(2_063_104 * KIB));
    assert_eq!(event.cpu.map(|cpu| cpu.user_ns), Some(150_000_000));
}

#[test]
fn a_date_behind_the_cause_is_flagged() {
    let (kept, lines) = read(
        "[GC (Allocation Failure) 2021-01-01T10:00:00.123+0000: 1.234:\n\
         \x20 [ParNew: 614400K->68068K(614400K), 0.0924544 secs]\n\
         \x20 614400K->68068K(2063104K), 0.0925372 secs]\n\
         \x20 [Times: user=0.15 sys=0.01, real=0.09 secs]\n",
    );
    assert_eq!(pauses(&kept), [(Kind::Young, Some(92_537_200))]);
    assert_eq!(kept.events[0].start_ns, Some(1_234_000_000));
    assert_eq!(kept.remarks, [Remark::MisplacedStamp]);
    assert_eq!(lines.total, 4);
}

#[test]
fn a_phase_of_cms_tears_a_young_collection() {
    let (kept, _) = read(
        "9.0: [GC 9.0: [ParNew9.1: [CMS-concurrent-abortable-preclean: 0.30/0.80 secs] \
         [Times: user=0.31 sys=0.00, real=0.80 secs] \n\
         : 100K->10K(200K), 0.0100000 secs] 300K->210K(900K), 0.0200000 secs] \
         [Times: user=0.05 sys=0.00, real=0.02 secs] \n",
    );
    assert_eq!(pauses(&kept), [(Kind::Young, Some(20_000_000))]);
    let cpu = kept.events.iter().find(|event| event.class == Class::Pause);
    assert_eq!(
        cpu.and_then(|event| event.cpu).map(|cpu| cpu.user_ns),
        Some(50_000_000)
    );
    let preclean = &kept.events[0];
    assert_eq!(preclean.kind, Kind::ConcurrentAbortablePreclean);
    assert_eq!(preclean.duration_ns, Some(800_000_000));
    assert_eq!(preclean.start_ns, Some(8_300_000_000));
}

#[test]
fn a_young_collection_within_a_remark_is_one_pause() {
    let (kept, _) = read(
        "5.0: [GC (CMS Final Remark) [YG occupancy: 10996 K (78656 K)]5.0: [GC (CMS Final Remark) \
         5.0: [ParNew: 10996K->900K(78656K), 0.0100000 secs] \
         40000K->30000K(154432K), 0.0110000 secs] \
         [Times: user=0.01 sys=0.00, real=0.01 secs] \n\
         5.1: [Rescan (parallel) , 0.0050000 secs]5.1: [weak refs processing, 0.0010000 secs] \
         [1 CMS-remark: 29100K(75776K)] 30000K(154432K), 0.0200000 secs] \
         [Times: user=0.02 sys=0.00, real=0.02 secs] \n",
    );
    assert_eq!(pauses(&kept), [(Kind::Remark, Some(20_000_000))]);
    let phases: Vec<&str> = kept.events[0]
        .phases
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(phases.contains(&"young collection"), "{phases:?}");
    assert_eq!(
        kept.events[0].sizes.get(Space::Heap).after,
        Some(30_000 * KIB)
    );
}

#[test]
fn failures_of_cms_are_marked() {
    let (kept, _) = read(
        "3.0: [GC 3.0: [ParNew (promotion failed): 500K->500K(500K), 2.1000000 secs]5.1: [CMS5.2: \
         [CMS-concurrent-sweep: 3.6/31.7 secs] [Times: user=39.81 sys=0.23, real=31.74 secs]\n\
         \x20(concurrent mode failure): 900K->300K(1000K), 4.0000000 secs] 1400K->300K(1500K), \
         [CMS Perm : 40K->40K(80K)], 6.2000000 secs] [Times: user=6.1 sys=0.2, real=6.2 secs]\n",
    );
    assert_eq!(pauses(&kept), [(Kind::Full, Some(6_200_000_000))]);
    let full = kept.events.iter().find(|event| event.class == Class::Pause);
    let marks = full.map(|event| event.marks).unwrap_or_default();
    assert!(marks.has(Mark::PromotionFailed) && marks.has(Mark::ConcurrentModeFailure));
}

#[test]
fn marks_of_cms_without_details_take_turns() {
    let (kept, _) = read(
        "1.0: [GC 80K(1024K), 0.0010000 secs]\n\
         2.0: [GC 90K->70K(1024K), 0.0030000 secs]\n\
         3.0: [GC 95K(1024K), 0.0020000 secs]\n\
         4.0: [Full GC 95K->50K(1024K), 0.1000000 secs]\n\
         5.0: [GC 60K(1024K), 0.0010000 secs]\n",
    );
    let kinds: Vec<Kind> = pauses(&kept).iter().map(|(kind, _)| *kind).collect();
    use Kind::{Full, InitialMark, Remark, Young};
    assert_eq!(kinds, [InitialMark, Young, Remark, Full, InitialMark]);
}

#[test]
fn sizes_of_g1_follow_its_first_line() {
    let (kept, _) = read(
        "2.0: [GC pause (G1 Evacuation Pause) (young) (to-space exhausted), 0.0854230 secs]\n\
         \x20  [Parallel Time: 66.4 ms, GC Workers: 13]\n\
         \x20     [GC Worker Start (ms): Min: 2000.1, Avg: 2000.4, Max: 2000.6, Diff: 0.5]\n\
         \x20     [Object Copy (ms): Min: 13.6, Avg: 14.9, Max: 16.2, Diff: 2.5, Sum: 193.1]\n\
         \x20  [Eden: 24.0M(24.0M)->0.0B(13.0M) Survivors: 1024.0K->3.0M \
         Heap: 24.0M(256.0M)->5.5M(256.0M)]\n\
         \x20[Times: user=0.87 sys=0.00, real=0.08 secs] \n",
    );
    assert_eq!(pauses(&kept), [(Kind::Young, Some(85_423_000))]);
    let event = &kept.events[0];
    assert!(event.marks.has(Mark::EvacuationFailure));
    assert_eq!(event.sizes.get(Space::Young).before, Some(25 << 20));
    assert_eq!(event.sizes.get(Space::Heap).after, Some(11 << 19));
    assert_eq!(event.phases.len(), 2);
    assert_eq!(event.phases[1].1, 14_900_000);
}

#[test]
fn a_stop_is_no_pause() {
    let (kept, _) = read(
        "7.0: [GC [PSYoungGen: 64K->8K(80K)] 90K->40K(200K), 0.0040000 secs]\n\
         7.1: Total time for which application threads were stopped: 0.0050000 seconds, \
         Stopping threads took: 0.0002000 seconds\n",
    );
    assert_eq!(pauses(&kept), [(Kind::Young, Some(4_000_000))]);
    let stop = &kept.events[1];
    assert_eq!(
        (stop.class, stop.duration_ns),
        (Class::Stop, Some(5_000_000))
    );
    assert_eq!(stop.reach_ns, Some(200_000));
    assert_eq!(stop.start_ns, Some(7_095_000_000));
}

#[test]
fn an_end_without_a_beginning_is_a_torn_pause() {
    let (kept, _) = read(
        "3,0: [GC pause (young) 20M->10M(30M), 0,0100000 secs]\n\
         - age   4:    1925176 bytes,    9642640 total\n\
         , 0,0854230 secs]\n",
    );
    assert_eq!(
        pauses(&kept),
        [
            (Kind::Young, Some(10_000_000)),
            (Kind::Other, Some(85_423_000))
        ]
    );
    assert!(kept.events[1].marks.has(Mark::Torn));
    assert_eq!(kept.remarks, [Remark::DecimalComma, Remark::TornLine]);
}

#[test]
fn a_beginning_without_an_end_has_no_duration() {
    let (kept, _) =
        read("3.0: [GC 10K->5K(20K), 0.1000000 secs]\n4.0: [GC (System.gc()) [PSYoungGen: 64K->8K");
    assert_eq!(
        pauses(&kept),
        [(Kind::Young, Some(100_000_000)), (Kind::Young, None)]
    );
    assert!(kept.events[1].marks.has(Mark::Torn) && kept.events[1].marks.has(Mark::Explicit));
    assert!(kept.remarks.contains(&Remark::CutShort));
}

#[test]
fn a_second_start_of_the_runtime_is_a_new_run() {
    let head =
        "OpenJDK 64-Bit Server VM (25.332-b09) for linux-amd64 JRE (1.8.0_332-b09), built on Jul\n";
    let line = "3.0: [GC 10K->5K(20K), 0.1000000 secs]\n";
    let (kept, _) = read(&format!("{head}{line}{head}{line}"));
    assert_eq!(
        kept.facts
            .iter()
            .filter(|fact| **fact == Fact::NewRun)
            .count(),
        1
    );
    let rotated = "2014-06-18 11:24:16 GC log file created gc.log.1\n";
    let (kept, _) = read(&format!("{head}{line}{rotated}{head}{line}"));
    assert!(!kept.facts.contains(&Fact::NewRun));
}

#[test]
fn shenandoah_in_jdk_8_is_read() {
    let (kept, _) = read(
        "2022-10-28T10:58:59.340-0400: 1.0: [Pause Init Mark, start]\n\
         2022-10-28T10:58:59.341-0400: 1.1: [Pause Init Mark, 0.677 ms]\n\
         2022-10-28T10:58:59.351-0400: 1.2: [Concurrent cleanup 85036K->80036K(122M), 0.068 ms]\n\
         2022-10-28T10:58:59.351-0400: 1.3: [Pause Degenerated GC (Mark) 121M->19211K(122M), \
         9.421 ms]\n",
    );
    assert_eq!(
        pauses(&kept),
        [
            (Kind::InitMark, Some(677_000)),
            (Kind::Degenerated, Some(9_421_000))
        ]
    );
    assert_eq!(kept.events[2].cause.as_str(), "Mark");
}

#[test]
fn any_prefix_and_any_cut_of_a_log_is_survived() {
    let log = "1.0: [GC pause (young)1.1: [GC concurrent-mark-start]\n, 0.1 secs] [Times: user=0.1";
    for from in 0..log.len() {
        for to in from..=log.len() {
            let mut events: Vec<Event> = Vec::new();
            let mut reader = Reader::new();
            reader.feed(b"0.5: [GC 1K->1K(2K), 0.1 secs]\n", &mut events);
            reader.feed(&log.as_bytes()[from..to], &mut events);
            reader.finish(&mut events);
        }
    }
}

//! Messages of each generation of V8, whole, torn, and repeated by a crash.

use tenure_model::timeline::{Class, Event, Kind, Mark, Space};

use super::decoration;
use crate::gclog::kept::Kept;

fn events(log: &str) -> Vec<Event> {
    Kept::of(log).events
}

const OF_2014: &str = "[17194]      246 ms: Mark-sweep 30.4 (54.5) -> 24.4 (55.5) MB, 12 / 20.6 ms \
    (+ 16.8 ms in 224 steps since start of marking, biggest step 0.5 ms) [GC interrupt] \
    [GC in old space requested].\n";
const OF_2015: &str = "[18243:0x3832df90]      295 ms: Scavenge 89.2 (111.0) -> 75.6 (112.0) MB, \
    1.9 / 0 ms (+ 4.6 ms in 43 steps since last GC) [allocation failure].\n";
const OF_2019: &str = "[17440:0x2da0e390]      268 ms: Mark-sweep (reduce) 37.3 (64.7) -> 16.2 \
    (52.1) MB, 12.8 / 0.0 ms  (+ 17.6 ms in 33 steps since start of marking, biggest step 8.3 ms, \
    walltime since start of marking 36 ms) (average mu = 1.000, current mu = 0.877) finalize \
    incremental marking via stack guard GC in old space requested\n";
const OF_2025: &str = "[18207:0x44a18000]       22 ms: Scavenge 4.4 (5.6) -> 4.1 (6.6) MB, pooled: \
    0 MB, 1.16 / 0.00 ms  (average mu = 1.000, current mu = 1.000) allocation failure; \n";

#[test]
fn the_pause_is_found_in_each_generation() {
    let events = events(&format!("{OF_2014}{OF_2015}{OF_2019}{OF_2025}"));
    let pauses: Vec<_> = events
        .iter()
        .filter(|event| event.class == Class::Pause)
        .map(|event| (event.kind, event.duration_ns, event.cause.as_str()))
        .collect();
    assert_eq!(
        pauses,
        [
            (Kind::MarkSweep, Some(20_600_000), "GC interrupt"),
            (Kind::Scavenge, Some(1_900_000), "allocation failure"),
            (
                Kind::MarkSweep,
                Some(12_800_000),
                "finalize incremental marking via stack guard"
            ),
            (Kind::Scavenge, Some(1_160_000), "allocation failure"),
        ]
    );
    let heaps: Vec<_> = events.iter().map(|event| event.heap).collect();
    assert_eq!(heaps, [0, 0, 1, 2, 2, 3]);
    let reduced = &events[3];
    assert!(reduced.marks.has(Mark::MemoryReducing));
    assert_eq!(reduced.utilisation, Some(0.877));
    assert_eq!(reduced.start_ns, Some(268_000_000 - 12_800_000));
    assert_eq!(reduced.sizes.get(Space::Heap).after, Some(16_986_931));
    assert_eq!(reduced.sizes.get(Space::Heap).capacity, Some(54_630_810));
}

#[test]
fn steps_are_told_once_with_the_marking_they_belong_to() {
    let events = events(&format!("{OF_2015}{OF_2014}"));
    let steps: Vec<_> = events
        .iter()
        .filter(|event| event.class == Class::Stall)
        .map(|event| (event.kind, event.repeats, event.duration_ns))
        .collect();
    assert_eq!(steps, [(Kind::IncrementalSteps, 224, Some(16_800_000))]);
}

#[test]
fn pairs_are_read_where_the_blank_between_them_is_missing() {
    let events = events(
        "[1:0x2:0]       27 ms: pause=1.3 mutator=-21.9 gc=mc \
         reduce_memory=1 clear=0.2clear.join=0.1 \
         mark=0.75 incremental=2.7 incremental_longest_step=0.6 incremental_steps_count=7 \
         start_object_size=4644816 end_object_size=4375704 end_memory_size=6897664 \
         allocated=4644816 promoted=7 promotion_ratio=0.0%\n",
    );
    let pause = &events[0];
    assert_eq!(
        (pause.kind, pause.duration_ns),
        (Kind::MarkCompact, Some(1_300_000))
    );
    assert_eq!(pause.sizes.get(Space::Heap).before, Some(4_644_816));
    assert_eq!(
        (pause.promoted, pause.allocated),
        (Some(7), Some(4_644_816))
    );
    assert!(pause.marks.has(Mark::MemoryReducing) && !pause.marks.has(Mark::Torn));
    let phases: Vec<_> = pause
        .phases
        .iter()
        .map(|(name, ns)| (name.as_str(), *ns))
        .collect();
    assert_eq!(
        phases,
        [
            ("clear", 200_000),
            ("mark", 750_000),
            ("longest step", 600_000)
        ]
    );
    assert_eq!(
        (events[1].repeats, events[1].duration_ns),
        (7, Some(2_700_000))
    );
}

#[test]
fn a_crash_repeats_collections_that_are_counted_once() {
    let told = format!("{OF_2019}\n<--- Last few GCs --->\n\n{OF_2019}\n<--- JS stacktrace --->\n");
    assert_eq!(events(&told).len(), 2);
    // Without --trace-gc the list is all there is.
    let untold = format!("\n<--- Last few GCs --->\n\n{OF_2019}\n<--- JS stacktrace --->\n");
    assert_eq!(events(&untold).len(), 2);
    // Before 2017 the list had no decoration but the time.
    let bare = "<--- Last few GCs --->\n\n   62 ms: Scavenge 2.0 (37.5) -> 1.7 (37.5) MB, 1.1 ms \
                [allocation failure].\n";
    assert_eq!(events(bare).len(), 1);
}

#[test]
fn a_cut_line_has_no_invented_duration() {
    for line in [OF_2014, OF_2015, OF_2019, OF_2025] {
        let whole = events(line)[0].duration_ns;
        for cut in 0..line.trim_end().len() {
            for event in events(&line[..cut]).iter().take(1) {
                assert!(
                    event.duration_ns.is_none() || event.duration_ns == whole,
                    "{cut}"
                );
            }
        }
    }
}

#[test]
fn other_output_may_stand_before_a_collection() {
    let events = events(&format!(
        "listening on 8080{OF_2019}half[1:0x2]  5 ms: Scaveng{OF_2025}"
    ));
    assert_eq!(events.len(), 3);
    assert_eq!(
        decoration::read(b"[4078:5:0101/120000.123:ERROR:a.cc(12)] text"),
        None
    );
}

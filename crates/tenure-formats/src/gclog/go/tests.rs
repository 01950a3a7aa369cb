//! The figures of `gc` lines of each generation, whole and torn.

use tenure_model::timeline::{Class, Event, Kind, Mark, Remark, Space};

use super::trace::Trace;
use crate::gclog::Reader;
use crate::gclog::kept::Kept;

fn events(log: &str) -> Vec<Event> {
    Kept::of(log).events
}

const GO_1_19: &str = "gc 1 @0.011s 22%: 0.010+12+0.005 ms clock, 0.020+8.8/2.2/0.18+0.010 ms cpu, \
                       7->9->8 MB, 8 MB goal, 1 MB stacks, 2 MB globals, 2 P (forced)\n";
const GO_1_5: &str = "gc 7 @1.250s 3%: 0.036+1.5+0.011+2.5+0.17 ms clock, \
                      0.14+1.5+0+0/1.1/3.8+0.71 ms cpu, 4->5->1 MB, 4 MB goal, 4 P\n";

#[test]
fn a_line_of_today_is_two_pauses_a_marking_an_assist_and_a_cycle() {
    let events = events(GO_1_19);
    let kinds: Vec<_> = events
        .iter()
        .map(|event| (event.class, event.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (Class::Pause, Kind::SweepTermination),
            (Class::Concurrent, Kind::ConcurrentMark),
            (Class::Stall, Kind::MarkAssist),
            (Class::Pause, Kind::MarkTermination),
            (Class::Cycle, Kind::Cycle),
        ]
    );
    assert_eq!(events[0].duration_ns, Some(10_000));
    assert_eq!(events[2].duration_ns, Some(8_800_000));
    assert_eq!(events[3].duration_ns, Some(5_000));
    assert_eq!(events[3].start_ns, Some(11_000_000 + 10_000 + 12_000_000));
    let cycle = &events[4];
    assert_eq!(cycle.duration_ns, Some(12_015_000));
    assert_eq!(cycle.sizes.get(Space::Heap).before, Some(7 << 20));
    assert_eq!(cycle.sizes.get(Space::Heap).after, Some(9 << 20));
    assert_eq!(cycle.sizes.get(Space::NonHeap).after, Some(3 << 20));
    assert_eq!(cycle.live, Some(8 << 20));
    assert_eq!(cycle.goal, Some(8 << 20));
    assert_eq!(cycle.cpu_share, Some(0.22));
    assert!(cycle.marks.has(Mark::Explicit));
    assert!(!cycle.marks.has(Mark::Torn));
}

#[test]
fn go_1_5_tells_the_concurrent_part_in_three() {
    let trace = Trace::read(GO_1_5.trim_end().as_bytes()).expect("a gc line");
    let clock = trace.clock.expect("clock");
    assert_eq!(clock.concurrent_ns, [1_500_000, 11_000, 2_500_000]);
    assert_eq!(clock.mark_termination_ns, 170_000);
    let cpu = trace.cpu.expect("cpu");
    assert_eq!((cpu.scan_ns, cpu.idle_ns), (1_500_000, 3_800_000));
    assert!(trace.is_whole() && trace.non_heap.is_none());
}

#[test]
fn a_cut_line_keeps_whole_figures_only() {
    let whole = GO_1_19.trim_end().trim_end_matches(" (forced)");
    for cut in 0..whole.len() {
        let Some(trace) = Trace::read(&whole.as_bytes()[..cut]) else {
            continue;
        };
        assert!(!trace.is_whole(), "{cut}");
        assert!(
            trace
                .clock
                .is_none_or(|clock| clock.total_ns() == 12_015_000)
        );
        assert!(trace.heap.is_none_or(|heap| heap[2] == 8 << 20));
    }
}

#[test]
fn half_a_line_of_other_output_and_a_torn_collection_stand_before_it() {
    let log = format!("loading... gc 3 @0.2s 1%: 0.1+2.{GO_1_19}{GO_1_19}");
    let events = events(&log);
    let cycles: Vec<_> = events
        .iter()
        .filter(|event| event.class == Class::Cycle)
        .collect();
    assert_eq!(cycles.len(), 3);
    assert!(cycles[0].marks.has(Mark::Torn) && cycles[0].duration_ns.is_none());
    assert_eq!(cycles[1].id, Some(1));
}

#[test]
fn the_last_line_may_be_cut() {
    struct Remarks(Vec<(u64, Remark)>);
    impl tenure_model::timeline::Sink for Remarks {
        fn stamp(&mut self, _: tenure_model::timeline::Stamp) {}
        fn event(&mut self, _: &Event) {}
        fn fact(&mut self, _: tenure_model::timeline::Fact) {}
        fn remark(&mut self, number: u64, remark: Remark) {
            self.0.push((number, remark));
        }
    }
    let log = format!("{GO_1_19}{}", &GO_1_19[..60]);
    let mut remarks = Remarks(Vec::new());
    let mut reader = Reader::new();
    reader.feed(log.as_bytes(), &mut remarks);
    reader.finish(&mut remarks);
    assert_eq!(remarks.0, [(2, Remark::CutShort)]);
}

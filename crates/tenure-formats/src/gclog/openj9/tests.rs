//! Stanzas of each generation, whole and torn.

use tenure_model::timeline::{Class, Collector, Fact, Kind, Mark, Remark, Space};

use super::tag::Tags;
use crate::gclog::kept::Kept;

const MINOR: &str = concat!(
    r#"<exclusive-start id="2" timestamp="2015-12-31T15:22:46.957" intervalms="3.3">
  <response-info timems="0.030" idlems="0.030" threads="0" lastname="a &lt;b&gt;" />
</exclusive-start>
<af-start id="3" totalBytesRequested="16392" timestamp="2015-12-31T15:22:46.957" />
<cycle-start id="4" type="scavenge" contextid="0" timestamp="2015-12-31T15:22:46.957" />
<gc-start id="5" type="scavenge" contextid="4" timestamp="2015-12-31T15:22:46.957">
  <mem-info id="6" free="100" total="1000" percent="10">
    <mem type="nursery" free="0" total="400" percent="0" />
    <mem type="tenure" free="100" total="600" percent="16" />
  </mem-info>
</gc-start>
<allocation-stats totalBytes="300" >
</allocation-stats>
<gc-op id="7" type="scavenge" timems="24.782" contextid="4">
  <memory-copied type="nursery" objects="18" bytes="50" bytesdiscarded="6" />
  <memory-copied type="tenure" objects="18" bytes="70" bytesdiscarded="6" />
</gc-op>
<gc-end id="8" type="scavenge" contextid="4" durationms="25.007""#,
    r#" usertimems="28.731" systemtimems="0.155" activeThreads="4""#,
    r#" timestamp="2015-12-31T15:22:46.982">
  <mem-info id="9" free="430" total="1000" percent="43">
    <mem type="nursery" free="400" total="400" percent="100" />
    <mem type="tenure" free="30" total="600" percent="5" />
  </mem-info>
</gc-end>
<cycle-end id="10" type="scavenge" contextid="4" timestamp="2015-12-31T15:22:46.982" />
<af-end id="12" timestamp="2015-12-31T15:22:46.982" />
<exclusive-end id="13" timestamp="2015-12-31T15:22:46.982" durationms="25.388" />
"#
);

#[test]
fn a_scavenge_is_a_pause_within_a_stop() {
    let all = Kept::of(MINOR);
    let [pause, stop] = &all.events[..] else {
        panic!("{:?}", all.events)
    };
    assert_eq!((pause.class, pause.kind), (Class::Pause, Kind::Young));
    assert_eq!(pause.duration_ns, Some(25_007_000));
    assert_eq!((pause.promoted, pause.allocated), (Some(70), Some(300)));
    assert_eq!(pause.cause.as_str(), "allocation failure");
    assert_eq!(pause.workers, Some((4, 4)));
    let heap = pause.sizes.get(Space::Heap);
    assert_eq!(
        (heap.before, heap.after, heap.capacity),
        (Some(900), Some(570), Some(1000))
    );
    assert_eq!(pause.sizes.get(Space::Old).after, Some(570));
    assert_eq!((stop.class, stop.kind), (Class::Stop, Kind::Exclusive));
    assert_eq!(
        (stop.duration_ns, stop.reach_ns),
        (Some(25_388_000), Some(30_000))
    );
    assert!(all.facts.contains(&Fact::Collector(Collector::GenCon)));
}

#[test]
fn a_cycle_over_more_than_one_stop_is_told_as_one() {
    let begin = r#"<exclusive-start id="1" timestamp="2015-12-31T15:22:40.000" />
<cycle-start id="2" type="global" contextid="0" timestamp="2015-12-31T15:22:40.000" />
<exclusive-end id="3" timestamp="2015-12-31T15:22:40.001" durationms="0.5" />
"#;
    let end = r#"<exclusive-start id="20" timestamp="2015-12-31T15:22:50.000" />
<cycle-end id="21" type="global" contextid="2" timestamp="2015-12-31T15:22:50.000" />
<exclusive-end id="22" timestamp="2015-12-31T15:22:50.001" durationms="0.5" />
"#;
    let all = Kept::of(&format!("{begin}{MINOR}{end}"));
    let cycles: Vec<_> = all
        .events
        .iter()
        .filter(|event| event.class == Class::Cycle)
        .collect();
    assert_eq!(cycles.len(), 1);
    assert_eq!(cycles[0].kind, Kind::MajorCycle);
    assert_eq!(cycles[0].duration_ns, Some(10_000_000_000));
}

#[test]
fn an_end_that_is_missing_is_told() {
    let at = MINOR.find("<gc-end").expect("an end");
    let all = Kept::of(&MINOR[..at]);
    assert_eq!(all.events.len(), 1);
    assert!(all.events[0].marks.has(Mark::Torn) && all.events[0].duration_ns.is_none());
    assert!(all.remarks.contains(&Remark::CutShort));
}

#[test]
fn a_header_whose_numbers_begin_anew_begins_a_run() {
    let header = |id| {
        format!(
            "<verbosegc xmlns=\"x\" version=\"R28\">\n<initialized id=\"{id}\" \
             timestamp=\"2015-12-31T15:22:43.002\">\n\
             <attribute name=\"maxHeapSize\" value=\"0x20000000\" />\n</initialized>\n"
        )
    };
    let restarted = Kept::of(&format!("{}{MINOR}{}{MINOR}", header(1), header(1)));
    let runs = |all: &Kept| {
        all.facts
            .iter()
            .filter(|fact| **fact == Fact::NewRun)
            .count()
    };
    assert_eq!(runs(&restarted), 1);
    let rotated = Kept::of(&format!("{}{MINOR}{}{MINOR}", header(1), header(14)));
    assert_eq!(runs(&rotated), 0);
    assert!(rotated.facts.contains(&Fact::HeapMaxBytes(0x2000_0000)));
}

#[test]
fn increments_of_a_metronome_are_summed_up() {
    let all = Kept::of(
        r#"<gc-op id="27" type="heartbeat" contextid="26" timestamp="2011-07-12T09:32:04.503">
  <quanta quantumCount="300" quantumType="mark" minTimeMs="0.3" meanTimeMs="0.5" maxTimeMs="1.8" />
  <exclusiveaccess-info minTimeMs="0.006" meanTimeMs="0.062" maxTimeMs="0.147" />
</gc-op>
<gc-op id="30" type="syncgc" timems="136.945" contextid="26" timestamp="2011-07-12T09:32:05.503" />
<exclusive-end id="13" timestamp="2011-07-12T09:32:05.503" durationms="137.0" />
"#,
    );
    let increments = &all.events[0];
    assert_eq!(
        (increments.kind, increments.repeats),
        (Kind::Increment, 300)
    );
    assert_eq!(increments.duration_ns, Some(150_000_000));
    assert_eq!(all.events[1].duration_ns, Some(136_945_000));
}

#[test]
fn tags_are_found_whatever_stands_in_quotes() {
    let line = br#"text <a b="1 > 0" c='<x y="2">'/> < > <?xml version="1.0" ?></d><e f="#;
    let tags: Vec<_> = Tags::new(line).collect();
    let names: Vec<_> = tags.iter().map(|tag| tag.name).collect();
    assert_eq!(names, [&b"a"[..], b"?xml", b"d", b"e"]);
    assert_eq!(tags[0].attribute(b"b"), Some(&b"1 > 0"[..]));
    assert_eq!(tags[0].attribute(b"y"), None);
    assert!(tags[0].is_empty && tags[2].closes && !tags[3].is_whole);
}

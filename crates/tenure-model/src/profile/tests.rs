//! Figures of synthetic state files, computed by hand beside them.

use super::*;
use std::time::Duration;
use tenure_trace::state::{ClassCounts, Header, ShardHead, StateImage, StateView, header, shard};

const USABLE: [u64; 3] = [16, 48, 1 << 20];

fn class(allocations: u64, frees: u64, requested: u64, freed: u64) -> ClassCounts {
    ClassCounts {
        allocations,
        frees,
        requested_bytes: requested,
        requested_freed_bytes: freed,
    }
}

/// A process with these shards, each a head and the counters of the three classes.
fn process(fields: Header, shards: &[(ShardHead, [ClassCounts; 3])]) -> Process {
    let count = shards.len() as u32;
    let fields = Header {
        shard_count: count,
        shard_capacity: count,
        first_huge_class: 2,
        ..fields
    };
    let mut bytes = vec![0; header::HEADER_BYTES + shards.len() * shard::bytes_for(3)];
    let mut image = StateImage::format(&mut bytes, &fields, &USABLE).unwrap();
    image.set_program(b"/opt/bin/app").unwrap();
    image.set_command(b"./app\0-v").unwrap();
    for (slot, (head, classes)) in shards.iter().enumerate() {
        image.set_shard(slot, head).unwrap();
        for (class, counts) in classes.iter().enumerate() {
            image.set_class(slot, class, counts).unwrap();
        }
    }
    Process::from_state(&StateView::parse(&bytes).unwrap())
}

fn none() -> (ShardHead, [ClassCounts; 3]) {
    (ShardHead::default(), [ClassCounts::default(); 3])
}

fn image(pid: u32, start_mono_ns: u64) -> Process {
    process(
        Header {
            pid,
            start_mono_ns,
            ..Header::default()
        },
        &[],
    )
}

/// Two threads: class 16 has 11 allocated and 7 freed, class 48 has 2 and 1, huge has 3 and 2.
fn process_of_two_threads() -> Process {
    let head = |frees_remote, in_place, moved| ShardHead {
        frees_remote,
        reallocs_in_place: in_place,
        reallocs_moved: moved,
        ..ShardHead::default()
    };
    let huge = ShardHead {
        huge_usable_bytes: 3 << 20,
        huge_usable_freed_bytes: 2 << 20,
        ..head(1, 2, 3)
    };
    let fields = Header {
        pid: 7,
        ppid: 6,
        start_mono_ns: 1_000,
        end_mono_ns: 5_000,
        end: header::END_EXIT,
        held_bytes: 500,
        held_peak_bytes: 900,
        threads_started: 2,
        threads_peak: 2,
        ..Header::default()
    };
    let first = [
        class(10, 4, 120, 40),
        class(2, 0, 80, 0),
        class(3, 2, 3 << 20, 2 << 20),
    ];
    let second = [class(1, 3, 16, 36), class(0, 1, 0, 40), class(0, 0, 0, 0)];
    process(fields, &[none(), (huge, first), (head(5, 6, 7), second)])
}

#[test]
fn what_the_header_says_is_taken_over() {
    let process = process_of_two_threads();
    assert_eq!((process.pid, process.ppid, process.name()), (7, 6, "app"));
    assert_eq!(process.arguments, ["./app", "-v"]);
    assert_eq!(process.wall, Some(Duration::from_nanos(4_000)));
    assert_eq!(process.end, End::Exit);
    assert_eq!((process.held_bytes, process.held_peak_bytes), (500, 900));
    assert_eq!(
        process.threads,
        Threads {
            started: 2,
            live: 0,
            peak: 2
        }
    );
    assert_eq!(process.resident_peak_bytes, None);
}

#[test]
fn figures_of_two_threads_follow_their_definitions() {
    let process = process_of_two_threads();
    assert_eq!(
        (process.allocations, process.frees, process.frees_remote),
        (16, 10, 6)
    );
    assert_eq!((process.reallocs_in_place, process.reallocs_moved), (8, 10));
    assert_eq!(process.requested_bytes, 120 + 80 + 16 + (3 << 20));
    assert_eq!(
        process.live,
        Blocks {
            blocks: 4 + 1 + 1,
            bytes: 60 + 40 + (1 << 20)
        }
    );
    assert_eq!(process.usable_live_bytes, 4 * 16 + 48 + (1 << 20));
    let fragmentation = process.internal_fragmentation();
    assert_eq!(
        (fragmentation.part(), fragmentation.whole()),
        (12, 112 + (1 << 20))
    );
    assert!(process.classes[2].huge && !process.classes[1].huge);
}

#[test]
fn inherited_blocks_are_live_but_not_allocated() {
    let inherited = (
        ShardHead::default(),
        [class(5, 0, 70, 0), class(0, 0, 0, 0), class(0, 0, 0, 0)],
    );
    let own = (
        ShardHead::default(),
        [class(2, 4, 20, 50), class(0, 0, 0, 0), class(0, 0, 0, 0)],
    );
    let fields = Header {
        flags: header::FLAG_FORKED,
        ..Header::default()
    };
    let process = process(fields, &[inherited, own]);
    assert!(process.forked);
    assert_eq!(
        (process.allocations, process.frees, process.requested_bytes),
        (2, 4, 20)
    );
    assert_eq!(
        process.inherited,
        Blocks {
            blocks: 5,
            bytes: 70
        }
    );
    assert_eq!(
        process.live,
        Blocks {
            blocks: 3,
            bytes: 40
        }
    );
    assert_eq!(process.usable_live_bytes, 3 * 16);
    assert_eq!(process.own_live(), Blocks::default());
}

#[test]
fn the_peak_is_the_highest_of_published_pending_and_final() {
    let with = |peak, published, delta_max, live| {
        let fields = Header {
            live_peak_bytes: peak,
            live_published_bytes: published,
            ..Header::default()
        };
        let shard = (
            ShardHead {
                live_delta_max_bytes: delta_max,
                ..ShardHead::default()
            },
            [class(1, 0, live, 0), class(0, 0, 0, 0), class(0, 0, 0, 0)],
        );
        process(fields, &[none(), shard]).peak_live_bytes
    };
    assert_eq!(with(900, 100, 200, 50), 900);
    assert_eq!(with(200, 100, 200, 50), 300);
    assert_eq!(with(0, 0, 0, 50), 50);
    assert_eq!(with(0, -500, 100, 0), 0);
    assert_eq!(with(0, i64::MAX, i64::MAX, 0), i64::MAX as u64);
}

#[test]
fn torn_counters_are_cut_at_zero() {
    let shard = (
        ShardHead {
            huge_usable_freed_bytes: 9,
            ..ShardHead::default()
        },
        [class(1, 2, 8, 16), class(0, 0, 0, 0), class(0, 0, 0, 0)],
    );
    let process = process(Header::default(), &[none(), shard]);
    assert_eq!(process.live, Blocks::default());
    assert_eq!(process.usable_live_bytes, 0);
    assert_eq!(process.internal_fragmentation().fraction(), 0.0);
}

#[test]
fn an_image_that_another_follows_was_replaced_by_exec() {
    let run = Run {
        root_pid: 7,
        outcome: Some(Outcome::Signal(9)),
        ..Run::default()
    };
    let profile = Profile::new(
        Some(run),
        vec![image(7, 30), image(8, 20), image(7, 10)],
        vec![],
    );
    let ends: Vec<_> = profile.processes.iter().map(|p| (p.pid, p.end)).collect();
    assert_eq!(
        ends,
        [(7, End::Exec), (8, End::Unseen), (7, End::Signal(9))]
    );
    assert_eq!(profile.root().unwrap().start_mono_ns, 30);
}

#[test]
fn what_the_supervisor_saw_completes_the_process_it_saw() {
    let facts = ProcessFacts {
        pid: 8,
        start_mono_ns: 20,
        resident_peak_bytes: Some(4096),
        running: true,
    };
    let run = Run {
        root_pid: 7,
        processes: vec![facts],
        ..Run::default()
    };
    let mut known = image(8, 20);
    known.resident_peak_bytes = Some(8192);
    let profile = Profile::new(Some(run), vec![image(8, 21), known, image(7, 1)], vec![]);
    let [root, seen, other] = &profile.processes[..] else {
        panic!("three processes")
    };
    assert_eq!(
        (root.pid, root.end, root.resident_peak_bytes),
        (7, End::Unseen, None)
    );
    assert_eq!(
        (seen.end, seen.resident_peak_bytes),
        (End::Exec, Some(8192))
    );
    assert_eq!((other.end, other.resident_peak_bytes), (End::Unseen, None));
}

#[test]
fn a_recorded_end_is_kept_whatever_the_supervisor_saw() {
    let run = Run {
        root_pid: 7,
        outcome: Some(Outcome::Signal(6)),
        ..Run::default()
    };
    let fault = process(
        Header {
            pid: 7,
            end: header::END_FAULT,
            ..Header::default()
        },
        &[],
    );
    assert_eq!(
        Profile::new(Some(run), vec![fault], vec![]).processes[0].end,
        End::Fault
    );
}

#[test]
fn totals_add_flows_and_name_the_largest_peak() {
    let parent = (
        ShardHead::default(),
        [class(10, 0, 160, 0), class(1, 1, 40, 40), class(0, 0, 0, 0)],
    );
    let parent = process(
        Header {
            pid: 1,
            held_peak_bytes: 10,
            ..Header::default()
        },
        &[none(), parent],
    );
    let inherited = (
        ShardHead::default(),
        [class(10, 0, 160, 0), class(0, 0, 0, 0), class(0, 0, 0, 0)],
    );
    let own = (
        ShardHead::default(),
        [class(2, 0, 30, 0), class(0, 0, 0, 0), class(0, 0, 0, 0)],
    );
    let fields = Header {
        pid: 2,
        start_mono_ns: 5,
        held_peak_bytes: 10,
        ..Header::default()
    };
    let child = process(fields, &[inherited, own]);
    let totals = Profile::new(None, vec![parent, child], vec![]).totals();
    assert_eq!(
        (totals.allocations, totals.frees, totals.requested_bytes),
        (13, 1, 230)
    );
    assert_eq!(
        totals.live,
        Blocks {
            blocks: 12,
            bytes: 190
        }
    );
    assert_eq!(totals.peak_live, Some(Largest { pid: 2, bytes: 190 }));
    assert_eq!(
        totals.held_peak,
        Some(Largest { pid: 1, bytes: 10 }),
        "the first of equals"
    );
    assert_eq!(totals.resident_peak, None);
    assert_eq!(
        (
            totals.internal_fragmentation.part(),
            totals.internal_fragmentation.whole()
        ),
        (2, 160 + 192)
    );
    let sixteen = totals.classes[0];
    assert_eq!((sixteen.usable_bytes, sixteen.allocations), (16, 12));
    assert_eq!((sixteen.live_blocks, sixteen.live_bytes), (12, 190));
    assert_eq!(totals.classes.len(), 2, "unused classes are left out");
}

#[test]
fn the_name_falls_back_to_the_first_argument() {
    let process = Process {
        arguments: vec!["bin/tool".into()],
        ..Process::default()
    };
    assert_eq!(process.name(), "tool");
    assert_eq!(Process::default().name(), "");
}

//! Threads that come and go, forks among them, the library opened late.

use crate::process::{Scratch, run};
use crate::sources::compiled;
use crate::way::{Way, library, record_into, records};
use std::process::Command;

/// Runs a program of ours this way and expects this line.
fn expect(way: Way, source: &str, arguments: &[&str], line: &str, seconds: u64) {
    let scratch = Scratch::new();
    let mut command = way.command(compiled(source), &scratch);
    let ended = run(command.args(arguments), seconds);
    ended.expect_success(&format!("{source} {arguments:?} {way:?}"));
    assert_eq!(
        ended.stdout.trim_end(),
        line,
        "{source} {way:?}: {}",
        ended.stderr
    );
    way.expect_record(&scratch);
}

#[test]
fn five_thousand_forks_beside_eight_allocating_threads_do_not_hang() {
    let line = "5000 of 5000 children ended well";
    expect(
        Way::Preloaded,
        "fork_storm.c",
        &["5000", "8", "170"],
        line,
        180,
    );
}

#[test]
fn five_thousand_forks_while_memory_is_given_back_do_not_hang() {
    let line = "5000 of 5000 children ended well";
    // Three threads go up and down by 3 MiB each: what is free crosses every threshold again and
    // again, and each child starts a thread of its own.
    let arguments = ["5000", "3", "280", "3072"];
    expect(Way::Preloaded, "fork_storm.c", &arguments, line, 290);
    let line = "300 of 300 children ended well";
    for way in [Way::Recorded, Way::Sampled] {
        expect(way, "fork_storm.c", &["300", "3", "90", "3072"], line, 100);
    }
}

#[test]
fn a_hundred_thousand_short_threads_leave_nothing_behind() {
    for way in Way::OURS {
        let (count, seconds) = if way == Way::Preloaded {
            ("100000", 120)
        } else {
            ("20000", 60)
        };
        let line = format!("{count} threads");
        expect(way, "short_threads.c", &[count, "4096"], &line, seconds);
    }
}

#[test]
fn a_program_that_leaks_by_thread_would_be_seen() {
    let scratch = Scratch::new();
    let mut command = Way::Preloaded.command(compiled("short_threads.c"), &scratch);
    // A limit below zero is crossed by any program: the check can fail.
    let ended = run(command.args(["2000", "-1000000"]), 60);
    assert_eq!(ended.outcome(), "exit code 1", "{}", ended.stdout);
}

#[test]
fn blocks_freed_by_late_destructors_of_threads_are_freed() {
    for way in Way::OURS {
        expect(way, "late_frees.cpp", &[], "all late frees done", 60);
    }
}

#[test]
fn threads_start_and_end_under_load() {
    for way in Way::OURS {
        expect(
            way,
            "thread_churn.c",
            &[],
            "3200 threads, 0 wrong bytes",
            60,
        );
    }
}

#[test]
fn a_running_process_can_open_the_library() {
    let library = library().to_str().unwrap();
    expect(
        Way::Plain,
        "opens_late.c",
        &[library],
        // Four threads, eight keys, four rounds of destructors.
        "good 1, child 0, late 128",
        30,
    );
    // Recording, too, begins when the library is first used.
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("opens_late.c"));
    record_into(&mut command, scratch.path(), "stats");
    let ended = run(command.env_remove("LD_PRELOAD").arg(library), 30);
    assert_eq!(
        ended.stdout, "good 1, child 0, late 128\n",
        "{}",
        ended.stderr
    );
    assert!(
        records(scratch.path())
            .iter()
            .map(|record| record.allocations())
            .sum::<u64>()
            >= 5000
    );
}

#[test]
fn two_thousand_threads_at_once_are_all_counted() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("many_threads.c"));
    record_into(&mut command, scratch.path(), "stats");
    let ended = run(command.arg("2000"), 60);
    ended.expect_success("many_threads");
    assert_eq!(ended.stdout, "2000 threads at once\n");
    assert_eq!(ended.stderr, "");
    let [record] = &records(scratch.path())[..] else {
        panic!("one record expected")
    };
    let header = *record.view().header();
    assert!(header.threads_peak >= 2001, "{header:?}");
    assert!(record.requested_bytes() >= 2000 * 1000, "{header:?}");
}

//! The record that each process leaves: through forks and execs, kills, limits and full disks.

use crate::process::{Ended, Scratch, find_or_skip, run, skipped};
use crate::sources::compiled;
use crate::way::{Record, record_into, records};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// What `processes.c` allocates in one mebibyte of work.
const MEBIBYTE: u64 = 1 << 20;

/// Runs `processes HOW`, recorded, and gives the end and the records.
fn processes(how: &str) -> (Ended, Vec<Record>) {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("processes.c"));
    record_into(&mut command, scratch.path(), "stats");
    let ended = run(command.arg(how), 40);
    (ended, records(scratch.path()))
}

fn pids(found: &[Record]) -> BTreeSet<u32> {
    found.iter().map(Record::pid).collect()
}

#[test]
fn a_process_that_exits_is_recorded_with_its_numbers() {
    let (ended, found) = processes("leaf");
    ended.expect_success("leaf");
    let [record] = &found[..] else {
        panic!("{} records", found.len())
    };
    let header = *record.view().header();
    assert_eq!(
        (header.end, header.flags, header.threads_started),
        (1, 0, 1)
    );
    assert!(header.end_mono_ns > header.start_mono_ns);
    assert!(record.allocations() >= 17);
    assert!(record.requested_bytes() >= MEBIBYTE + 200_000);
    // One thread: the peak is exact; 200,000 bytes are kept and 65,536 come and go.
    let peak = header.live_peak_bytes;
    assert!((265_536..400_000).contains(&peak), "{peak}");
    assert!(header.held_peak_bytes >= peak && header.resident_peak_bytes > 1 << 20);
    assert!(
        (200_000..300_000).contains(&record.live_bytes()),
        "{}",
        record.live_bytes()
    );
}

#[test]
fn a_forked_child_has_its_own_record_that_begins_with_what_it_inherited() {
    for how in ["fork", "raw-clone"] {
        let (ended, found) = processes(how);
        ended.expect_success(how);
        assert_eq!((found.len(), pids(&found).len()), (2, 2), "{how}");
        let (children, parents): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|record| record.view().header().is_forked());
        let ([child], [parent]) = (&children[..], &parents[..]) else {
            panic!("{how}: kinship")
        };
        let inherited = child.view().shards().next().unwrap();
        let inherited: u64 = inherited.classes().map(|class| class.requested_bytes).sum();
        assert!(
            (200_000..400_000).contains(&inherited),
            "{how}: {inherited}"
        );
        // It frees the block that it inherited.
        assert!(
            (0..200_000).contains(&child.live_bytes()),
            "{how}: {}",
            child.live_bytes()
        );
        // A copy that nobody announces is noticed when it publishes: its first 64 KiB are counted
        // with the parent.
        let early = if how == "fork" { 0 } else { 65_536 };
        let (child_bytes, parent_bytes) = (child.requested_bytes(), parent.requested_bytes());
        assert_eq!((child_bytes + early) / MEBIBYTE, 2, "{how}: {child_bytes}");
        assert_eq!(parent_bytes / MEBIBYTE, 4, "{how}: {parent_bytes}");
        assert_eq!(
            (child.view().header().end, parent.view().header().end),
            (1, 1),
            "{how}"
        );
        assert_eq!(child.view().header().ppid, parent.pid(), "{how}");
    }
}

#[test]
fn children_that_borrow_their_parents_memory_leave_its_record_alone() {
    for how in ["vfork", "spawn"] {
        let (ended, found) = processes(how);
        ended.expect_success(how);
        assert_eq!((found.len(), pids(&found).len()), (2, 2), "{how}");
        assert!(
            found
                .iter()
                .all(|record| !record.view().header().is_forked()),
            "{how}"
        );
        let mut worked: Vec<u64> = found
            .iter()
            .map(|record| record.requested_bytes() / MEBIBYTE)
            .collect();
        worked.sort_unstable();
        assert_eq!(worked, [1, 4], "{how}");
    }
    let (ended, found) = processes("vfork-exits");
    ended.expect_success("vfork-exits");
    assert_eq!((found.len(), found[0].view().header().end), (1, 1));
}

#[test]
fn exec_begins_the_next_record_of_the_same_process() {
    let (ended, found) = processes("exec");
    ended.expect_success("exec");
    assert_eq!((found.len(), pids(&found).len()), (2, 1));
    assert!(found[0].name.ends_with("-0") && found[1].name.ends_with("-1"));
    let ends: Vec<u32> = found
        .iter()
        .map(|record| record.view().header().end)
        .collect();
    assert_eq!(ends, [0, 1]);
    assert_eq!(found[1].requested_bytes() / MEBIBYTE, 1);
}

#[test]
fn a_killed_process_has_lost_nothing() {
    let (ended, found) = processes("killed");
    assert_eq!(ended.outcome(), "signal 9");
    let [record] = &found[..] else {
        panic!("{} records", found.len())
    };
    let header = *record.view().header();
    assert_eq!((header.end, header.end_mono_ns), (0, 0));
    assert!(record.requested_bytes() >= MEBIBYTE + 200_000);
    assert!((200_000..300_000).contains(&record.live_bytes()));
}

#[test]
fn a_program_that_closes_every_descriptor_is_recorded_on() {
    let (ended, found) = processes("closes-everything");
    ended.expect_success("closes-everything");
    assert_eq!(ended.stdout, "closed\n");
    assert_eq!(
        (
            found[0].view().header().end,
            found[0].requested_bytes() / MEBIBYTE
        ),
        (1, 1)
    );
}

/// Runs a shell line with `processes` as `$0` and the folder as `$1`, recorded into the folder.
fn limited(line: &str, scratch: &Scratch) -> Ended {
    let folder = scratch.join("run");
    fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(line)
        .arg(compiled("many_threads.c"))
        .arg(&folder);
    let mut recorded = Command::new("true");
    record_into(&mut recorded, &folder, "stats");
    for (name, value) in recorded.get_envs() {
        // The shell itself runs without us; the line turns it on.
        command.env(format!("OURS_{}", name.to_str().unwrap()), value.unwrap());
    }
    run(&mut command, 60)
}

/// Turns preloading on for the rest of a shell line.
const ON: &str = "export LD_PRELOAD=$OURS_LD_PRELOAD TENURE=$OURS_TENURE;";

#[test]
fn without_room_for_files_the_program_runs_and_says_so() {
    let scratch = Scratch::new();
    let line = format!("{{ ulimit -f 0; {ON} exec \"$0\" 50 2>&1; }} | cat");
    let ended = limited(&line, &scratch);
    assert!(
        ended.stdout.contains("50 threads at once"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    assert!(
        ended
            .stdout
            .contains("not recorded: the limit on file size"),
        "{}",
        ended.stdout
    );
    assert_eq!(records(&scratch.join("run")).len(), 0);
}

#[test]
fn when_the_file_cannot_grow_the_threads_beyond_are_not_counted() {
    let scratch = Scratch::new();
    // 64 blocks of 512 bytes: room for the first file and not for its first growth.
    let ended = limited(&format!("ulimit -f 64; {ON} exec \"$0\" 50"), &scratch);
    ended.expect_success("many_threads under ulimit -f");
    assert_eq!(ended.stdout, "50 threads at once\n");
    assert_eq!(
        ended.stderr.matches("threads are counted").count(),
        1,
        "{}",
        ended.stderr
    );
    let found = records(&scratch.join("run"));
    assert_eq!(found[0].view().header().end, 1);
    assert!(found[0].requested_bytes() > 0);
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let scratch = Scratch::new();
    let line = format!("rmdir \"$1\"; {ON} exec \"$0\" 5");
    let ended = limited(&line, &scratch);
    ended.expect_success("many_threads without a folder");
    assert_eq!(ended.stdout, "5 threads at once\n");
    assert!(
        ended
            .stderr
            .contains("not recorded: there is no such folder"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nobody_waits_for_a_reader_of_stderr() {
    let scratch = Scratch::new();
    // stderr is closed, or a pipe whose reader has gone: neither may stop the program.
    for stderr in ["2>&-", "2> >(exec true)"] {
        let line = format!("rmdir \"$1\"; {ON} \"$0\" 5 {stderr}");
        let Some(bash) = find_or_skip("stderr without reader", &["bash"]) else {
            return;
        };
        let line = format!(
            "exec {} -c 'sleep 0.1; {line}' \"$0\" \"$1\"",
            bash[0].display()
        );
        limited(&line, &scratch).expect_success(stderr);
    }
}

#[test]
fn a_full_disk_is_no_sigbus() {
    let scratch = Scratch::new();
    // A file system of 48 KiB in a mount namespace of our own, as root of a user namespace.
    let line = format!(
        "exec unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=48k none \"$1\" || \
         exit 77; {ON} \"$0\" 50' \"$0\" \"$1\""
    );
    if find_or_skip("full disk", &["unshare", "mount"]).is_none() {
        return;
    }
    let ended = limited(&line, &scratch);
    if ended.stdout.is_empty() && ended.stderr.contains("unshare") || ended.outcome().contains("77")
    {
        return skipped("full disk", "this machine lets nobody mount in a namespace");
    }
    ended.expect_success("many_threads on a full disk");
    assert_eq!(ended.stdout, "50 threads at once\n");
    assert!(
        ended.stderr.contains("the disk or the quota is full"),
        "{}",
        ended.stderr
    );
}

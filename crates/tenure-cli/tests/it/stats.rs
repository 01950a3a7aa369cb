//! `tenure stats` on records that are whole, torn, foreign, empty.

use crate::command::{PATIENCE, number, processes, statistics_of, tenure};
use crate::process::{Ended, Scratch, run};
use crate::synthetic::{FACTS, container, record, state};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use tenure_trace::container::Tag;
use tenure_trace::state::header::{END_EXIT, END_NONE};

/// Runs `tenure stats` on a file with this content.
fn stats(content: &[u8]) -> Ended {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), content).unwrap();
    run(tenure(&scratch).args(["stats", "a.tnr"]), PATIENCE)
}

fn json(content: &[u8]) -> Value {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), content).unwrap();
    statistics_of(&scratch, "a.tnr".as_ref())
}

fn expect_unreadable(ended: &Ended, sentence: &str) {
    assert_eq!(ended.status.code(), Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains(sentence), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(!ended.stderr.contains("panicked"));
}

#[test]
fn the_json_has_the_figures_of_the_record() {
    let document = json(&record());
    assert_eq!(document["tenure"], "stats/1");
    assert_eq!(document["run"]["exit_signal"], 9);
    let [process] = processes(&document) else {
        panic!("one process")
    };
    let figures = [
        ("pid", 4711),
        ("allocations", 11),
        ("frees", 4),
        ("requested_bytes_total", 1_500_500),
        ("live_bytes_at_exit", 1_500_300),
        ("live_blocks_at_exit", 7),
        ("peak_live_bytes", 1_500_500),
        ("peak_held_bytes", 5_000_000),
        ("peak_resident_bytes", 7_000_000),
        ("threads", 1),
    ];
    for (name, value) in figures {
        assert_eq!(number(process, name), value, "{name}");
    }
    assert_eq!(
        (&process["end"], &process["program"]),
        (&"signal".into(), &"/usr/bin/app".into())
    );
    let usable = 6.0 * 64.0 + 1_503_232.0;
    let fragmentation = process["internal_fragmentation"].as_f64().unwrap();
    assert!((fragmentation - (usable - 1_500_300.0) / usable).abs() < 1e-12);
    let [small, huge] = &process["classes"].as_array().unwrap()[..] else {
        panic!("two classes")
    };
    assert_eq!(
        (number(small, "usable_bytes"), small["huge"].is_null()),
        (64, true)
    );
    assert_eq!(
        (number(huge, "usable_bytes"), &huge["huge"]),
        (2 << 20, &true.into())
    );
    assert_eq!(
        (number(small, "allocations"), number(small, "live_blocks")),
        (10, 6)
    );
}

#[test]
fn the_text_has_no_colours_when_nobody_sees_them() {
    let ended = stats(&record());
    ended.expect_success("stats");
    assert!(
        ended
            .stdout
            .starts_with("━━ app -v ━━ killed by SIGKILL ━━ 2.00 s ━")
    );
    assert!(
        ended.stdout.contains("peak live          1.43 MiB"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains('\x1b'));
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_state_file_and_a_runs_folder_are_read_too() {
    let scratch = Scratch::new();
    fs::write(scratch.join("1-0.state"), state(1, END_EXIT)).unwrap();
    fs::write(scratch.join("2-0.state"), state(2, END_NONE)).unwrap();
    fs::write(scratch.join("3-0.state"), [0; 8192]).unwrap();
    fs::write(scratch.join("4-0.state"), "").unwrap();
    fs::write(scratch.join("notes.txt"), "not a state file").unwrap();
    let one = statistics_of(&scratch, "1-0.state".as_ref());
    assert_eq!(processes(&one)[0]["end"], "exit");
    assert_eq!(one["run"], Value::Null);
    let folder = statistics_of(&scratch, ".".as_ref());
    let pids: Vec<_> = processes(&folder)
        .iter()
        .map(|process| number(process, "pid"))
        .collect();
    assert_eq!(pids, [1, 2], "those that were begun");
    assert_eq!(folder["losses"], Value::Array(vec![]));
}

#[test]
fn what_is_torn_is_told_and_the_rest_shown() {
    let first = state(1, END_EXIT);
    let second = state(2, END_EXIT);
    let sections = [
        (Tag::META, FACTS.as_bytes()),
        (Tag::PROC, &first[..]),
        (Tag::PROC, &second[..]),
    ];
    let whole = container(&sections);
    let ended = stats(&whole[..whole.len() - 100]);
    ended.expect_success("a torn record");
    assert!(
        ended
            .stderr
            .contains("a.tnr: record cut short: the PROC section at byte")
    );
    assert!(ended.stderr.contains("what comes before it was read"));
    assert!(
        ended.stdout.contains("allocations              11"),
        "{}",
        ended.stdout
    );

    let mut damaged = whole;
    let at = damaged.len() - 400;
    damaged[at] ^= 1;
    let document = json(&damaged);
    assert_eq!(processes(&document).len(), 1);
    assert!(
        document["losses"][0]
            .as_str()
            .unwrap()
            .contains("has checksum")
    );
}

#[test]
fn no_cut_of_a_record_panics_or_passes_for_whole() {
    let whole = record();
    let promised = processes(&json(&whole)).len();
    for length in [
        0,
        7,
        8,
        15,
        16,
        20,
        31,
        32,
        100,
        400,
        600,
        5000,
        8800,
        whole.len() - 8,
    ] {
        let ended = stats(&whole[..length]);
        assert_eq!(
            ended.status.code(),
            Some(3),
            "{length} bytes: {}",
            ended.stderr
        );
        assert!(
            ended.stderr.starts_with("tenure: a.tnr: "),
            "{length} bytes: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("panicked"));
    }
    assert_eq!(promised, 1);
}

#[test]
fn a_state_file_without_its_tail_is_salvaged() {
    let whole = state(7, END_EXIT);
    let ended = stats(&whole[..whole.len() - 1]);
    ended.expect_success("a torn state file");
    assert!(
        ended
            .stderr
            .contains("the counters of 1 of its 2 threads are missing")
    );
}

#[test]
fn unknown_sections_and_unreadable_facts_are_told() {
    let state = state(1, END_EXIT);
    let sections = [
        (Tag(*b"NEXT"), &b"of a later version"[..]),
        (Tag::META, b"{]"),
        (Tag::PROC, &state),
    ];
    let document = json(&container(&sections));
    assert_eq!(
        (processes(&document).len(), &document["run"]),
        (1, &Value::Null)
    );
    let losses = document["losses"].to_string();
    assert!(
        losses.contains("the NEXT section at byte 16 was left out"),
        "{losses}"
    );
    assert!(losses.contains("the facts about the run"), "{losses}");
}

#[test]
fn what_is_no_record_is_refused_with_exit_code_3() {
    expect_unreadable(&stats(b""), "the file is empty");
    expect_unreadable(&stats(b"<html>"), "not a record: it begins with \"<html>\"");
    expect_unreadable(&stats(&[0; 10_000]), "state file without content");
    let facts = container(&[(Tag::META, FACTS.as_bytes())]);
    expect_unreadable(&stats(&facts), "nothing was recorded in this run of app");
    let scratch = Scratch::new();
    let stats = |path: &str| run(tenure(&scratch).args(["stats", path]), PATIENCE);
    expect_unreadable(&stats("missing.tnr"), "missing.tnr: No such file");
    expect_unreadable(&stats("."), "no state file is in this folder");
    expect_unreadable(&stats("/dev/zero"), "neither a file nor a folder");
}

#[test]
fn a_large_file_that_is_no_record_is_refused_before_it_is_read() {
    let scratch = Scratch::new();
    let sparse = fs::File::create(scratch.join("huge.tnr")).unwrap();
    sparse.set_len(500 << 30).unwrap();
    let ended = run(tenure(&scratch).args(["stats", "huge.tnr"]), 5);
    expect_unreadable(&ended, "state file without content");
}

#[test]
fn a_record_is_read_from_a_pipe() {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), record()).unwrap();
    let line = format!("{} stats --json <(cat a.tnr)", env!("CARGO_BIN_EXE_tenure"));
    let ended = run(
        std::process::Command::new("bash")
            .args(["-c", &line])
            .current_dir(scratch.path()),
        PATIENCE,
    );
    ended.expect_success("a pipe");
    assert!(ended.stdout.contains("\"allocations\": 11"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scratch = Scratch::new();
    let states: Vec<_> = (1..400).map(|pid| state(pid, END_EXIT)).collect();
    let sections: Vec<_> = states.iter().map(|state| (Tag::PROC, &state[..])).collect();
    fs::write(scratch.join("a.tnr"), container(&sections)).unwrap();
    let mut command = tenure(&scratch);
    command
        .args(["stats", "a.tnr", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut [0; 10])
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn a_full_disk_is_an_error() {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), record()).unwrap();
    let mut command = tenure(&scratch);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    command
        .args(["stats", "a.tnr"])
        .stdout(full)
        .stderr(Stdio::piped());
    let ended = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).starts_with("tenure: stdout: "));
}

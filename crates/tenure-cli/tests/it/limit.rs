//! A limit on a whole program that knows nothing of it: `tenure run --limit`, `TENURE=limit=`.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, find_or_skip, run};
use crate::sources::{compile, compiled};
use crate::way::library;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const MIB: u64 = 1 << 20;

/// `program` with the bare library and `TENURE` as given.
fn with_library(program: &Path, words: &[&str], options: &str) -> Ended {
    let mut command = Command::new(program);
    command.args(words).env("LD_PRELOAD", library());
    run(command.env("TENURE", options), PATIENCE)
}

/// Runs `how` of the C program under 100 MiB; what it says.
fn limited(how: &str) -> String {
    let program = compile("limited.c", &["-ldl".as_ref()]);
    let ended = with_library(&program, &[how], "limit=100M");
    ended.expect_success(&format!("limited.c {how}: {}", ended.stdout));
    ended.stdout.trim().to_owned()
}

fn peak_of(said: &str) -> u64 {
    said.strip_prefix("peak ").unwrap().parse().unwrap()
}

#[test]
fn sixty_four_threads_never_pass_the_limit() {
    let peak = peak_of(&limited("threads"));
    assert!(peak <= 100 * MIB, "{peak} bytes were held");
    assert!(peak >= 95 * MIB, "they came close to it: {peak}");
}

#[test]
fn what_is_free_is_given_back_before_a_request_fails() {
    let peak = peak_of(&limited("sizes"));
    assert!(peak <= 100 * MIB, "{peak} bytes were held");
}

#[test]
fn mappings_of_the_program_count_and_come_back() {
    assert_eq!(limited("maps"), "done");
}

#[test]
fn the_child_of_a_fork_has_the_limit_too() {
    assert_eq!(limited("forks"), "done");
}

#[test]
fn without_a_limit_mappings_are_the_kernels() {
    let program = compile("limited.c", &["-ldl".as_ref()]);
    let ended = with_library(&program, &["maps"], "");
    assert_eq!(ended.stdout, "does not hold: another 60 MiB are not\n");
}

#[test]
fn new_throws_bad_alloc_at_the_limit() {
    let ended = with_library(&compiled("throws_at_limit.cpp"), &[], "limit=50MiB");
    ended.expect_success("throws_at_limit.cpp");
    assert_eq!(ended.stdout, "bad_alloc\n");
}

#[test]
fn a_limit_that_is_none_is_named() {
    let Some(program) = find_or_skip("a wrong limit", &["true"]) else {
        return;
    };
    for wrong in ["limit=", "limit=0", "limit=lots", "limit=99999999999T"] {
        let ended = with_library(&program[0], &[], wrong);
        let named = format!("\"{wrong}\" needs a number of bytes above 0");
        assert!(ended.stderr.contains(&named), "{}", ended.stderr);
    }
    for wrong in ["0", "3 parsec", ""] {
        let ended = run(
            tenure(&Scratch::new()).args(["run", "--limit", wrong, "--", "true"]),
            PATIENCE,
        );
        assert_eq!(ended.status.code(), Some(2), "{wrong}: {}", ended.stderr);
    }
}

/// Runs a script of Python that wants 1 GB under 200 MiB; the end of it and the record's JSON.
fn python(script: &str) -> Option<(Ended, Value)> {
    let python = find_or_skip("a limit on Python", &["python3"])?.remove(0);
    // What is on PATH may be a script that finds the interpreter.
    let said = run(
        Command::new(&python).args(["-c", "import sys; print(sys.executable)"]),
        PATIENCE,
    );
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args(["run", "--limit", "200M", "-o", "limited.tnr", "--"]);
    command.args([said.stdout.trim(), "-c", script]);
    let ended = run(&mut command, PATIENCE);
    let stats = run(
        tenure(&scratch).args(["stats", "--json", "limited.tnr"]),
        PATIENCE,
    );
    Some((ended, serde_json::from_str(&stats.stdout).unwrap()))
}

/// Python ends by its own error, and the record says why.
fn expect_memory_error((ended, stats): &(Ended, Value)) {
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    // With no byte left Python may not get as far as the traceback, but it gets to the name.
    assert!(ended.stderr.contains("MemoryError"), "{}", ended.stderr);
    let process = &stats["processes"][0];
    assert_eq!(process["limit_bytes"], 200 * MIB);
    assert!(process["refusals"].as_u64() >= Some(1), "{process}");
    let held = process["first_refused_held_bytes"].as_u64().unwrap();
    // What is asked for last may be a list that has doubled.
    assert!((150 * MIB..=200 * MIB).contains(&held), "{held}");
    assert!(process["first_refused_bytes"].as_u64() > Some(0));
    assert!(
        ended
            .stderr
            .contains("held the most when memory was first refused")
    );
}

#[test]
fn a_python_program_of_large_blocks_ends_by_memory_error() {
    let script = "x = []\nwhile len(x) < 1000: x.append(bytearray(1000000))";
    let Some(seen) = python(script) else { return };
    expect_memory_error(&seen);
    let mapped = &seen.1["processes"][0]["first_refused_mapped_bytes"];
    assert!(mapped.as_u64() < Some(20 * MIB), "{mapped}");
}

#[test]
fn a_python_program_of_one_list_ends_by_memory_error() {
    let Some(seen) = python("x = []\nwhile True: x.append(None)") else {
        return;
    };
    assert!(seen.0.stderr.contains("\nMemoryError"), "{}", seen.0.stderr);
}

#[test]
fn a_python_program_of_small_objects_ends_by_memory_error() {
    let script = "x = []\nfor i in range(10000000): x.append((i, str(i)))";
    let Some(seen) = python(script) else { return };
    expect_memory_error(&seen);
    let mapped = &seen.1["processes"][0]["first_refused_mapped_bytes"];
    assert!(mapped.as_u64() > Some(100 * MIB), "{mapped}");
}

//! Heaps that are values, from C and C++: preloaded, recorded, and linked by path.

use crate::command::{PATIENCE, tenure, tenure_run};
use crate::process::{Scratch, run};
use crate::sources::compile;
use crate::way::{Way, library};
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

const SIGABRT: i32 = 6;

/// The program made from `source`, which needs the library to be linked: by its path.
fn linked(source: &str) -> std::path::PathBuf {
    let mut search = OsStr::new("-Wl,-rpath,").to_owned();
    search.push(library().parent().unwrap());
    compile(source, &[library().as_os_str(), &search])
}

fn holds_in_each_way(source: &str) {
    let program = linked(source);
    for way in Way::OURS.into_iter().chain([Way::Plain]) {
        let scratch = Scratch::new();
        let ended = run(&mut way.command(&program, &scratch), 60);
        ended.expect_success(&format!("{source} {way:?}"));
        assert_eq!(ended.stdout, "all checks hold\n", "{source} {way:?}");
        way.expect_record(&scratch);
    }
}

#[test]
fn heaps_of_c_hold_linked_preloaded_and_recorded() {
    holds_in_each_way("c_heaps.c");
}

#[test]
fn heaps_of_cxx_hold_linked_preloaded_and_recorded() {
    holds_in_each_way("cxx_heaps.cpp");
}

#[test]
fn misused_blocks_of_a_heap_end_the_program() {
    let program = linked("c_heaps.c");
    for how in ["twice", "late"] {
        let ended = run(Command::new(&program).arg(how), 60);
        assert_eq!(ended.status.signal(), Some(SIGABRT), "{how}");
        assert!(
            ended.stderr.contains("free of 0x"),
            "{how}: {}",
            ended.stderr
        );
    }
}

#[test]
fn the_command_prints_the_header_of_the_repository() {
    let ended = run(
        Command::new(env!("CARGO_BIN_EXE_tenure")).args(["lib", "--header"]),
        60,
    );
    ended.expect_success("tenure lib --header");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("../tenure-preload/tenure.h");
    assert_eq!(ended.stdout, std::fs::read_to_string(file).unwrap());
}

#[test]
fn the_header_is_strict_c99_and_cxx() {
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/../tenure-preload/tenure.h");
    for (compiler, dialect, language) in [("cc", "-std=c99", "c"), ("c++", "-std=c++11", "c++")] {
        let mut command = Command::new(compiler);
        command
            .args([dialect, "-Wall", "-Wextra", "-Werror", "-pedantic"])
            .args(["-fsyntax-only", "-x", language, header]);
        run(&mut command, 60).expect_success(dialect);
    }
}

/// The accounts that the record of `how` shows, by name.
fn accounts(how: &[&str]) -> Vec<Value> {
    let program = linked("c_named_heaps.c");
    let scratch = Scratch::new();
    let mut line = vec![program.to_str().unwrap()];
    line.extend(how);
    run(&mut tenure_run(&scratch, &line), PATIENCE);
    let stats = run(
        tenure(&scratch).args(["stats", "--json", "record.tnr"]),
        PATIENCE,
    );
    let stats: Value = serde_json::from_str(&stats.stdout).unwrap();
    let text = run(tenure(&scratch).args(["stats", "record.tnr"]), PATIENCE);
    assert!(text.stdout.contains("heap tiles ×2"), "{}", text.stdout);
    let mut accounts = stats["processes"][0]["accounts"]
        .as_array()
        .unwrap()
        .clone();
    accounts.sort_by_key(|account| account["account_name"].to_string());
    accounts
}

#[test]
fn heaps_appear_in_the_record_by_name() {
    let accounts = accounts(&[]);
    assert_eq!(accounts.len(), 2, "the one destroyed is gone: {accounts:?}");
    let (small, tiles) = (&accounts[0], &accounts[1]);
    assert_eq!(small["account_name"], "scripts");
    assert_eq!(small["account_limit_bytes"], 1 << 20);
    assert_eq!(small["account_refusals"], 1);
    assert_eq!(tiles["account_kind"], "heap");
    assert_eq!(tiles["account_members"], 2);
    assert_eq!(tiles["account_limit_bytes"], Value::Null);
    assert_eq!(tiles["account_held_bytes"], 8 << 20);
    assert_eq!(tiles["account_used_bytes"], 8 << 20);
    assert_eq!(tiles["account_waste_bytes"], 0);
    assert_eq!(tiles["account_peak_bytes"], 5 << 20, "of the larger one");
}

#[test]
fn a_killed_process_leaves_its_accounts() {
    let accounts = accounts(&["kill"]);
    let held = accounts[1]["account_held_bytes"].as_u64().unwrap();
    assert!(held >= 8 << 20, "{held}");
}

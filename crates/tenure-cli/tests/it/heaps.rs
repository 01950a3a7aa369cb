//! Heaps that are values, from C and C++: preloaded, recorded, and linked by path.

use crate::process::{Scratch, run};
use crate::sources::compile;
use crate::way::{Way, library};
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

//! `tenure export`: each format from the command line.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::shop;
use std::fs;
use std::process::Command;

/// Live bytes of the sample: 600 × 256 + 3 MiB + 20 × 48 + 100 × 24 + 5 × 512 + 7 × 100 + 2 × 80
/// in the server, 40 × 256 in its child.
const LIVE_BYTES: u64 = 153_600 + 3_145_728 + 960 + 2_400 + 2_560 + 700 + 160 + 10_240;

fn export(scratch: &Scratch, arguments: &[&str]) -> Ended {
    let mut command = tenure(scratch);
    command.args(["export", "shop.tnr"]).args(arguments);
    run(&mut command, PATIENCE)
}

const FORMATS: [&str; 8] = [
    "pprof",
    "folded",
    "massif",
    "heaptrack",
    "dhat",
    "speedscope",
    "firefox",
    "jeprof",
];

#[test]
fn every_format_is_written_to_a_file_and_gzipped_by_its_name() {
    let scratch = shop::scratch();
    for format in FORMATS {
        let ended = export(&scratch, &["--to", format, "-o", "plain"]);
        ended.expect_success(format);
        assert_eq!(ended.stdout, "");
        export(&scratch, &["--to", format, "-o", "packed.gz"]).expect_success(format);
        let plain = fs::read(scratch.join("plain")).unwrap();
        let packed = fs::read(scratch.join("packed.gz")).unwrap();
        assert_eq!(packed[..2], [0x1f, 0x8b], "{format}");
        assert_eq!(plain.starts_with(&[0x1f, 0x8b]), format == "pprof");
        assert!(!plain.is_empty());
    }
}

#[test]
fn folded_stacks_add_up_to_the_live_bytes() {
    let scratch = shop::scratch();
    let ended = export(&scratch, &["--to", "folded"]);
    ended.expect_success("folded");
    let values = ended
        .stdout
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap());
    let sum: u64 = values.map(|value| value.parse::<u64>().unwrap()).sum();
    assert_eq!(sum, LIVE_BYTES);
    assert!(
        ended
            .stdout
            .contains(";Pool::take(unsigned long);Pool::grow();")
    );
}

#[test]
fn what_the_format_does_not_have_is_said_on_stderr() {
    let scratch = shop::scratch();
    let ended = export(&scratch, &["--to", "heaptrack", "-o", "out"]);
    assert!(ended.stderr.contains("single events"), "{}", ended.stderr);
    let refused = export(
        &scratch,
        &["--to", "pprof", "--by", "peak", "-o", "refused"],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        refused.stderr.contains("choose --by live|allocated|count"),
        "{}",
        refused.stderr
    );
    let missing = export(&scratch, &["--to", "svg"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        missing.stderr.contains("speedscope"),
        "the formats are listed: {}",
        missing.stderr
    );
    let nowhere = export(&scratch, &["--to", "dhat", "-o", "no/such/folder"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", nowhere.stderr);
    let names = fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["out", "shop.tnr"], "nothing half written is left");
}

#[test]
fn a_record_without_stacks_is_refused() {
    let scratch = Scratch::new();
    fs::write(scratch.join("shop.tnr"), crate::synthetic::record()).unwrap();
    let ended = export(&scratch, &["--to", "folded"]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.stderr.contains("no call stacks"), "{}", ended.stderr);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let scratch = shop::scratch();
    let mut shell = Command::new("sh");
    let line = "\"$0\" export shop.tnr --to speedscope | head -c 10; exit ${PIPESTATUS:-0}";
    shell
        .args(["-c", line, env!("CARGO_BIN_EXE_tenure")])
        .current_dir(scratch.path());
    shell.env("XDG_CACHE_HOME", scratch.join("cache"));
    let ended = run(&mut shell, PATIENCE);
    assert_eq!(ended.stdout.len(), 10, "{}", ended.stderr);
    assert!(!ended.stderr.contains("Broken pipe"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

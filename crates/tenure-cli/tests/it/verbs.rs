//! The small verbs, help, manual and completions.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::synthetic::record;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

fn tenure_with(arguments: &[&str]) -> Ended {
    let scratch = Scratch::new();
    run(tenure(&scratch).args(arguments), PATIENCE)
}

#[test]
fn explain_tells_a_figure_by_its_json_name_and_by_its_words() {
    let by_name = tenure_with(&["explain", "peak_live_bytes"]);
    by_name.expect_success("explain");
    assert!(
        by_name
            .stdout
            .starts_with("peak live (peak_live_bytes in JSON; bytes)\n")
    );
    for asked in [&["peak", "live"][..], &["Peak-Live"], &["peak live"]] {
        let by_words = tenure_with(&[&["explain"], asked].concat());
        assert_eq!(by_words.stdout, by_name.stdout, "{asked:?}");
    }
    let all = tenure_with(&["explain"]);
    assert!(all.stdout.contains(&by_name.stdout) && all.stdout.contains("internal_fragmentation"));
}

#[test]
fn explain_answers_an_unknown_name_with_near_ones() {
    let ended = tenure_with(&["explain", "peek_live_bytes"]);
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("Did you mean peak_live_bytes"),
        "{}",
        ended.stderr
    );
}

#[test]
fn every_word_of_the_summary_and_every_field_of_the_json_is_explained() {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), record()).unwrap();
    let text = run(tenure(&scratch).args(["stats", "a.tnr"]), PATIENCE).stdout;
    // A figure's line: two blanks, its label, at least two blanks, its value.
    let labels: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once("  "))
        .map(|(label, _)| label)
        .filter(|label| label.starts_with(char::is_alphabetic))
        .collect();
    assert!(
        labels.contains(&"peak live") && labels.contains(&"threads"),
        "{labels:?}"
    );
    let json = run(
        tenure(&scratch).args(["stats", "a.tnr", "--json"]),
        PATIENCE,
    )
    .stdout;
    let fields = json
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\":"));
    let fields: std::collections::BTreeSet<&str> = fields.map(|(field, _)| field).collect();
    assert!(fields.len() > 30);
    for name in labels.into_iter().chain(fields) {
        run(tenure(&scratch).args(["explain", name]), PATIENCE).expect_success(name);
    }
}

#[test]
fn lib_prints_the_path_of_a_library_that_programs_run_on() {
    let scratch = Scratch::new();
    let printed = run(tenure(&scratch).arg("lib"), PATIENCE);
    printed.expect_success("lib");
    let library = printed.stdout.strip_suffix('\n').unwrap();
    assert!(Path::new(library).is_absolute() && library.ends_with("/libtenure.so"));
    let mut echo = Command::new("/bin/echo");
    let ended = run(echo.arg("hello").env("LD_PRELOAD", library), PATIENCE);
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("hello\n", "")
    );
}

#[test]
fn without_a_cache_folder_the_library_goes_to_a_private_temporary_one() {
    let scratch = Scratch::new();
    fs::write(scratch.join("file"), "").unwrap();
    let temporary = scratch.join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = tenure(&scratch);
    command.arg("lib").env("TMPDIR", &temporary);
    let ended = run(
        command.env("XDG_CACHE_HOME", scratch.join("file")),
        PATIENCE,
    );
    ended.expect_success("lib");
    let library = Path::new(ended.stdout.trim_end());
    assert!(library.starts_with(&temporary), "{}", ended.stdout);
    let private = library.parent().unwrap().parent().unwrap();
    assert_eq!(fs::metadata(private).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_link_that_waits_in_the_temporary_folder_is_not_followed() {
    let scratch = Scratch::new();
    fs::write(scratch.join("file"), "").unwrap();
    let (temporary, trap) = (scratch.join("tmp"), scratch.join("trap"));
    fs::create_dir(&temporary).unwrap();
    fs::create_dir(&trap).unwrap();
    let euid = fs::metadata(&trap).unwrap().uid();
    std::os::unix::fs::symlink(&trap, temporary.join(format!("tenure-{euid}"))).unwrap();
    let mut command = tenure(&scratch);
    command.arg("lib").env("TMPDIR", &temporary);
    let ended = run(
        command.env("XDG_CACHE_HOME", scratch.join("file")),
        PATIENCE,
    );
    assert!(
        !ended.stdout.starts_with(temporary.to_str().unwrap()),
        "{}",
        ended.stdout
    );
    assert_eq!(fs::read_dir(&trap).unwrap().count(), 0);
}

#[test]
fn help_documents_the_exit_codes() {
    let help = tenure_with(&["run", "--help"]).stdout;
    for part in [
        "Exit codes:",
        "128+N",
        "  2  ",
        "  4  ",
        "SIGTERM",
        "NO_COLOR",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
    assert!(
        tenure_with(&["stats", "--help"])
            .stdout
            .contains("3 the record cannot be read")
    );
    let all = tenure_with(&["--help"]).stdout;
    assert!(all.contains("run") && all.contains("explain") && !all.contains("completions"));
}

#[test]
fn man_pages_and_completions_come_from_the_same_table() {
    let page = tenure_with(&["man"]);
    page.expect_success("man");
    assert!(page.stdout.contains(".TH tenure 1"));
    let scratch = Scratch::new();
    run(tenure(&scratch).args(["man", "--to", "."]), PATIENCE).expect_success("man --to");
    let run_page = fs::read_to_string(scratch.join("tenure-run.1")).unwrap();
    assert!(run_page.contains("Exit codes"));
    let bash = tenure_with(&["completions", "bash"]);
    assert!(bash.stdout.contains("_tenure()"));
    assert_eq!(tenure_with(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn wrong_arguments_are_exit_code_2() {
    for arguments in [
        &["run"][..],
        &["stats"],
        &["frobnicate"],
        &[],
        &["lib", "x"],
    ] {
        assert_eq!(
            tenure_with(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    assert!(tenure_with(&["--version"]).stdout.starts_with("tenure 0."));
}

//! Memory goes back unasked: when, by whom, and what else the program notices of it: nothing.

use crate::process::{Ended, Scratch, find_or_skip, run, skipped};
use crate::sources::compiled;
use crate::way::{Way, record_into, records};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "scavenger.c";
const SECONDS: u64 = 180;
const SIGKILL: i32 = 9;
const MIB: u64 = 1 << 20;

/// Runs the program in this mode on our malloc.
fn ended(options: &str, mode: &[&str]) -> Ended {
    let scratch = Scratch::new();
    let mut command = Way::Preloaded.command(compiled(SOURCE), &scratch);
    run(command.env("TENURE", options).args(mode), SECONDS)
}

/// The same, and this line is expected, unless the program cannot do what it is asked here.
fn expect(options: &str, mode: &[&str], line: &str) {
    let ended = ended(options, mode);
    ended.expect_success(&format!("{mode:?} with {options:?}"));
    let said = ended.stdout.trim_end();
    match said.strip_prefix("skip: ") {
        Some(reason) => skipped(&format!("scavenger {mode:?}"), reason),
        None => assert_eq!(said, line, "{mode:?} with {options:?}: {}", ended.stderr),
    }
}

#[test]
fn an_idle_program_gives_back_what_it_freed_and_has_one_thread_again() {
    let line = "full 1, alone 1, falls 1, alone again 1";
    expect("", &["burst"], line);
    expect("purge=20", &["burst"], line);
}

#[test]
fn a_long_delay_keeps_memory_and_off_has_no_thread() {
    expect("purge=60000", &["stays"], "stays 1, alone 0");
    expect("purge=off", &["stays"], "stays 1, alone 1");
}

#[test]
fn a_wrong_delay_is_named_and_what_is_in_force_is_shown() {
    for options in ["purge=", "purge=9", "purge=60001", "purge=-1", "purge=1s"] {
        let said = ended(&format!("help,{options}"), &["leaves-at-once"]).stderr;
        assert!(
            said.contains(&format!("\"{options}\" needs a delay of 10 to 60000")),
            "{said}"
        );
        assert!(said.contains("in force: purge=1000"), "{said}");
    }
    for options in ["purge=off", "purge=10", "purge=60000"] {
        let said = ended(&format!("help,{options}"), &["leaves-at-once"]).stderr;
        assert!(said.contains(&format!("in force: {options}\n")), "{said}");
    }
}

#[test]
fn where_no_thread_can_be_started_the_frees_give_back() {
    for (options, mode) in [
        ("purge=off", "inline"),
        ("", "without-clone"),
        ("", "without-processes"),
    ] {
        expect(options, &[mode], "below 128 MiB 1, alone 1");
    }
}

#[test]
fn children_of_a_fork_in_the_middle_of_it_are_whole() {
    let line = "400 of 400 children ended well";
    expect("purge=10", &["forks", "400"], line);
}

#[test]
fn children_that_no_handler_announced_start_no_thread() {
    let line = "raw 1, shared 1, falls 1";
    expect("", &["strange-children"], line);
}

#[test]
fn memory_goes_back_when_the_first_thread_has_left() {
    expect("", &["leaves-main"], "outlived main, falls 1");
}

#[test]
fn a_daemon_gives_back_too() {
    expect("", &["daemon"], "falls 1");
}

#[test]
fn a_program_may_leave_or_become_another_while_memory_goes_back() {
    expect("purge=10", &["exits", "200"], "200 of 200 left well");
}

#[test]
fn what_needs_a_single_thread_works_again_afterwards() {
    expect("", &["unshares"], "alone 1, as before 1");
}

#[test]
fn the_lowest_descriptor_is_the_programs() {
    expect("purge=10", &["descriptors"], "strange 0");
}

#[test]
fn rights_that_the_program_gives_up_are_gone() {
    let line = "before 3, after 0, still at work 1";
    expect("", &["gives-up-rights"], line);
}

#[test]
fn a_record_shows_the_fall_of_a_program_that_does_nothing() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled(SOURCE));
    record_into(&mut command, scratch.path(), "stats");
    let ended = run(command.arg("idles"), SECONDS);
    assert_eq!(ended.status.signal(), Some(SIGKILL), "{}", ended.stderr);
    let [record] = &records(scratch.path())[..] else {
        panic!("one record expected")
    };
    let header = *record.view().header();
    assert!(header.held_peak_bytes >= 256 * MIB, "{header:?}");
    assert!(header.held_bytes < 16 * MIB, "{header:?}");
}

#[test]
fn a_look_at_the_heap_does_not_wait_for_the_thread() {
    let scratch = Scratch::new();
    let mut command = crate::command::tenure(&scratch);
    command.args(["run", "--leaks", "-o", "record.tnr", "--"]);
    let ended = run(command.arg(compiled(SOURCE)).arg("leaves-at-once"), SECONDS);
    ended.expect_success("tenure run --leaks");
    assert_eq!(ended.stdout, "threads 2\n");
    assert!(!ended.stderr.contains("signals back"), "{}", ended.stderr);
    let leaks = crate::leaks::leaks_of(&scratch, "record.tnr", &[]);
    assert_eq!(leaks["processes"][0]["scan"]["threads_unanswered"], 0);
}

/// Runs the program under a tool that follows its threads.
fn holds_under(tool: &str, arguments: &dyn Fn(&Path) -> Vec<String>) {
    let Some(found) = find_or_skip("memory goes back under a tool", &[tool]) else {
        return;
    };
    let scratch = Scratch::new();
    let mut command = Way::Plain.command(&found[0], &scratch);
    let ended = run(command.args(arguments(&compiled(SOURCE))), SECONDS);
    ended.expect_success(tool);
    let line = "full 1, alone 1, falls 1, alone again 1";
    assert!(
        ended.stdout.contains(line),
        "{tool}: {} {}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn memory_goes_back_under_gdb() {
    let set = format!("set env LD_PRELOAD={}", crate::way::library().display());
    holds_under("gdb", &|program| {
        let program = program.display().to_string();
        let words = ["-batch", "-nx", "-ex", &set];
        let more = ["-ex", "set startup-with-shell off", "-ex", "run", "--args"];
        let words = words.iter().chain(&more).map(|word| (*word).to_owned());
        words.chain([program, "burst".to_owned()]).collect()
    });
}

#[test]
fn memory_goes_back_under_valgrind() {
    let preload = format!("LD_PRELOAD={}", crate::way::library().display());
    holds_under("valgrind", &|program| {
        let program = program.display().to_string();
        let words = ["--quiet", "--tool=none", "--trace-children=yes", "env"];
        let words = words.iter().map(|word| (*word).to_owned());
        words
            .chain([preload.clone(), program, "burst".to_owned()])
            .collect()
    });
}

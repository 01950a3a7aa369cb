//! Programs under `tenure run` behave as without it, and each leaves its figures.

use crate::command::{
    PATIENCE, number, processes, recorded, statistics, statistics_of, tenure, tenure_run,
};
use crate::process::{Running, Scratch, find_or_skip, run, silence, skipped};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// What the issue promises of every process.
fn expect_counted(process: &Value) {
    assert!(
        number(process, "allocations") >= number(process, "frees"),
        "{process}"
    );
    for name in [
        "allocations",
        "requested_bytes_total",
        "peak_live_bytes",
        "peak_held_bytes",
    ] {
        assert!(number(process, name) > 0, "{name} of {process}");
    }
}

fn names(document: &Value) -> Vec<String> {
    let name = |process: &Value| {
        let path = process["program"].as_str().unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    };
    processes(document).iter().map(name).collect()
}

#[test]
fn exit_codes_pass_through() {
    let scratch = Scratch::new();
    for code in [0, 1, 2, 3, 42, 255] {
        let ended = recorded(&scratch, &["bash", "-c", &format!("exit {code}")]);
        assert_eq!(ended.status.code(), Some(code));
        assert_eq!(statistics(&scratch)["run"]["exit_code"], code);
    }
}

#[test]
fn a_deadly_signal_becomes_128_and_its_number_and_is_named() {
    let scratch = Scratch::new();
    for (signal, number) in [("SEGV", 11), ("KILL", 9), ("TERM", 15)] {
        let ended = recorded(&scratch, &["bash", "-c", &format!("kill -{signal} $$")]);
        assert_eq!(ended.status.code(), Some(128 + number));
        let named = format!(" killed by SIG{signal} ");
        assert!(ended.stderr.contains(&named), "{}", ended.stderr);
        let document = statistics(&scratch);
        assert_eq!(document["run"]["exit_signal"], number);
        assert_eq!(processes(&document)[0]["end"], "signal");
    }
}

#[test]
fn the_summary_goes_to_stderr_and_names_record_and_next_command() {
    let scratch = Scratch::new();
    let ended = recorded(&scratch, &["bash", "-c", "echo out; echo err >&2"]);
    assert_eq!(ended.stdout, "out\n");
    assert!(
        ended
            .stderr
            .starts_with("err\n\n━━ bash -c 'echo out; echo err >&2' ━━ exit 0 ━━ ")
    );
    for part in [
        "peak live",
        "held peak",
        "resident peak",
        "live at exit",
        "fragmentation",
        "requested",
        "allocations",
        "frees",
        "threads",
        "size class",
        "  record  record.tnr\n",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert!(
        ended
            .stderr
            .ends_with("  next    tenure stats record.tnr\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.lines().all(|line| line.chars().count() <= 80));
    let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "the record alone is left: {left:?}");
}

#[test]
fn quiet_is_quiet() {
    let scratch = Scratch::new();
    let ended = run(
        tenure(&scratch).args(["run", "-q", "--", "bash", "-c", "exit 5"]),
        PATIENCE,
    );
    assert_eq!((ended.stderr.as_str(), ended.status.code()), ("", Some(5)));
}

#[test]
fn a_record_without_a_name_is_called_after_program_and_pid() {
    let scratch = Scratch::new();
    let ended = run(
        tenure(&scratch).args(["run", "/bin/bash", "-c", "echo $$; exit 0"]),
        PATIENCE,
    );
    let record = format!("tenure.bash.{}.tnr", ended.stdout.trim());
    assert!(
        ended.stderr.contains(&format!("  record  {record}\n")),
        "{}",
        ended.stderr
    );
    let document = statistics_of(&scratch, record.as_ref());
    expect_counted(&processes(&document)[0]);
}

#[test]
fn stdin_and_stdout_pass_byte_for_byte() {
    let scratch = Scratch::new();
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut command = tenure_run(&scratch, &["cat"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let sent = bytes.clone();
    let sender = thread::spawn(move || stdin.write_all(&sent).unwrap());
    let mut received = Vec::new();
    stdout.read_to_end(&mut received).unwrap();
    sender.join().unwrap();
    assert!(received == bytes);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn arguments_and_the_programs_own_name_are_what_was_typed() {
    let scratch = Scratch::new();
    let ended = recorded(
        &scratch,
        &["bash", "-c", "printf '%s|' \"$0\" \"$@\"", "a b", "", "-q"],
    );
    assert_eq!(ended.stdout, "a b||-q|");
    let ended = recorded(
        &scratch,
        &["bash", "-c", "cat /proc/$$/cmdline | tr '\\0' '|'; true"],
    );
    assert!(ended.stdout.starts_with("bash|-c|"), "{}", ended.stdout);
}

#[test]
fn every_process_of_a_shell_is_listed_with_its_pid() {
    let scratch = Scratch::new();
    let script = "echo $$; (echo $BASHPID); git --version >/dev/null; git --help >/dev/null; true";
    let ended = recorded(&scratch, &["bash", "-c", script]);
    ended.expect_success("bash");
    let printed: BTreeSet<u64> = ended
        .stdout
        .lines()
        .map(|pid| pid.parse().unwrap())
        .collect();
    let document = statistics(&scratch);
    processes(&document).iter().for_each(expect_counted);
    let pids: BTreeSet<u64> = processes(&document)
        .iter()
        .map(|p| number(p, "pid"))
        .collect();
    assert!(
        printed.is_subset(&pids) && pids.len() >= 4,
        "{printed:?} in {pids:?}"
    );
    for pid in &pids {
        assert!(
            ended.stderr.contains(&format!(" {pid} ")),
            "{pid}: {}",
            ended.stderr
        );
    }
    assert_eq!(
        names(&document)
            .iter()
            .filter(|name| *name == "git")
            .count(),
        2
    );
    let forked = processes(&document)
        .iter()
        .find(|process| process["forked"] == true)
        .unwrap();
    assert!(number(forked, "inherited_live_bytes") > 0);
    let sum: u64 = processes(&document)
        .iter()
        .map(|p| number(p, "allocations"))
        .sum();
    assert_eq!(number(&document["totals"], "allocations"), sum);
}

#[test]
fn an_image_that_exec_replaces_keeps_its_record() {
    let scratch = Scratch::new();
    recorded(&scratch, &["bash", "-c", "exec env git --version"]).expect_success("bash");
    let document = statistics(&scratch);
    assert_eq!(names(&document), ["bash", "env", "git"]);
    let ends: Vec<_> = processes(&document)
        .iter()
        .map(|process| &process["end"])
        .collect();
    assert_eq!(ends, ["exec", "exec", "exit"]);
}

#[test]
fn a_child_without_the_library_runs_and_is_said_to_be_missing() {
    let scratch = Scratch::new();
    let ended = recorded(&scratch, &["env", "-i", "/bin/sleep", "0.5"]);
    ended.expect_success("env -i");
    assert_eq!(names(&statistics(&scratch)), ["env"]);
    assert!(
        ended.stderr.contains("went on without being recorded: "),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("environment was cleared of LD_PRELOAD")
    );
}

#[test]
fn a_run_that_records_nothing_says_so_and_its_record_does_too() {
    let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    let Some(loader) = loaders
        .into_iter()
        .find(|loader| fs::exists(loader).unwrap())
    else {
        return skipped("a run that records nothing", "no loader of glibc here");
    };
    // The loader lists what it would load and starts nothing.
    let scratch = Scratch::new();
    let ended = recorded(&scratch, &[loader, "--list", "/bin/true"]);
    ended.expect_success("the loader");
    assert!(ended.stdout.contains("libtenure.so"), "{}", ended.stdout);
    assert!(
        ended.stderr.starts_with("tenure: nothing was recorded: "),
        "{}",
        ended.stderr
    );
    let ended = run(tenure(&scratch).args(["stats", "record.tnr"]), PATIENCE);
    assert_eq!(ended.status.code(), Some(3));
    assert!(
        ended.stderr.contains("nothing was recorded in this run of"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_record_that_cannot_be_written_at_the_end_leaves_the_runs_folder() {
    let scratch = Scratch::new();
    let ended = recorded(
        &scratch,
        &["bash", "-c", "mkdir record.tnr record.tnr/x; exit 7"],
    );
    assert_eq!(ended.status.code(), Some(7));
    assert!(
        ended
            .stderr
            .contains("record.tnr: the record cannot be written"),
        "{}",
        ended.stderr
    );
    let document = statistics_of(&scratch, "record.tnr.run".as_ref());
    assert!(names(&document).contains(&"bash".into()));
}

#[test]
fn a_process_that_outlives_the_program_is_named_as_running() {
    let scratch = Scratch::new();
    let script = "sleep 3 >/dev/null 2>&1 & echo $!; while ! grep -q sleep /proc/$!/comm; do :; \
        done; sleep 0.3";
    let ended = recorded(&scratch, &["bash", "-c", script]);
    ended.expect_success("bash");
    let pid = ended.stdout.trim();
    let note = format!("still running when the program ended: {pid} (sleep)");
    assert!(ended.stderr.contains(&note), "{}", ended.stderr);
    let document = statistics(&scratch);
    let running: Vec<_> = processes(&document)
        .iter()
        .filter(|p| p["end"] == "running")
        .collect();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0]["pid"].to_string(), pid);
    let _ = silence(std::process::Command::new("kill").arg(pid)).status();
}

#[test]
fn runs_side_by_side_do_not_meet() {
    let scratch = Scratch::new();
    thread::scope(|scope| {
        for code in 0..8 {
            let scratch = &scratch;
            scope.spawn(move || {
                let script = format!("echo {code}; sleep 0.1; exit {code}");
                let mut command = tenure(scratch);
                let ended = run(command.args(["run", "--", "bash", "-c", &script]), PATIENCE);
                assert_eq!(ended.status.code(), Some(code));
                assert_eq!(ended.stdout, format!("{code}\n"));
            });
        }
    });
    let records: Vec<_> = fs::read_dir(scratch.path())
        .unwrap()
        .map(|e| e.unwrap())
        .collect();
    assert_eq!(records.len(), 8, "{records:?}");
    for record in records {
        let document = statistics_of(&scratch, &record.file_name());
        let (first, last) = (&names(&document)[0], names(&document).pop().unwrap());
        assert_eq!((first.as_str(), last.as_str()), ("bash", "sleep"));
    }
}

#[test]
fn the_same_record_twice_at_a_time_is_two_folders() {
    let scratch = Scratch::new();
    let start = |script: &str| {
        let mut command = tenure_run(&scratch, &["bash", "-c", script]);
        Running::start(silence(&mut command).stderr(File::create(scratch.join("log")).unwrap()))
    };
    let mut first = start("while [ ! -e go ]; do sleep 0.02; done");
    while !scratch.join("record.tnr.run").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let second = recorded(&scratch, &["true"]);
    second.expect_success("the second run");
    assert!(
        second
            .stderr
            .contains("record.tnr.run is of a run that goes on")
    );
    fs::write(scratch.join("go"), "").unwrap();
    assert!(first.wait(Duration::from_secs(PATIENCE)).unwrap().success());
    let document = statistics(&scratch);
    assert!(
        names(&document).contains(&"bash".into()),
        "the last to end is the record"
    );
}

#[test]
fn what_git_does_is_counted() {
    let Some(_) = find_or_skip("git log", &["git"]) else {
        return;
    };
    let scratch = Scratch::new();
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let ended = recorded(&scratch, &["git", "-C", repository, "log", "--stat", "-50"]);
    if !ended.status.success() {
        return skipped("git log", "the sources are not in a repository of git");
    }
    let document = statistics(&scratch);
    let git = processes(&document).last().unwrap();
    expect_counted(git);
    assert!(number(git, "frees") > 0 && number(git, "peak_resident_bytes") > 0);
}

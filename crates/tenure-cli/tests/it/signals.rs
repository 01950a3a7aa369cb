//! Signals reach the program, once.

use crate::command::{PATIENCE, processes, statistics, tenure_run};
use crate::process::{Running, Scratch, find_or_skip, run, silence, skipped};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// What a shell ignores in the programs that it starts in the background.
const USUALLY_IGNORED: &str = "HUP,INT,QUIT";

/// Sends `signal` to the process `to`, or to the group `-to`.
fn send(signal: &str, to: &str) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), "--", to])
        .status();
    assert!(status.unwrap().success());
}

fn wait_for(file: &Path) {
    let start = Instant::now();
    while !file.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(PATIENCE),
            "{} never came",
            file.display()
        );
        thread::sleep(Duration::from_millis(3));
    }
}

fn ends(running: &mut Running) -> ExitStatus {
    let ended = running.wait(Duration::from_secs(PATIENCE));
    ended.expect("the program and tenure end")
}

/// A command that runs what is appended to it with no signal ignored, whatever the tests were
/// started with: a run in the background begins with some ignored. `None` where that cannot be had.
fn with_default_signals(what: &str) -> Option<Command> {
    let reset = format!("--default-signal={USUALLY_IGNORED}");
    let probe = silence(Command::new("env").args([&reset, "true"])).status();
    if !probe.is_ok_and(|status| status.success()) {
        skipped(what, "env cannot reset signals here");
        return None;
    }
    let mut command = Command::new("env");
    command.arg(reset);
    Some(command)
}

/// Starts a shell script under tenure, as [`tenure_run`] does; it makes the file `ready` when it
/// has begun.
fn start(mut command: Command, scratch: &Scratch, script: &str) -> Running {
    let tenure = tenure_run(scratch, &["bash", "-c", script]);
    command.arg(tenure.get_program()).args(tenure.get_args());
    command.current_dir(scratch.path());
    for (name, value) in tenure.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let stderr = File::create(scratch.join("stderr")).unwrap();
    let running = Running::start(silence(&mut command).stderr(stderr));
    wait_for(&scratch.join("ready"));
    running
}

#[test]
fn signals_sent_to_tenure_reach_the_program() {
    for signal in ["TERM", "HUP", "USR1", "USR2", "INT", "QUIT"] {
        let Some(command) = with_default_signals("signals that are passed on") else {
            return;
        };
        let scratch = Scratch::new();
        let script = format!(
            "trap 'echo got >> log; exit 7' {signal}; touch ready; for i in {{1..2000}}; do sleep 0.01; done"
        );
        let mut running = start(command, &scratch, &script);
        send(signal, &running.id().to_string());
        assert_eq!(ends(&mut running).code(), Some(7), "{signal}");
        let log = fs::read_to_string(scratch.join("log")).unwrap();
        assert_eq!(log, "got\n", "{signal}");
        let document = statistics(&scratch);
        assert_eq!(processes(&document)[0]["end"], "exit", "{signal}");
    }
}

#[test]
fn a_program_that_does_not_catch_a_signal_dies_of_it() {
    let scratch = Scratch::new();
    let script = "touch ready; for i in {1..2000}; do sleep 0.01; done";
    let mut running = start(Command::new("env"), &scratch, script);
    send("TERM", &running.id().to_string());
    assert_eq!(ends(&mut running).code(), Some(128 + 15));
    assert_eq!(statistics(&scratch)["run"]["exit_signal"], 15);
    let summary = fs::read_to_string(scratch.join("stderr")).unwrap();
    assert!(summary.contains("killed by SIGTERM"));
}

#[test]
fn what_was_ignored_stays_ignored_and_the_rest_is_as_usual() {
    let scratch = Scratch::new();
    let masks = "grep -E 'SigIgn|SigBlk' /proc/self/status";
    let plain = run(Command::new("bash").args(["-c", masks]), PATIENCE).stdout;
    let mut command = tenure_run(&scratch, &["bash", "-c", masks]);
    assert_eq!(run(&mut command, PATIENCE).stdout, plain);
    let ignoring = format!("trap '' HUP INT; {masks}");
    let plain = run(Command::new("bash").args(["-c", &ignoring]), PATIENCE).stdout;
    let tenure_in_it = format!(
        "trap '' HUP INT; exec {} run -q -- bash -c \"{masks}\"",
        env!("CARGO_BIN_EXE_tenure")
    );
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &tenure_in_it])
        .current_dir(scratch.path());
    assert_eq!(run(&mut shell, PATIENCE).stdout, plain);
}

#[test]
fn a_key_of_the_terminal_reaches_the_program_once() {
    let what = "keys of a terminal";
    let Some(_) = find_or_skip(what, &["script", "perl"]) else {
        return;
    };
    let scratch = Scratch::new();
    // Waits in short naps, so that a second signal is not taken together with the first.
    let program = "$SIG{INT} = sub { $n++ }; open F, '>ready'; close F;
        select undef, undef, undef, 0.01 until -e 'done';
        open F, '>count'; print F $n; close F;";
    fs::write(scratch.join("program.pl"), program).unwrap();
    let line = format!(
        "{} run -o a.tnr -- perl program.pl",
        env!("CARGO_BIN_EXE_tenure")
    );
    let Some(mut command) = with_default_signals(what) else {
        return;
    };
    command.args(["script", "-qec", &line, "/dev/null"]);
    let (typed, mut keys) = io::pipe().unwrap();
    silence(&mut command)
        .stdin(typed)
        .current_dir(scratch.path());
    let mut running = Running::start(&mut command);
    drop(command);
    wait_for(&scratch.join("ready"));
    keys.write_all(b"\x03").unwrap();
    thread::sleep(Duration::from_millis(300));
    fs::write(scratch.join("done"), "").unwrap();
    wait_for(&scratch.join("a.tnr"));
    drop(keys);
    ends(&mut running);
    assert_eq!(fs::read_to_string(scratch.join("count")).unwrap(), "1");
}

#[test]
fn a_stopped_run_goes_on() {
    let scratch = Scratch::new();
    let script = "touch ready; while [ ! -e go ]; do sleep 0.01; done; exit 9";
    let mut running = start(Command::new("env"), &scratch, script);
    let group = format!("-{}", running.id());
    send("TSTP", &group);
    thread::sleep(Duration::from_millis(200));
    fs::write(scratch.join("go"), "").unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(!scratch.join("record.tnr").exists(), "it stands still");
    send("CONT", &group);
    assert_eq!(ends(&mut running).code(), Some(9));
    assert_eq!(statistics(&scratch)["run"]["exit_code"], 9);
}

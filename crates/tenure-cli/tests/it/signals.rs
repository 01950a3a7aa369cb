//! Signals reach the program, once.

use crate::command::{PATIENCE, processes, statistics, tenure_run};
use crate::process::{Running, Scratch, find_or_skip, run, silence};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

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

/// Starts a shell script under tenure; it makes the file `ready` when it has begun.
fn start(scratch: &Scratch, script: &str) -> Running {
    let mut command = tenure_run(scratch, &["bash", "-c", script]);
    let stderr = File::create(scratch.join("stderr")).unwrap();
    let running = Running::start(silence(&mut command).stderr(stderr));
    wait_for(&scratch.join("ready"));
    running
}

#[test]
fn signals_sent_to_tenure_reach_the_program() {
    for signal in ["TERM", "HUP", "USR1", "USR2", "INT", "QUIT"] {
        let scratch = Scratch::new();
        let wait = "for i in {1..2000}; do sleep 0.01; done";
        let script = format!("trap 'echo got >> log; exit 7' {signal}; touch ready; {wait}");
        let mut running = start(&scratch, &script);
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
    let mut running = start(&scratch, script);
    send("TERM", &running.id().to_string());
    assert_eq!(ends(&mut running).code(), Some(128 + 15));
    assert_eq!(statistics(&scratch)["run"]["exit_signal"], 15);
    let summary = fs::read_to_string(scratch.join("stderr")).unwrap();
    assert!(summary.contains("killed by SIGTERM"));
}

/// Runs `script` by a shell that begins with no signal ignored, and gives what it prints.
fn printed(scratch: &Scratch, script: &str) -> String {
    let mut shell = Command::new("env");
    shell.args(["--default-signal", "bash", "-c", script]);
    run(shell.current_dir(scratch.path()), PATIENCE).stdout
}

#[test]
fn what_was_ignored_stays_ignored_and_the_rest_is_as_usual() {
    let scratch = Scratch::new();
    let masks = "grep -E 'SigIgn|SigBlk' /proc/self/status";
    let tenure = env!("CARGO_BIN_EXE_tenure");
    for before in ["true", "trap '' HUP INT", "trap '' TERM USR1"] {
        let plain = printed(&scratch, &format!("{before}; {masks}"));
        assert!(plain.contains("SigIgn"), "{plain}");
        let under = format!("{before}; exec {tenure} run -q -- bash -c \"{masks}\"");
        assert_eq!(printed(&scratch, &under), plain, "{before}");
    }
}

#[test]
fn a_key_of_the_terminal_reaches_the_program_once() {
    let Some(_) = find_or_skip("keys of a terminal", &["script", "perl"]) else {
        return;
    };
    let scratch = Scratch::new();
    // Waits in short naps, so that a second signal is not taken together with the first.
    let program = "$SIG{INT} = sub { $n++ }; open F, '>ready'; close F;
        select undef, undef, undef, 0.01 until -e 'done';
        open F, '>count'; print F $n; close F;";
    fs::write(scratch.join("program.pl"), program).unwrap();
    let line = format!(
        "env --default-signal {} run -o a.tnr -- perl program.pl",
        env!("CARGO_BIN_EXE_tenure")
    );
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]);
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
    let mut running = start(&scratch, script);
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

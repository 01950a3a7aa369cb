//! Signals reach the program, once.

use crate::command::{PATIENCE, processes, statistics, tenure, tenure_run};
use crate::process::{Running, Scratch, find_or_skip, run, silence};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn send(signal: &str, pid: u32) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
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

/// Starts a shell script under tenure; it makes the file `ready` when it has begun.
fn start(scratch: &Scratch, script: &str) -> Child {
    let mut command = tenure_run(scratch, &["bash", "-c", script]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let child = command
        .stderr(File::create(scratch.join("stderr")).unwrap())
        .spawn()
        .unwrap();
    wait_for(&scratch.join("ready"));
    child
}

#[test]
fn signals_sent_to_tenure_reach_the_program() {
    for signal in ["TERM", "HUP", "USR1", "USR2", "INT", "QUIT"] {
        let scratch = Scratch::new();
        let script = format!(
            "trap 'echo got >> log; exit 7' {signal}; touch ready; while :; do sleep 0.01; done"
        );
        let mut child = start(&scratch, &script);
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(7), "{signal}");
        assert_eq!(
            fs::read_to_string(scratch.join("log")).unwrap(),
            "got\n",
            "{signal}"
        );
        assert_eq!(
            processes(&statistics(&scratch))[0]["end"],
            "exit",
            "{signal}"
        );
    }
}

#[test]
fn a_program_that_does_not_catch_a_signal_dies_of_it() {
    let scratch = Scratch::new();
    let mut child = start(&scratch, "touch ready; while :; do sleep 0.01; done");
    send("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
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
    let Some(_) = find_or_skip("keys of a terminal", &["script"]) else {
        return;
    };
    let scratch = Scratch::new();
    let program = "n=0; trap 'n=$((n+1))' INT; touch ready; \
        while [ ! -e done ]; do sleep 0.02; done; sleep 0.2; echo $n > count";
    fs::write(scratch.join("program.sh"), program).unwrap();
    let line = format!(
        "{} run -o a.tnr -- bash program.sh",
        env!("CARGO_BIN_EXE_tenure")
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(scratch.path());
    let mut child = silence(&mut command).stdin(Stdio::piped()).spawn().unwrap();
    wait_for(&scratch.join("ready"));
    let mut keys = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut keys, b"\x03").unwrap();
    thread::sleep(Duration::from_millis(300));
    fs::write(scratch.join("done"), "").unwrap();
    wait_for(&scratch.join("count"));
    drop(keys);
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(scratch.join("count")).unwrap(), "1\n");
}

#[test]
fn a_stopped_run_goes_on() {
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args(["run", "-o", "record.tnr", "--", "bash", "-c"]);
    command.arg("touch ready; while [ ! -e go ]; do sleep 0.01; done; exit 9");
    let group = Running::start(silence(&mut command));
    wait_for(&scratch.join("ready"));
    let of_group = |signal: &str| {
        let pid = fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
            let line = fs::read_to_string(entry.path().join("cmdline")).ok()?;
            let is_ours = line.contains("tenure\0run\0") && line.contains("exit 9");
            let here = fs::read_link(entry.path().join("cwd")).ok()? == scratch.path();
            (is_ours && here).then(|| entry.file_name().into_string().unwrap())
        });
        let group = format!("-{}", pid.expect("tenure runs"));
        assert!(
            Command::new("kill")
                .args([signal, "--", &group])
                .status()
                .unwrap()
                .success()
        );
    };
    of_group("-TSTP");
    thread::sleep(Duration::from_millis(200));
    fs::write(scratch.join("go"), "").unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(!scratch.join("record.tnr").exists(), "it stands still");
    of_group("-CONT");
    let mut group = group;
    let status = group
        .wait(Duration::from_secs(PATIENCE))
        .expect("it goes on");
    assert_eq!(status.code(), Some(9));
    assert_eq!(statistics(&scratch)["run"]["exit_code"], 9);
}

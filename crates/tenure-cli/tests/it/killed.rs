//! Nothing recorded is lost, whoever is killed.

use crate::command::{PATIENCE, number, processes, statistics, statistics_of, tenure_run};
use crate::process::{Scratch, find_or_skip, run, silence};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often a program is killed.
const KILLS: u64 = 50;
/// How many are killed at a time.
const LANES: u64 = 4;

/// Python itself; what is on PATH may be a script that finds it.
fn python() -> Option<PathBuf> {
    let python = find_or_skip("killing python3", &["python3"])?;
    let mut command = Command::new(&python[0]);
    let ended = run(
        command.args(["-c", "import sys; print(sys.executable)"]),
        PATIENCE,
    );
    ended.expect_success("python3");
    Some(PathBuf::from(ended.stdout.trim()))
}

/// A program under tenure, and the process that it has said it is.
struct Victim {
    tenure: Child,
    pid: u32,
}

fn start(scratch: &Scratch, program: &[&str]) -> Victim {
    let mut command = tenure_run(scratch, program);
    let mut tenure = silence(&mut command)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(tenure.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let pid = line
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("a pid, not {line:?}"));
    Victim { tenure, pid }
}

fn kill(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

const CHURN: &str = "import os
print(os.getpid(), flush=True)
kept = []
while True:
    kept.append(bytes(3000) * (len(kept) % 7))
    if len(kept) > 5000: kept.clear()";

#[test]
fn a_killed_python_leaves_a_readable_record_fifty_times_of_fifty() {
    let Some(python) = python() else { return };
    let python = python.to_str().unwrap();
    thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for round in (lane..KILLS).step_by(LANES as usize) {
                    let scratch = Scratch::new();
                    let mut victim = start(&scratch, &[python, "-c", CHURN]);
                    // From the first line that it prints to well into its loop.
                    thread::sleep(Duration::from_micros(round * round * 60));
                    kill(victim.pid);
                    assert_eq!(
                        victim.tenure.wait().unwrap().code(),
                        Some(137),
                        "round {round}"
                    );
                    let document = statistics(&scratch);
                    let [process] = processes(&document) else {
                        panic!("round {round}")
                    };
                    assert_eq!(process["end"], "signal");
                    assert_eq!(number(process, "pid"), u64::from(victim.pid));
                    for name in [
                        "allocations",
                        "frees",
                        "peak_live_bytes",
                        "live_bytes_at_exit",
                    ] {
                        assert!(number(process, name) > 0, "round {round}: {name}");
                    }
                    assert_eq!(document["losses"].as_array().unwrap().len(), 0);
                }
            });
        }
    });
}

#[test]
fn a_killed_process_has_a_resident_peak() {
    let Some(python) = python() else { return };
    let scratch = Scratch::new();
    let program = "import os, time; kept = b'x' * 30_000_000; time.sleep(0.5)
print(os.getpid(), flush=True); time.sleep(60)";
    let mut victim = start(&scratch, &[python.to_str().unwrap(), "-c", program]);
    kill(victim.pid);
    victim.tenure.wait().unwrap();
    let document = statistics(&scratch);
    let peak = number(&processes(&document)[0], "peak_resident_bytes");
    assert!((30_000_000..200_000_000).contains(&peak), "{peak}");
}

#[test]
fn a_killed_tenure_leaves_a_folder_that_stats_reads() {
    let scratch = Scratch::new();
    let script = "echo $$; while [ ! -e go ]; do sleep 0.02; done; touch ended";
    let mut victim = start(&scratch, &["bash", "-c", script]);
    kill(victim.tenure.id());
    victim.tenure.wait().unwrap();
    let document = statistics_of(&scratch, "record.tnr.run".as_ref());
    let shell = processes(&document)
        .iter()
        .find(|p| number(p, "pid") == u64::from(victim.pid));
    assert!(number(shell.unwrap(), "allocations") > 0);
    fs::write(scratch.join("go"), "").unwrap();
    while !scratch.join("ended").exists() {
        thread::sleep(Duration::from_millis(5));
    }
}

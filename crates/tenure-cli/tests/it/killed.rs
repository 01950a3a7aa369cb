//! Nothing recorded is lost, whoever is killed.

use crate::command::{
    PATIENCE, number, processes, sites, statistics, statistics_of, tenure_run_as,
};
use crate::process::{Running, Scratch, find_or_skip, run, silence};
use crate::sources::compiled;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

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
    tenure: Running,
    pid: u32,
}

/// Starts `program`, whose first line of output is its process id.
fn start(scratch: &Scratch, program: &[&str]) -> Victim {
    start_as(scratch, "--stats", program)
}

/// As [`start`], recording what `flag` says.
fn start_as(scratch: &Scratch, flag: &str, program: &[&str]) -> Victim {
    let mut command = tenure_run_as(scratch, flag, program);
    let said = scratch.join("said");
    let tenure = Running::start(silence(&mut command).stdout(File::create(&said).unwrap()));
    let begin = Instant::now();
    let pid = loop {
        let said = fs::read_to_string(&said).unwrap();
        if let Some((pid, _)) = said.split_once('\n') {
            break pid.parse().unwrap_or_else(|_| panic!("a pid, not {pid:?}"));
        }
        assert!(
            begin.elapsed() < Duration::from_secs(PATIENCE),
            "nothing was said"
        );
        thread::sleep(Duration::from_micros(300));
    };
    Victim { tenure, pid }
}

impl Victim {
    /// The exit code of tenure.
    fn code(&mut self) -> Option<i32> {
        let ended = self.tenure.wait(Duration::from_secs(PATIENCE));
        ended.expect("tenure ends").code()
    }
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
                    assert_eq!(victim.code(), Some(137), "round {round}");
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
    victim.code();
    let document = statistics(&scratch);
    let peak = number(&processes(&document)[0], "peak_resident_bytes");
    assert!((30_000_000..200_000_000).contains(&peak), "{peak}");
}

#[test]
fn a_killed_tenure_leaves_a_folder_that_stats_reads() {
    let scratch = Scratch::new();
    let script =
        "echo $$; for i in {1..1000}; do [ -e go ] && break; sleep 0.02; done; touch ended";
    let mut victim = start(&scratch, &["bash", "-c", script]);
    kill(victim.tenure.id());
    victim.code();
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

/// How often a program whose every block is recorded is killed.
const EVERY_KILLS: u64 = 100;

#[test]
fn what_a_killed_program_had_allocated_is_told_a_hundred_times_of_a_hundred() {
    let program = compiled("last_words.c");
    let lanes = (0..LANES).map(|lane| {
        let program = program.clone();
        thread::spawn(move || {
            for round in (lane..EVERY_KILLS).step_by(LANES as usize) {
                let scratch = Scratch::new();
                let words = scratch.join("words");
                let command_line = [program.to_str().unwrap(), words.to_str().unwrap()];
                let flag = if round % 2 == 0 {
                    "--every"
                } else {
                    "--events"
                };
                let mut victim = start_as(&scratch, flag, &command_line);
                thread::sleep(Duration::from_micros(round * 173 % 20_000));
                kill(victim.pid);
                assert_eq!(victim.code(), Some(128 + 9));
                let said = fs::read(&words).unwrap();
                let said = u64::from_le_bytes(said.try_into().unwrap());
                let document = sites(&scratch);
                let told = number(&document["totals"], "allocations");
                assert!(
                    told >= said,
                    "{flag}: {told} of {said} allocations are told"
                );
            }
        })
    });
    let lanes: Vec<_> = lanes.collect();
    for lane in lanes {
        lane.join().unwrap();
    }
}

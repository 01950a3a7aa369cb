//! The command under test, and its answers as JSON.

use crate::process::{Ended, Scratch, run};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Seconds after which a command of ours is held to hang.
pub(crate) const PATIENCE: u64 = 60;

/// `tenure` in `scratch`, in an environment that the tester's does not change.
pub(crate) fn tenure(scratch: &Scratch) -> Command {
    // Tests that run in the background inherit ignored signals, which a shell cannot undo.
    let mut command = Command::new("env");
    command.args(["--default-signal", env!("CARGO_BIN_EXE_tenure")]);
    command.current_dir(scratch.path());
    for name in ["LD_PRELOAD", "TENURE", "NO_COLOR", "COLUMNS", "TERM"] {
        command.env_remove(name);
    }
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env("XDG_CACHE_HOME", cache);
    command
}

/// `tenure run --stats -o record.tnr -- PROGRAM ARGS` in `scratch`: what is counted is exact.
pub(crate) fn tenure_run(scratch: &Scratch, command_line: &[&str]) -> Command {
    tenure_run_as(scratch, "--stats", command_line)
}

/// As [`tenure_run`], recording what `flag` says.
pub(crate) fn tenure_run_as(scratch: &Scratch, flag: &str, command_line: &[&str]) -> Command {
    let mut command = tenure(scratch);
    command
        .args(["run", flag, "-o", "record.tnr", "--"])
        .args(command_line);
    command
}

/// Runs a command line under `tenure run` to its end.
pub(crate) fn recorded(scratch: &Scratch, command_line: &[&str]) -> Ended {
    run(&mut tenure_run(scratch, command_line), PATIENCE)
}

/// What `tenure stats --json` says of the record that [`recorded`] has left.
pub(crate) fn statistics(scratch: &Scratch) -> Value {
    statistics_of(scratch, "record.tnr".as_ref())
}

/// What `tenure stats --json` says of `record`.
pub(crate) fn statistics_of(scratch: &Scratch, record: &OsStr) -> Value {
    let ended = run(
        tenure(scratch).arg("stats").arg(record).arg("--json"),
        PATIENCE,
    );
    ended.expect_success("tenure stats --json");
    serde_json::from_str(&ended.stdout).expect("stats prints JSON")
}

/// What `tenure top --json --limit 1000` says of the record that a run has left.
pub(crate) fn sites(scratch: &Scratch) -> Value {
    let mut command = tenure(scratch);
    command.args(["top", "record.tnr", "--json", "--limit", "1000"]);
    let ended = run(&mut command, PATIENCE);
    ended.expect_success("tenure top --json");
    serde_json::from_str(&ended.stdout).expect("top prints JSON")
}

/// The processes of a `stats/1` document.
pub(crate) fn processes(document: &Value) -> &[Value] {
    document["processes"]
        .as_array()
        .expect("a list of processes")
}

/// A number in a `stats/1` document.
pub(crate) fn number(object: &Value, name: &str) -> u64 {
    object[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} is {}", object[name]))
}

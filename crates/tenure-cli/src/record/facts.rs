//! What the supervisor saw, as the JSON of a record's META section, schema `run/1`.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tenure_model::profile::{Outcome, ProcessFacts, Run};

const SCHEMA: &str = "run/1";

#[derive(Serialize, Deserialize)]
struct RunJson {
    tenure: String,
    version: String,
    command: Vec<String>,
    directory: String,
    start_unix_ns: u64,
    wall_ns: u64,
    root_pid: u32,
    exit_code: Option<i32>,
    exit_signal: Option<i32>,
    processes: Vec<ProcessJson>,
}

#[derive(Serialize, Deserialize)]
struct ProcessJson {
    pid: u32,
    start_mono_ns: u64,
    peak_resident_bytes: Option<u64>,
    running: bool,
}

/// `run` as JSON text.
pub(crate) fn to_json(run: &Run) -> Vec<u8> {
    let (exit_code, exit_signal) = match run.outcome {
        Some(Outcome::Code(code)) => (Some(code), None),
        Some(Outcome::Signal(signal)) => (None, Some(signal)),
        None => (None, None),
    };
    let json = RunJson {
        tenure: SCHEMA.to_owned(),
        version: run.version.clone(),
        command: run.command.clone(),
        directory: run.directory.clone(),
        start_unix_ns: run.start_unix_ns,
        wall_ns: u64::try_from(run.wall.as_nanos()).unwrap_or(u64::MAX),
        root_pid: run.root_pid,
        exit_code,
        exit_signal,
        processes: run
            .processes
            .iter()
            .map(|process| ProcessJson {
                pid: process.pid,
                start_mono_ns: process.start_mono_ns,
                peak_resident_bytes: process.resident_peak_bytes,
                running: process.running,
            })
            .collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_vec(&json).unwrap_or_default()
}

/// The facts in `text`, or why it has none.
pub(crate) fn from_json(text: &[u8]) -> Result<Run, String> {
    let json: RunJson = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if json.tenure != SCHEMA {
        return Err(format!(
            "it is of schema \"{}\", not {SCHEMA}",
            json.tenure.escape_debug()
        ));
    }
    Ok(Run {
        version: json.version,
        command: json.command,
        directory: json.directory,
        start_unix_ns: json.start_unix_ns,
        wall: Duration::from_nanos(json.wall_ns),
        root_pid: json.root_pid,
        outcome: match (json.exit_code, json.exit_signal) {
            (Some(code), _) => Some(Outcome::Code(code)),
            (None, Some(signal)) => Some(Outcome::Signal(signal)),
            (None, None) => None,
        },
        processes: json
            .processes
            .iter()
            .map(|process| ProcessFacts {
                pid: process.pid,
                start_mono_ns: process.start_mono_ns,
                resident_peak_bytes: process.peak_resident_bytes,
                running: process.running,
            })
            .collect(),
    })
}

//! A profile as JSON, schema `stats/1`.
//!
//! Every field is a [`crate::term`]; units are in the names. Within version 1 fields are added,
//! never removed or redefined.

use crate::managers::AccountJson;
use serde::Serialize;
use tenure_model::profile::{Blocks, Class, Limit, Outcome, Process, Profile, Run, Totals};

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "stats/1";

/// The profile as indented JSON with a line end.
///
/// ```
/// use tenure_model::profile::Profile;
/// let json = tenure_report::stats::json(&Profile::default());
/// assert!(json.starts_with("{\n  \"tenure\": \"stats/1\""));
/// ```
pub fn json(profile: &Profile) -> String {
    let document = Document {
        tenure: SCHEMA,
        run: profile.run.as_ref().map(RunJson::of),
        totals: TotalsJson::of(&profile.totals()),
        processes: profile.processes.iter().map(ProcessJson::of).collect(),
        losses: &profile.losses,
    };
    // Strings, numbers and lists of them always have a JSON form.
    let mut json = serde_json::to_string_pretty(&document).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
struct Document<'a> {
    tenure: &'static str,
    run: Option<RunJson<'a>>,
    totals: TotalsJson,
    processes: Vec<ProcessJson<'a>>,
    losses: &'a [String],
}

#[derive(Serialize)]
struct RunJson<'a> {
    version: &'a str,
    command: &'a [String],
    directory: &'a str,
    start_unix_ns: u64,
    wall_ns: u64,
    root_pid: u32,
    exit_code: Option<i32>,
    exit_signal: Option<i32>,
}

impl<'a> RunJson<'a> {
    fn of(run: &'a Run) -> Self {
        let (exit_code, exit_signal) = match run.outcome {
            Some(Outcome::Code(code)) => (Some(code), None),
            Some(Outcome::Signal(signal)) => (None, Some(signal)),
            None => (None, None),
        };
        Self {
            version: &run.version,
            command: &run.command,
            directory: &run.directory,
            start_unix_ns: run.start_unix_ns,
            wall_ns: nanoseconds(run.wall),
            root_pid: run.root_pid,
            exit_code,
            exit_signal,
        }
    }
}

#[derive(Serialize)]
struct TotalsJson {
    estimated: bool,
    allocations: u64,
    frees: u64,
    frees_remote: u64,
    reallocs_in_place: u64,
    reallocs_moved: u64,
    requested_bytes_total: u64,
    live_bytes_at_exit: u64,
    live_blocks_at_exit: u64,
    peak_live_bytes: Option<u64>,
    peak_live_pid: Option<u32>,
    peak_held_bytes: Option<u64>,
    peak_held_pid: Option<u32>,
    peak_resident_bytes: Option<u64>,
    peak_resident_pid: Option<u32>,
    internal_fragmentation: f64,
    threads: u64,
}

impl TotalsJson {
    fn of(totals: &Totals) -> Self {
        Self {
            estimated: totals.estimated,
            allocations: totals.allocations,
            frees: totals.frees,
            frees_remote: totals.frees_remote,
            reallocs_in_place: totals.reallocs_in_place,
            reallocs_moved: totals.reallocs_moved,
            requested_bytes_total: totals.requested_bytes,
            live_bytes_at_exit: totals.live.bytes,
            live_blocks_at_exit: totals.live.blocks,
            peak_live_bytes: totals.peak_live.map(|peak| peak.bytes),
            peak_live_pid: totals.peak_live.map(|peak| peak.pid),
            peak_held_bytes: totals.held_peak.map(|peak| peak.bytes),
            peak_held_pid: totals.held_peak.map(|peak| peak.pid),
            peak_resident_bytes: totals.resident_peak.map(|peak| peak.bytes),
            peak_resident_pid: totals.resident_peak.map(|peak| peak.pid),
            internal_fragmentation: totals.internal_fragmentation.fraction(),
            threads: totals.threads_started,
        }
    }
}

#[derive(Serialize)]
struct ProcessJson<'a> {
    pid: u32,
    ppid: u32,
    program: &'a str,
    command: &'a [String],
    #[serde(skip_serializing_if = "is_false")]
    command_cut: bool,
    start_unix_ns: u64,
    wall_ns: Option<u64>,
    end: &'static str,
    forked: bool,
    allocations: u64,
    frees: u64,
    frees_remote: u64,
    reallocs_in_place: u64,
    reallocs_moved: u64,
    requested_bytes_total: u64,
    live_bytes_at_exit: u64,
    live_blocks_at_exit: u64,
    usable_live_bytes_at_exit: u64,
    inherited_live_bytes: u64,
    inherited_live_blocks: u64,
    peak_live_bytes: u64,
    held_bytes_at_exit: u64,
    peak_held_bytes: u64,
    peak_resident_bytes: Option<u64>,
    #[serde(flatten)]
    limit: Option<LimitJson>,
    internal_fragmentation: f64,
    threads: u64,
    peak_threads: u64,
    lost_shards: u64,
    first_huge_class_bytes: Option<u64>,
    classes: Vec<ClassJson>,
    accounts: Vec<AccountJson<'a>>,
    accounts_left_out: u32,
}

impl<'a> ProcessJson<'a> {
    fn of(process: &'a Process) -> Self {
        let Blocks {
            blocks: live_blocks_at_exit,
            bytes: live_bytes_at_exit,
        } = process.live;
        let first_huge = process.classes.iter().find(|class| class.huge);
        Self {
            pid: process.pid,
            ppid: process.ppid,
            program: &process.program,
            command: &process.arguments,
            command_cut: process.arguments_cut,
            start_unix_ns: process.start_unix_ns,
            wall_ns: process.wall.map(nanoseconds),
            end: process.end.word(),
            forked: process.forked,
            allocations: process.allocations,
            frees: process.frees,
            frees_remote: process.frees_remote,
            reallocs_in_place: process.reallocs_in_place,
            reallocs_moved: process.reallocs_moved,
            requested_bytes_total: process.requested_bytes,
            live_bytes_at_exit,
            live_blocks_at_exit,
            usable_live_bytes_at_exit: process.usable_live_bytes,
            inherited_live_bytes: process.inherited.bytes,
            inherited_live_blocks: process.inherited.blocks,
            peak_live_bytes: process.peak_live_bytes,
            held_bytes_at_exit: process.held_bytes,
            peak_held_bytes: process.held_peak_bytes,
            peak_resident_bytes: process.resident_peak_bytes,
            limit: process.limit.as_ref().map(LimitJson::of),
            internal_fragmentation: process.internal_fragmentation().fraction(),
            threads: process.threads.started,
            peak_threads: process.threads.peak,
            lost_shards: process.missing_shards,
            first_huge_class_bytes: first_huge.map(|class| class.usable_bytes),
            classes: process
                .classes
                .iter()
                .filter(|c| c.is_used())
                .map(ClassJson::of)
                .collect(),
            accounts: process.accounts.iter().map(AccountJson::of).collect(),
            accounts_left_out: process.accounts_left_out,
        }
    }
}

#[derive(Serialize)]
struct LimitJson {
    limit_bytes: u64,
    refusals: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_refused_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_refused_held_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_refused_mapped_bytes: Option<u64>,
}

impl LimitJson {
    fn of(limit: &Limit) -> Self {
        Self {
            limit_bytes: limit.bytes,
            refusals: limit.refusals,
            first_refused_bytes: limit.first.map(|first| first.requested_bytes),
            first_refused_held_bytes: limit.first.map(|first| first.held_bytes),
            first_refused_mapped_bytes: limit.first.map(|first| first.mapped_bytes),
        }
    }
}

#[derive(Serialize)]
struct ClassJson {
    usable_bytes: u64,
    #[serde(skip_serializing_if = "is_false")]
    huge: bool,
    allocations: u64,
    frees: u64,
    requested_bytes: u64,
    live_blocks: u64,
    live_bytes: u64,
}

impl ClassJson {
    fn of(class: &Class) -> Self {
        Self {
            usable_bytes: class.usable_bytes,
            huge: class.huge,
            allocations: class.allocations,
            frees: class.frees,
            requested_bytes: class.requested_bytes,
            live_blocks: class.live_blocks,
            live_bytes: class.live_bytes,
        }
    }
}

/// For fields that are written only where they are true.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_false(value: &bool) -> bool {
    !value
}

fn nanoseconds(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

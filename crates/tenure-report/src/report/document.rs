//! The data of a page: the run, its processes, and the views of their sites.

use super::heaps::HeapJson;
use super::held::HeldJson;
use super::losses::LeaksJson;
use super::managers::ManagersJson;
use super::places::Places;
use super::view::{Source, View};
use super::{Limits, Recorded};
use crate::leaks::Leaks;
use crate::style::Tone;
use crate::{ending, signal};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::HashSet;
use tenure_model::profile::{End, Image, Names, Process, Profile, Sites};

/// Everything that the scripts of a page read.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    name: &'a str,
    version: &'a str,
    command: String,
    outcome: String,
    outcome_tone: &'static str,
    directory: &'a str,
    start_unix_ms: Option<u64>,
    wall_ns: Option<u64>,
    mode: &'static str,
    sample_rate_bytes: Option<u64>,
    counters: Counters,
    processes: Vec<ProcessJson>,
    losses: Vec<&'a str>,
    #[serde(flatten)]
    places: Places,
    views: Vec<View>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    heaps: Vec<HeapJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaks: Option<LeaksJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<HeldJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managers: Option<ManagersJson>,
}

impl<'a> Document<'a> {
    pub(super) fn of(recorded: &Recorded<'a>, limits: Limits) -> Self {
        let Recorded { profile, sites, .. } = *recorded;
        let mut processes: Vec<_> = profile.processes.iter().map(ProcessJson::of).collect();
        let process_of: Vec<_> = sites
            .images
            .iter()
            .map(|image| find(profile, image).unwrap_or_else(|| unknown(&mut processes, image)))
            .collect();
        let programs = profile.processes.iter().map(|one| one.program.as_str());
        let images = sites.images.iter().map(|image| image.program.as_str());
        let mut places = Places::new(programs.chain(images));
        let mut views = vec![View::of(
            &Source {
                sites,
                symbols: recorded.symbols,
                process_of: &process_of,
                process: None,
                limit: limits.sites,
            },
            &mut places,
            limits,
        )];
        for at in alone(recorded, limits) {
            let process = process_of[at];
            processes[process].view = Some(views.len());
            let source = Source {
                sites: &recorded.each[at],
                symbols: recorded.symbols,
                process_of: &[process],
                process: Some(process),
                limit: limits.sites_of_process,
            };
            views.push(View::of(&source, &mut places, limits));
        }
        let heaps = recorded.heaps.iter().take(limits.heaps);
        let records = recorded.leaks.map(Leaks::records).unwrap_or_default();
        let lost: Vec<_> = records.iter().map(|record| record.stack).collect();
        let heaps = heaps.map(|heap| HeapJson::of(heap, &lost, &mut places, limits));
        let heaps = heaps.collect();
        let names = Names::new(sites, recorded.symbols);
        let leaks = recorded.leaks;
        let leaks = leaks.map(|leaks| LeaksJson::of(leaks, &names, &mut places, limits.leaks));
        let held = recorded.held;
        let held = held.map(|held| HeldJson::of(held, &names, &mut places, limits.pins));
        let run = profile.run.as_ref();
        let root = profile.root();
        let wall = run.map(|run| run.wall);
        let start = run.map(|run| run.start_unix_ns);
        let start = start.or(root.map(|root| root.start_unix_ns));
        let (outcome, outcome_tone) = outcome(profile);
        Self {
            name: recorded.name,
            version: run.map_or(env!("CARGO_PKG_VERSION"), |run| &run.version),
            command: ending::command(profile),
            outcome,
            outcome_tone,
            directory: run.map_or("", |run| &run.directory),
            start_unix_ms: start.filter(|&start| start > 0).map(|ns| ns / 1_000_000),
            wall_ns: wall.or(root.and_then(|root| root.wall)).map(nanoseconds),
            mode: sites.mode.word(),
            sample_rate_bytes: sites.sample_rate_bytes,
            counters: Counters::of_run(profile),
            managers: ManagersJson::of(profile),
            processes,
            losses: losses(profile, sites),
            places,
            views,
            heaps,
            leaks,
            held,
        }
    }

    /// How many sites of the whole run are summed up in one row.
    pub(super) fn sites_left_out(&self) -> usize {
        self.views.first().map_or(0, |view| view.sites_left_out)
    }
}

/// How the run ended, and what is said in which tone.
fn outcome(profile: &Profile) -> (String, &'static str) {
    let (outcome, tone) = ending::outcome(profile);
    let tone = match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        _ => "quiet",
    };
    (outcome, tone)
}

/// What the heap counted, apart from call stacks.
#[derive(Debug, Default, Serialize)]
struct Counters {
    peak_live_bytes: u64,
    peak_live_pid: Option<u32>,
    live_bytes: u64,
    live_blocks: u64,
    allocated_bytes: u64,
    allocations: u64,
    frees: u64,
    resident_peak_bytes: Option<u64>,
    threads: u64,
    reallocs: u64,
}

impl Counters {
    fn of_run(profile: &Profile) -> Self {
        let totals = profile.totals();
        Self {
            peak_live_bytes: totals.peak_live.map_or(0, |peak| peak.bytes),
            peak_live_pid: totals.peak_live.map(|peak| peak.pid),
            live_bytes: totals.live.bytes,
            live_blocks: totals.live.blocks,
            allocated_bytes: totals.requested_bytes,
            allocations: totals.allocations,
            frees: totals.frees,
            resident_peak_bytes: totals.resident_peak.map(|peak| peak.bytes),
            threads: totals.threads_started,
            reallocs: totals
                .reallocs_in_place
                .saturating_add(totals.reallocs_moved),
        }
    }

    fn of(process: &Process) -> Self {
        Self {
            peak_live_bytes: process.peak_live_bytes,
            peak_live_pid: Some(process.pid),
            live_bytes: process.live.bytes,
            live_blocks: process.live.blocks,
            allocated_bytes: process.requested_bytes,
            allocations: process.allocations,
            frees: process.frees,
            resident_peak_bytes: process.resident_peak_bytes,
            threads: process.threads.started,
            reallocs: process
                .reallocs_in_place
                .saturating_add(process.reallocs_moved),
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct ProcessJson {
    pid: u32,
    ppid: u32,
    name: String,
    command: String,
    wall_ns: Option<u64>,
    end: String,
    forked: bool,
    counters: Counters,
    /// Index into the views; `None` where it cannot be looked at alone.
    view: Option<usize>,
}

impl ProcessJson {
    fn of(process: &Process) -> Self {
        Self {
            pid: process.pid,
            ppid: process.ppid,
            name: process.name().to_owned(),
            command: process.arguments.join(" "),
            wall_ns: process.wall.map(nanoseconds),
            end: match process.end {
                End::Signal(signal) => format!("killed by {}", signal::name(signal)),
                End::Unseen => "end not seen".to_owned(),
                end => end.word().to_owned(),
            },
            forked: process.forked,
            counters: Counters::of(process),
            view: None,
        }
    }
}

/// The process that an image is.
fn find(profile: &Profile, image: &Image) -> Option<usize> {
    let same_pid = |process: &Process| process.pid == image.pid;
    let same =
        |process: &Process| same_pid(process) && process.start_mono_ns == image.start_mono_ns;
    let mut processes = profile.processes.iter();
    // Of an image whose state file is lost only the process id is known.
    processes
        .position(same)
        .or_else(|| profile.processes.iter().position(same_pid))
}

/// Makes an entry for an image whose counters are lost.
fn unknown(processes: &mut Vec<ProcessJson>, image: &Image) -> usize {
    processes.push(ProcessJson {
        pid: image.pid,
        name: image.program.rsplit('/').next().unwrap_or("").to_owned(),
        end: "end not seen".to_owned(),
        wall_ns: image.wall_ns,
        ..ProcessJson::default()
    });
    processes.len() - 1
}

/// The images that can be looked at alone: of several those that allocated most, in the order in
/// which they began.
fn alone(recorded: &Recorded<'_>, limits: Limits) -> Vec<usize> {
    let images = &recorded.sites.images;
    if images.len() < 2 || recorded.each.len() != images.len() {
        return Vec::new();
    }
    let allocated = |at: &usize| recorded.each[*at].totals().allocated_bytes.value;
    let mut order: Vec<_> = (0..images.len()).collect();
    order.sort_by_cached_key(|at| Reverse(allocated(at)));
    order.truncate(limits.processes);
    order.sort_by_key(|&at| (images[at].start_mono_ns, at));
    order
}

/// What of the record is missing; the same sentence only once.
fn losses<'a>(profile: &'a Profile, sites: &'a Sites) -> Vec<&'a str> {
    let mut said = HashSet::new();
    let losses = profile.losses.iter().chain(&sites.notes);
    losses
        .map(String::as_str)
        .filter(|&loss| said.insert(loss))
        .collect()
}

fn nanoseconds(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

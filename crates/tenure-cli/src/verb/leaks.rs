//! `tenure leaks`: what is lost, and who allocated it.

use crate::failure::{DONE, Failure, GATE};
use crate::record::{self, Recording};
use crate::suppressing::{Suppressing, generated};
use crate::{look, screen};
use std::io::stdout;
use std::path::{Path, PathBuf};
use tenure_model::graph::{Heuristics, Kind};
use tenure_model::profile::{End, FrameId, Names, Process};
use tenure_report::holders::arena_hint;
use tenure_report::leaks::{self, HeapOf, KindSet, Leaks, LossRecord, Selection};
use tenure_report::quantity::span;

/// Loss records that are shown unless more are asked for.
const LIMIT: usize = 20;
/// Functions of a stack that are shown unless more are asked for; as many as valgrind shows.
pub(crate) const CALLERS: usize = 12;

/// Show what is lost of the heap, in the four kinds of valgrind, and who allocated it
///
/// A block is definitely lost if nothing points to it any more, indirectly lost if only lost
/// blocks do, possibly lost if the program reaches it by a pointer into its middle alone, and
/// still reachable otherwise. `tenure explain NAME` tells more.
///
/// A record has the heap as it was when the program left through exit, if it was made by
/// `tenure run --leaks`. Of a process that runs under `tenure run`, the heap is looked at now: it
/// stands still for some milliseconds, and a copy of it is read.
///
/// Exit codes: 0 done; 1 (or that of --error-exitcode) blocks of the kinds of --fail-on are lost;
/// 2 wrong arguments; 3 the record or process cannot be read, or no heap was looked at; 4 the
/// process does not record.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, the folder of a run, or the number of a process that runs
    /// under `tenure run`
    #[arg(value_name = "FILE|PID")]
    subject: PathBuf,
    /// Of which kinds the loss records are shown: definite, indirect, possible, reachable with
    /// commas between them; all; none
    #[arg(long, value_name = "KINDS", default_value = "definite,possible")]
    kinds: KindSet,
    #[command(flatten)]
    files: SuppressionFiles,
    /// Print an entry for each loss record that hides it the next time, in valgrind's grammar
    #[arg(long, conflicts_with = "json")]
    gen_suppressions: bool,
    /// Which pointers into the middle of a block hold it: stdstring, length64, newarray,
    /// multipleinheritance, hashtable, tagged with commas between them; all; none [default: all
    /// but tagged]
    #[arg(long, value_name = "WORDS")]
    heuristics: Option<Heuristics>,
    /// How many loss records are shown [default: 20; all in JSON]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How many functions of each stack are shown; JSON has them all
    #[arg(long, value_name = "N", default_value_t = CALLERS)]
    num_callers: usize,
    /// Print JSON, schema leaks/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
    /// End with another exit code if blocks of these kinds are lost [default with
    /// --error-exitcode: definite]
    #[arg(long, value_name = "KINDS")]
    fail_on: Option<KindSet>,
    /// The exit code if they are [default with --fail-on: 1]
    #[arg(long, value_name = "N")]
    error_exitcode: Option<u8>,
}

/// Files of suppressions.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct SuppressionFiles {
    /// Hide the leaks that this file names, in the grammar of valgrind or of LSan; may be repeated
    #[arg(long = "suppressions", value_name = "FILE")]
    pub(crate) paths: Vec<PathBuf>,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut suppressing = Suppressing::read(&arguments.files.paths)?;
    let heuristics = arguments.heuristics.unwrap_or_default();
    let recording = heaps_of(&arguments.subject, heuristics, arguments.json)?;
    not_classified(&recording)
        .iter()
        .for_each(|note| screen::complain(note));
    let gate = Gate::of(arguments.fail_on, arguments.error_exitcode);
    let shown = arguments.kinds;
    let wanted = shown.and(gate.map_or(KindSet::NONE, |gate| gate.kinds));
    let mut found = Found::of(recording, wanted, &mut suppressing);
    found.name(shown, arguments.limit.unwrap_or(usize::MAX));
    let names = found.names();
    let limit = |usual| arguments.limit.unwrap_or(usual);
    let text = if arguments.json {
        leaks::json(&found.leaks, &names, shown, limit(usize::MAX))
    } else if arguments.gen_suppressions {
        generated(&found.leaks, &names, shown)
    } else {
        let selection = Selection {
            kinds: shown,
            limit: limit(LIMIT),
            callers: arguments.num_callers,
        };
        leaks::text(&found.leaks, &names, selection, screen::style_of(&stdout()))
    };
    screen::print(&text)?;
    suppressing.tell_unused();
    Ok(gate.map_or(DONE, |gate| gate.code(&found.leaks)))
}

/// The recording at `subject`, or that of a process which looks at its heap now; unless `is_quiet`,
/// how long it stood still is told.
pub(crate) fn heaps_of(
    subject: &Path,
    heuristics: Heuristics,
    is_quiet: bool,
) -> Result<Recording, Failure> {
    let recording = match look::pid_of(subject) {
        None => record::read_heaps(subject, heuristics)?,
        Some(pid) => {
            let look = look::ask(pid)?;
            if !is_quiet {
                let stood = span(look.pause);
                screen::complain(&format!("process {pid} stood still for {stood}"));
            }
            record::read_heaps(&look.state, heuristics)?
        }
    };
    for heap in &recording.heaps {
        if let Some(hint) = arena_hint(&heap.recorded) {
            screen::complain(&hint);
        }
    }
    Ok(recording)
}

/// A demand that no blocks of some kinds are lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate {
    kinds: KindSet,
    code: u8,
}

impl Gate {
    /// The gate that is set by naming kinds, or an exit code, or both.
    pub(crate) fn of(kinds: Option<KindSet>, code: Option<u8>) -> Option<Self> {
        let definite = KindSet::only(Kind::DefinitelyLost);
        (kinds.is_some() || code.is_some()).then_some(Self {
            kinds: kinds.unwrap_or(definite),
            code: code.unwrap_or(GATE),
        })
    }

    /// The kinds that must not be lost.
    pub(crate) fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// The exit code.
    pub(crate) fn code(&self, leaks: &Leaks) -> u8 {
        match leaks.has_any(self.kinds) {
            true => self.code,
            false => DONE,
        }
    }
}

/// A recording, and what is lost in it.
pub(crate) struct Found {
    pub(crate) recording: Recording,
    pub(crate) leaks: Leaks,
}

impl Found {
    /// Finds what is lost, and hides what is suppressed, if loss records of `wanted` kinds matter.
    pub(crate) fn of(
        mut recording: Recording,
        wanted: KindSet,
        suppressing: &mut Suppressing,
    ) -> Self {
        let heaps = std::mem::take(&mut recording.heaps);
        let leaks = Leaks::of(heaps.iter().map(|heap| HeapOf {
            recorded: &heap.recorded,
            stacks: &heap.stacks,
            program: program_of(&recording, heap.recorded.scan().pid),
        }));
        drop(heaps);
        let mut found = Self { recording, leaks };
        let compared = suppressing.compared(wanted);
        found.name(compared, usize::MAX);
        let names = Names::new(&found.recording.sites, &found.recording.symbols);
        suppressing.hide(&mut found.leaks, &names, compared);
        found
    }

    /// Looks up the names of the first `limit` records of `kinds`.
    pub(crate) fn name(&mut self, kinds: KindSet, limit: usize) {
        let records = self.leaks.records_of(kinds).take(limit);
        let wanted = frames(&self.recording, records);
        record::complete(&mut self.recording, &wanted);
    }

    /// The names that are known.
    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(&self.recording.sites, &self.recording.symbols)
    }
}

fn frames<'a>(
    recording: &Recording,
    records: impl Iterator<Item = &'a LossRecord>,
) -> Vec<FrameId> {
    let stacks = &recording.sites.stacks;
    let frames = records.flat_map(|record| stacks.frames(record.stack));
    let mut frames: Vec<_> = frames.collect();
    frames.sort_unstable();
    frames.dedup();
    frames
}

fn program_of(recording: &Recording, pid: u32) -> &str {
    let processes = recording.profile.processes.iter();
    let mut of_pid = processes.filter(|process| process.pid == pid);
    of_pid.next_back().map_or("", |process| &process.program)
}

/// A sentence for each process of a run whose heap was not looked at: nobody knows what it has
/// lost.
pub(crate) fn not_classified(recording: &Recording) -> Vec<String> {
    let looked_at = |process: &&Process| {
        let mut heaps = recording.heaps.iter();
        heaps.any(|heap| heap.recorded.scan().pid == process.pid)
    };
    let others = recording
        .profile
        .processes
        .iter()
        .filter(|it| !looked_at(it));
    others
        .map(|process| {
            let why = match process.end {
                End::Exit => "its heap was not looked at".to_owned(),
                End::Fault => "it was stopped by a fault in its use of the heap".to_owned(),
                End::Exec => "it went on as another program".to_owned(),
                End::Signal(signal) => format!("it was killed by signal {signal}"),
                End::Running => "it still runs; name its pid".to_owned(),
                End::Unseen => "it did not leave through exit".to_owned(),
            };
            let name = process.program.rsplit('/').next().unwrap_or_default();
            format!(
                "process {} ({}): leaks are not classified: {why}",
                process.pid,
                name.escape_debug()
            )
        })
        .collect()
}

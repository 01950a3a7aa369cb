//! `tenure run`: run a program on Tenure's malloc, record it, say what its memory did.

use crate::failure::{DONE, Failure, USAGE};
use crate::place::Places;
use crate::program::Program;
use crate::record::{self, Depth, Loader, RecordWriter, Recording};
use crate::recording::{self, Choice};
use crate::supervisor::{self, Ended};
use crate::suppressing::Suppressing;
use crate::verb::leaks::{CALLERS, Found, Gate, SuppressionFiles, not_classified};
use crate::{library, screen};
use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, stderr};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use tenure_model::graph::Heuristics;
use tenure_model::profile::{Names, Outcome, Run};
use tenure_report::leaks::{self, KindSet, Selection};
use tenure_report::{Style, summary};
use tenure_trace::container::Tag;

/// Loss records that are shown after a run.
const LEAKS_MAX: usize = 5;
/// Reads the bytes of a limit.
fn limit(text: &str) -> Result<u64, String> {
    match recording::bytes(text)? {
        0 => Err("with a limit of 0 no program starts; write 200M, for example".to_owned()),
        bytes => Ok(bytes),
    }
}

/// What a shell adds to the number of the signal that killed a program.
const KILLED_BY: i32 = 128;

/// Run a program on Tenure's malloc, record what it does with its memory, print a summary
///
/// The program runs unchanged: it keeps stdin, stdout, stderr, signals and exit code. The summary
/// goes to stderr. Every process that it starts is recorded too, and nothing is lost when one is
/// killed.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "tenure run [OPTIONS] [--] PROGRAM [ARGS]...",
    after_long_help = AFTER_HELP
)]
pub(crate) struct Arguments {
    /// Where the record goes [default: tenure.PROGRAM.PID.tnr]
    ///
    /// While the program runs, its processes write into the folder FILE.run beside it.
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Let no process hold more than BYTES: requests beyond it fail, the program goes on
    ///
    /// malloc gives NULL with ENOMEM and new throws bad_alloc once the heap, and private anonymous
    /// memory that the program maps for itself, would hold more: after the heap has given back what
    /// it keeps free. The summary says how often that was, and who held the memory then. BYTES may
    /// end in KiB, MiB, GiB, or K, M, G. Each process that is started has the limit for itself.
    #[arg(long, value_name = "BYTES", value_parser = limit)]
    limit: Option<u64>,
    #[command(flatten)]
    leaks: LeakCheck,
    /// Print no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// The program, found as a shell finds it, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true,
        value_names = ["PROGRAM", "ARGS"])]
    pub(crate) command: Vec<OsString>,
}

/// What is done about leaks.
#[derive(Debug, clap::Args)]
struct LeakCheck {
    /// Look at the heap when the program leaves, and say what is lost: definitely, indirectly,
    /// possibly, and what is still reachable
    ///
    /// Records as --every does, unless another way is chosen; of a sampled run, the stacks of
    /// sampled blocks are known only. New blocks begin with zeroes, so that what was there before
    /// holds nothing. KINDS (definite, indirect, possible, reachable with commas
    /// between them, or all) are what --error-exitcode minds [default: definite].
    #[arg(long = "leaks", value_name = "KINDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "definite")]
    kinds: Option<KindSet>,
    /// End with this exit code if a block of KINDS is lost that no suppression hides [default: 1]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
        default_missing_value = "1", requires = "kinds")]
    error_exitcode: Option<u8>,
    #[command(flatten)]
    files: SuppressionFiles,
}

impl LeakCheck {
    fn gate(&self) -> Option<Gate> {
        Gate::of(
            self.kinds.filter(|_| self.error_exitcode.is_some()),
            self.error_exitcode,
        )
    }
}

const AFTER_HELP: &str = "\
Examples:
  tenure run -- python3 report.py
  tenure run -o build.tnr -- make -j4
  tenure run --limit 200M -- python3 report.py
  tenure run --leaks --error-exitcode=1 -- ./tests

Exit codes:
  That of the program; 128+N when signal N has killed it; that of --error-exitcode when blocks
  are lost. Before the program is started:
  2  wrong arguments; no such program, a folder, a file that cannot be executed; no place for
     the record
  4  nothing to record: a static program, one for another machine, one that gains privileges
     (set-user-id, set-group-id, file capabilities)

Signals:
  Ctrl-C, Ctrl-\\ and Ctrl-Z reach the program as they would without tenure. SIGTERM, SIGHUP,
  SIGUSR1 and SIGUSR2 sent to tenure are passed on, and so are SIGINT and SIGQUIT when they
  do not come from the terminal.

Environment:
  LD_PRELOAD  the library is put before what is there
  TENURE      set for the program; what is there is replaced
  NO_COLOR    no colours in the summary";

pub(crate) fn perform(arguments: Arguments) -> Result<u8, Failure> {
    let Some((typed, rest)) = arguments.command.split_first() else {
        return Ok(DONE);
    };
    let program = Program::find(typed, env::var_os("PATH").as_deref())?;
    let mut suppressing = Suppressing::read(&arguments.leaks.files.paths)?;
    if arguments.leaks.kinds.is_none() && !arguments.leaks.files.paths.is_empty() {
        let why = "--suppressions hides leaks, which are not looked for; add --leaks";
        return Err(Failure::new(USAGE, why));
    }
    let library = library::path()?;
    let places = Places::make(arguments.output, typed)?;
    places.notes.iter().for_each(|note| screen::complain(note));
    let mut words = arguments.choice.words(arguments.leaks.kinds.is_some());
    if let Some(bytes) = arguments.limit {
        words.push_str(&format!(",limit={bytes}"));
    }
    let ended = match supervisor::run(&program, rest, &library, &places.run_folder, &words) {
        Ok(ended) => ended,
        Err(failure) => {
            // Nothing was recorded yet.
            let _ = places.remove_run_folder();
            return Err(failure);
        }
    };
    let code = exit_code(&ended);
    let run = run_of(&arguments.command, &ended);
    let file = places.record(typed, ended.pid);
    let depth = match arguments.leaks.kinds {
        Some(_) => Depth::Heaps(Heuristics::default()),
        None => Depth::Sites,
    };
    let kept = keep(&run, &places, &file, depth);
    ended.notes.iter().for_each(|note| screen::complain(note));
    match kept {
        Ok(mut recording) => {
            report(
                &mut recording,
                &program,
                &places.run_folder,
                &file,
                arguments.quiet,
            );
            if arguments.leaks.kinds.is_some() {
                let gate = arguments.leaks.gate();
                let lost = report_leaks(recording, gate, &mut suppressing, arguments.quiet);
                return Ok(lost.unwrap_or(code));
            }
        }
        Err(error) => screen::complain(&format!(
            "{}: the record cannot be written: {error}; what was recorded is in {}: `tenure stats` \
             reads it from there",
            file.display(),
            places.run_folder.display(),
        )),
    }
    Ok(code)
}

/// Writes the record and removes the run's folder; gives what the record says.
fn keep(run: &Run, places: &Places, file: &Path, depth: Depth) -> io::Result<Recording> {
    let mut loader = Loader::new(depth);
    loader.run(run.clone());
    let mut writer = RecordWriter::create(file)?;
    writer.section(Tag::META, &record::to_json(run))?;
    record::collect(&places.run_folder, Some(&mut writer), &mut loader)?;
    writer.finish()?;
    if let Err(error) = places.remove_run_folder() {
        let folder = places.run_folder.display();
        screen::complain(&format!(
            "{folder} cannot be removed: {error}; remove it by hand"
        ));
    }
    Ok(loader.finish())
}

/// Says what was recorded, or why nothing was.
fn report(recording: &mut Recording, program: &Program, folder: &Path, file: &Path, quiet: bool) {
    for loss in &recording.profile.losses {
        screen::complain(loss);
    }
    if recording.profile.processes.is_empty() {
        return screen::complain(&nothing_recorded(program, folder));
    }
    if !quiet {
        let style = screen::style_of(&stderr());
        let text = summary::text(&recording.profile, style, summary::Detail::Brief);
        let sites = sites(recording, style);
        let has_sites = !sites.is_empty();
        let unread = summary::unread_interpreters(&recording.sites, style);
        let footer = summary::footer(&file.to_string_lossy(), has_sites, style);
        screen::print_aside(&format!("\n{text}{sites}{unread}{footer}"));
    }
}

/// Says what is lost; gives the exit code if a gate was set that does not hold.
fn report_leaks(
    recording: Recording,
    gate: Option<Gate>,
    suppressing: &mut Suppressing,
    quiet: bool,
) -> Option<u8> {
    for note in not_classified(&recording) {
        screen::complain(&note);
    }
    if recording.heaps.is_empty() {
        return None;
    }
    let gated = gate.map_or(KindSet::NONE, |gate| gate.kinds());
    let shown = KindSet::default().and(gated);
    let mut found = Found::of(recording, shown, suppressing);
    if !quiet {
        found.name(shown, LEAKS_MAX);
        let selection = Selection {
            kinds: shown,
            limit: LEAKS_MAX,
            callers: CALLERS,
        };
        let style = screen::style_of(&stderr());
        let text = leaks::text(&found.leaks, &found.names(), selection, style);
        screen::print_aside(&format!("\n{text}"));
    }
    suppressing.tell_unused();
    let code = gate?.code(&found.leaks);
    (code != DONE).then_some(code)
}

/// The sites with the most; only their frames are looked up.
fn sites(recording: &mut Recording, style: Style) -> String {
    let named = summary::named_sites(&recording.sites);
    let frames = named
        .iter()
        .flatten()
        .flat_map(|site| recording.sites.stack(site));
    let wanted: BTreeSet<_> = frames.collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    record::complete(recording, &wanted);
    summary::sites(&Names::new(&recording.sites, &recording.symbols), style)
}

fn nothing_recorded(program: &Program, folder: &Path) -> String {
    let path = program.path.display();
    if program.is_for_musl() {
        return format!(
            "nothing was recorded: {path} is built for musl, whose loader cannot load a library \
             made for glibc; build it for glibc"
        );
    }
    format!(
        "nothing was recorded: {path} ran, but opened no record in {}. Either the library was not \
         loaded (then ld.so says why, above; a wrapper that clears the environment or is confined \
         to a sandbox or container has the same effect), or the program runs as a user who may not \
         write there. Run the program itself, without the wrapper",
        folder.display()
    )
}

fn exit_code(ended: &Ended) -> u8 {
    let code = match outcome(ended) {
        Outcome::Code(code) => code,
        Outcome::Signal(signal) => KILLED_BY + signal,
    };
    u8::try_from(code).unwrap_or(u8::MAX)
}

fn outcome(ended: &Ended) -> Outcome {
    match ended.status.signal() {
        Some(signal) => Outcome::Signal(signal),
        None => Outcome::Code(ended.status.code().unwrap_or(0)),
    }
}

fn run_of(command: &[OsString], ended: &Ended) -> Run {
    Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        directory: env::current_dir()
            .map(|folder| folder.to_string_lossy().into_owned())
            .unwrap_or_default(),
        start_unix_ns: ended.start_unix_ns,
        wall: ended.wall,
        root_pid: ended.pid,
        outcome: Some(outcome(ended)),
        processes: ended.processes.clone(),
    }
}

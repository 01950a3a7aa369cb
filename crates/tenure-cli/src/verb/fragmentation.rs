//! `tenure fragmentation`: what a heap holds, and why.

use crate::failure::{DONE, Failure, INPUT, USAGE};
use crate::record::{self, Recording};
use crate::{look, screen};
use std::io::stdout;
use std::path::{Path, PathBuf};
use tenure_model::profile::Names;
use tenure_report::fragmentation::{Selection, json, text};
use tenure_report::quantity::span;

/// Sites that are shown unless more are asked for.
const SITES: usize = 10;

/// Show what the heap holds and why: live blocks, waste, pinned and cached free memory
///
/// Held is the sum, to the byte, of what blocks in use were asked for, what they waste, free slots
/// that live neighbours pin on their heap pages, and free memory that is still resident. Of a run
/// with --every or --events each page's free slots are charged to the sites whose blocks pin it.
///
/// A record has the heap as it was when the program left through exit. Of a process that runs under
/// `tenure run`, pages are counted now: it stands still for some milliseconds, and a copy of it
/// counts.
///
/// Exit codes: 0 done; 2 wrong arguments; 3 the record or process cannot be read, or its pages were
/// not counted; 4 the process does not record.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, the folder of a run, or the number of a process that runs
    /// under `tenure run`
    #[arg(value_name = "FILE|PID")]
    subject: PathBuf,
    /// How many sites are shown [default: 10; all in JSON]
    #[arg(long, value_name = "N")]
    sites: Option<usize>,
    /// Show only the size class that blocks of so many bytes are of, and who pins its pages
    #[arg(long, value_name = "BYTES")]
    class: Option<u64>,
    /// Print JSON, schema fragmentation/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut recording = pages_of(&arguments.subject, arguments.json)?;
    let held = recording.fragmentation(arguments.class);
    if let (Some(bytes), true) = (arguments.class, held.classes.is_empty()) {
        let why = format!(
            "no heap page has blocks of {bytes} bytes; without --class all size classes are shown"
        );
        return Err(Failure::new(USAGE, why));
    }
    let usual = if arguments.json { usize::MAX } else { SITES };
    let sites = arguments.sites.unwrap_or(usual);
    // An advice names the first site, whether it is listed or not.
    let stacks = held.sites.iter().take(sites.max(1)).map(|site| site.stack);
    let stacks: Vec<_> = stacks.collect();
    record::name_stacks(&mut recording, &stacks);
    let names = Names::new(&recording.sites, &recording.symbols);
    let selection = Selection {
        sites,
        is_one_class: arguments.class.is_some(),
    };
    let shown = match arguments.json {
        true => json(&held, &names, sites),
        false => text(&held, &names, selection, screen::style_of(&stdout())),
    };
    screen::print(&shown)?;
    Ok(DONE)
}

/// The recording at `subject`, or that of a process whose pages are counted now; unless `is_quiet`,
/// how long it stood still is told.
fn pages_of(subject: &Path, is_quiet: bool) -> Result<Recording, Failure> {
    let Some(pid) = look::pid_of(subject) else {
        return record::read_pages(subject);
    };
    let look = look::ask(pid)?;
    if !is_quiet {
        let stood = span(look.pause);
        screen::complain(&format!("process {pid} stood still for {stood}"));
    }
    let recording = record::read_pages(&look.state)?;
    let is_it = |pages: &record::Pages| pages.recorded.scan().is_copy;
    match recording.pages.iter().any(is_it) {
        true => Ok(recording),
        false => Err(Failure::new(
            INPUT,
            format!(
                "process {pid}: its pages could not be counted; what it said stands in its stderr"
            ),
        )),
    }
}

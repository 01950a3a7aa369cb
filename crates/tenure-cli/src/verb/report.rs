//! `tenure report`: a record as one page for a browser.

use crate::failure::{DONE, Failure, USAGE};
use crate::record::Recording;
use crate::suppressing::Suppressing;
use crate::{place, record, screen};
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tenure_model::profile::Names;
use tenure_report::leaks::{HeapOf, KindSet, Leaks};
use tenure_report::quantity::{bytes, count, counted};
use tenure_report::report::{Limits, Page, Recorded, page};
use tenure_report::{PAGE_BEGIN, shell_word};

/// How long the desktop has to say that it cannot open a file.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// Make a page of a record that opens in any browser, without a network
///
/// The page shows the call stacks as a graph that zooms and searches, live bytes over time with
/// the peak, and a table of all sites with their sizes and lifetimes; of the whole run and of
/// each process. A tab shows what the heap held when the program left, and which sites pin free
/// memory. Where the heap was looked at (`tenure run --leaks`), tabs show who holds the memory,
/// what is lost, and the way from a root to a block. It is one file that can be sent to
/// others; names of functions and files of the program, and its command line, are in it.
///
/// Exit codes: 0 done; 2 wrong arguments, or the page cannot be written; 3 the record cannot be
/// read. What is torn or damaged is left out and told on stderr and on the page.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, or the folder that a killed `tenure run` has left
    file: PathBuf,
    /// Where the page goes [default: FILE with the ending .html]
    ///
    /// A page that tenure made is replaced, any other file is not.
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Open the page with the desktop's browser (xdg-open)
    #[arg(long)]
    open: bool,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => beside(&arguments.file)?,
    };
    place::may_replace(&output, PAGE_BEGIN.as_bytes(), "page")?;
    let mut recording = record::read_each(&arguments.file)?;
    let places = record::name_heaps(&mut recording);
    let names = Names::new(&recording.sites, &recording.symbols);
    let heaps = recording.holders(&places, &names);
    let leaks = leaks_of(&recording, &names)?;
    let held = recording.fragmentation(None);
    let name = arguments.file.file_name().unwrap_or_default();
    let recorded = Recorded {
        name: &name.to_string_lossy(),
        profile: &recording.profile,
        sites: &recording.sites,
        each: &recording.each,
        symbols: &recording.symbols,
        heaps: &heaps,
        leaks: leaks.as_ref(),
        held: Some(&held).filter(|held| !held.processes.is_empty()),
    };
    let page = page(&recorded, Limits::default());
    write(&output, page.html.as_bytes()).map_err(|error| {
        let output = output.display();
        let why = format!("{output}: {error}; name a file that can be written");
        Failure::new(USAGE, why)
    })?;
    screen::print(&told(&output, &page))?;
    if arguments.open {
        open(&output);
    }
    Ok(DONE)
}

/// What is lost of the heaps that were looked at, without what the built-in suppressions hide.
fn leaks_of(recording: &Recording, names: &Names<'_>) -> Result<Option<Leaks>, Failure> {
    if recording.heaps.is_empty() {
        return Ok(None);
    }
    let mut leaks = Leaks::of(recording.heaps.iter().map(|heap| HeapOf {
        recorded: &heap.recorded,
        stacks: &heap.stacks,
        program: recording.program_of(heap.recorded.scan()),
    }));
    let mut suppressing = Suppressing::read(&[])?;
    let compared = suppressing.compared(KindSet::ALL);
    suppressing.hide(&mut leaks, names, compared);
    Ok(Some(leaks))
}

/// The page's name where the user gives none: the record's, with another ending.
fn beside(record: &Path) -> Result<PathBuf, Failure> {
    match fs::metadata(record) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let why = "is no file that a page could stand beside; name the page with -o";
            Err(Failure::new(USAGE, format!("{} {why}", record.display())))
        }
        // What cannot be read is told by who reads it.
        _ => Ok(record.with_extension("html")),
    }
}

/// One line on what was made.
fn told(output: &Path, page: &Page) -> String {
    let sites = counted(page.sites as u64, "site", "sites");
    let rest = match page.sites - page.listed {
        0 => String::new(),
        others => format!(
            ", of which {} are listed one by one and {} summed up",
            count(page.listed as u64),
            count(others as u64)
        ),
    };
    let name = shell_word(&output.to_string_lossy());
    let size = bytes(page.html.len() as u64);
    format!("{name}  {size}, {sites}{rest}\n")
}

/// Writes a file so that it is there whole or not at all.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or(ErrorKind::InvalidFilename)?);
    name.push(format!(".{}", process::id()));
    let temporary = path.with_file_name(name);
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not have been made at all.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Hands the page to the desktop; where that does not work, says what the user can do.
fn open(page: &Path) {
    let name = page.display();
    let by_hand = |why: String| screen::complain(&format!("{why}; open {name} in a browser"));
    let started = Command::new("xdg-open")
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut desktop = match started {
        Ok(desktop) => desktop,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return by_hand("xdg-open is not installed here".to_owned());
        }
        Err(error) => return by_hand(format!("xdg-open cannot be started: {error}")),
    };
    // It may go on for as long as the browser is open.
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        match desktop.try_wait() {
            Ok(Some(status)) if status.success() => return,
            Ok(Some(status)) => return by_hand(format!("xdg-open has failed ({status})")),
            Ok(None) => thread::sleep(LOOK),
            Err(error) => return by_hand(format!("xdg-open cannot be waited for: {error}")),
        }
    }
}

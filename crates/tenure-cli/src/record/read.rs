//! Reading a record, in whatever state it is.

use super::input::Input;
use super::loader::{Depth, Loader, Recording, read_state};
use super::sections::{self, read_sections};
use super::{folder, symbols};
use crate::failure::{Failure, INPUT};
use crate::screen;
use crate::supervisor::StateFile;
use std::fs;
use std::io::Read;
use std::path::Path;
use tenure_model::graph::Heuristics;
use tenure_model::profile::Profile;
use tenure_trace::container;
use tenure_trace::state::{StateView, header};

/// The processes of the record at `path`, and what their pages held: a `.tnr` file, a state file,
/// or the folder of a run.
///
/// What is torn or damaged is left out and told in [`Profile::losses`].
pub(crate) fn read(path: &Path) -> Result<Recording, Failure> {
    recording(path, Depth::Counters)
}

/// The record at `path` with what pages held, of one process at least. Names are not looked up.
/// What was torn or damaged is told on stderr.
pub(crate) fn read_pages(path: &Path) -> Result<Recording, Failure> {
    let recording = told(path, Depth::Pages)?;
    if recording.pages.is_empty() {
        let why = "no heap pages were counted in this record: the program did not leave through \
                   exit, or an older tenure recorded it; record it to its end, or name the pid \
                   while it runs; `tenure stats` shows the size classes";
        return Err(Failure::new(INPUT, format!("{}: {why}", path.display())));
    }
    Ok(recording)
}

/// The record at `path` with its call stacks, of which there is at least one, and their names.
/// What was torn or damaged is told on stderr.
pub(crate) fn read_named(path: &Path) -> Result<Recording, Failure> {
    let recording = named(path, Depth::Sites)?;
    if recording.sites.sites.is_empty() {
        let why = no_stacks(path);
        return Err(Failure::new(INPUT, why));
    }
    Ok(recording)
}

/// What is said of a record without call stacks.
pub(crate) fn no_stacks(path: &Path) -> String {
    format!(
        "{}: it holds no call stacks: none were recorded, or none could be read; `tenure stats` \
         shows the size classes",
        path.display()
    )
}

/// The record at `path` with its call stacks, those of each process, their names, and heaps; it may
/// have none. What was torn or damaged is told on stderr.
pub(crate) fn read_each(path: &Path) -> Result<Recording, Failure> {
    named(path, Depth::Each)
}

/// The record at `path` with the heaps that were looked at, of which there is at least one. Names
/// are not looked up. What was torn or damaged is told on stderr.
pub(crate) fn read_heaps(path: &Path, heuristics: Heuristics) -> Result<Recording, Failure> {
    let recording = told(path, Depth::Heaps(heuristics))?;
    if recording.heaps.is_empty() {
        return Err(Failure::new(
            INPUT,
            format!("{}: {}", path.display(), no_heap(&recording.profile)),
        ));
    }
    Ok(recording)
}

/// Why no heap was looked at.
fn no_heap(profile: &Profile) -> String {
    let command = profile.run.as_ref().map(|run| &run.command);
    let program = command.and_then(|command| command.first());
    let program = program.map_or("PROGRAM".to_owned(), |word| tenure_report::shell_word(word));
    format!(
        "no heap was looked at in this record: recorded without --leaks, or the program did not \
         leave through exit; run again with `tenure run --leaks -- {program} …`, or name the pid \
         while it runs"
    )
}

fn told(path: &Path, depth: Depth) -> Result<Recording, Failure> {
    let recording = recording(path, depth)?;
    let name = path.display();
    for loss in &recording.profile.losses {
        screen::complain(&format!("{name}: {loss}"));
    }
    Ok(recording)
}

fn named(path: &Path, depth: Depth) -> Result<Recording, Failure> {
    let mut recording = told(path, depth)?;
    let frames = recording.sites.stacks.nodes().map(|node| node.1);
    let mut wanted: Vec<_> = frames.collect();
    wanted.sort_unstable();
    wanted.dedup();
    symbols::complete(&mut recording, &wanted);
    Ok(recording)
}

fn recording(path: &Path, depth: Depth) -> Result<Recording, Failure> {
    let unreadable = |why: String| Failure::new(INPUT, format!("{}: {why}", path.display()));
    let found = fs::metadata(path)
        .map_err(|error| unreadable(format!("{error}; check the path of the record")))?;
    let mut loader = Loader::new(depth);
    if found.is_dir() {
        folder::collect(path, None, &mut loader).map_err(|error| unreadable(error.to_string()))?;
    } else {
        of_file(path, &mut loader).map_err(unreadable)?;
    }
    let recording = loader.finish();
    if recording.profile.processes.is_empty() && recording.sites.sites.is_empty() {
        return Err(unreadable(nothing_in(&recording.profile, found.is_dir())));
    }
    Ok(recording)
}

/// Takes in the file at `path`, or says why it cannot.
fn of_file(path: &Path, loader: &mut Loader) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let mut input = Input::open(path).map_err(told)?;
    let begin = input.read_up_to(sections::HEADER_BYTES).map_err(told)?;
    if begin.is_empty() {
        return Err("the file is empty; record again".into());
    }
    if begins_like(&begin, &header::MAGIC) || begin.starts_with(&[0; 8]) {
        let bytes = read_state(&mut begin.as_slice().chain(&mut input)).map_err(told)?;
        StateView::parse(&bytes).map_err(|error| error.to_string())?;
        // The process's other files stand beside it.
        return match StateFile::at(path) {
            Some((file, folder)) => folder::process(file, &folder, None, loader).map_err(told),
            None => {
                loader.state(&bytes, None);
                Ok(())
            }
        };
    }
    if !begins_like(&begin, &container::MAGIC) {
        return Err(foreign(&begin));
    }
    read_sections(&begin, &mut input, loader)
}

/// Whether `bytes` begins with `magic`, as far as both go.
fn begins_like(bytes: &[u8], magic: &[u8]) -> bool {
    bytes
        .iter()
        .zip(magic)
        .all(|(found, wanted)| found == wanted)
}

fn foreign(bytes: &[u8]) -> String {
    let begin = &bytes[..bytes.len().min(8)];
    format!(
        "not a record: it begins with \"{}\", not with \"{}\" (a .tnr file) or \"{}\" (a state \
         file); `tenure run -o FILE -- PROGRAM` makes one",
        begin.escape_ascii(),
        container::MAGIC.escape_ascii(),
        header::MAGIC.escape_ascii(),
    )
}

/// Why a record has no process in it.
fn nothing_in(profile: &Profile, is_folder: bool) -> String {
    let losses = profile.losses.join("; ");
    match (&profile.run, is_folder) {
        _ if !losses.is_empty() => format!("nothing can be salvaged: {losses}"),
        (_, true) => "no state file is in this folder; name the folder of a run (FILE.run)".into(),
        (Some(run), false) => format!(
            "nothing was recorded in this run of {}; run it again and see what `tenure run` says",
            run.command.first().map_or("a program", String::as_str)
        ),
        (None, false) => "the record holds no process; record again".into(),
    }
}

//! Reading a record, in whatever state it is.

use super::from_json;
use crate::failure::{Failure, INPUT};
use crate::progress::Progress;
use crate::supervisor::{StateFile, state_files};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use tenure_model::profile::{Process, Profile, Run};
use tenure_trace::container::{self, Sections, Tag};
use tenure_trace::state::{StateError, StateView, header};

/// No record of this version is larger; what is, is something else. In bytes.
const RECORD_BYTES_MAX: u64 = 1 << 30;
/// Bytes read between two looks at the clock.
const STEP_BYTES: u64 = 1 << 20;

/// The processes of the record at `path`: a `.tnr` file, a state file, or the folder of a run.
///
/// What is torn or damaged is left out and told in [`Profile::losses`].
pub(crate) fn read(path: &Path) -> Result<Profile, Failure> {
    let unreadable = |why: String| Failure::new(INPUT, format!("{}: {why}", path.display()));
    let found = fs::metadata(path)
        .map_err(|error| unreadable(format!("{error}; check the path of the record")))?;
    let profile = if found.is_dir() {
        let gathered = gather(path).map_err(|error| unreadable(error.to_string()))?;
        profile(None, &gathered)
    } else {
        let bytes = read_bytes(path, &found).map_err(|error| unreadable(error.to_string()))?;
        of_bytes(&bytes).map_err(unreadable)?
    };
    if profile.processes.is_empty() {
        return Err(unreadable(nothing_in(&profile, found.is_dir())));
    }
    Ok(profile)
}

/// The state files of a run's folder.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Those that can be read, each cut after its last used shard.
    pub(crate) states: Vec<Vec<u8>>,
    /// What cannot be read, one sentence each.
    pub(crate) losses: Vec<String>,
}

/// Reads every state file in `folder`.
pub(crate) fn gather(folder: &Path) -> io::Result<Gathered> {
    let mut gathered = Gathered::default();
    for file in state_files(folder)? {
        match read_state(file, folder) {
            Ok(Some(state)) => gathered.states.push(state),
            Ok(None) => {}
            Err(why) => gathered.losses.push(format!("process {}: {why}", file.pid)),
        }
    }
    Ok(gathered)
}

/// The used part of a state file; `None` for one that was not begun when its process was killed.
fn read_state(file: StateFile, folder: &Path) -> Result<Option<Vec<u8>>, String> {
    let path = file.path(folder);
    let found = fs::metadata(&path).map_err(|error| error.to_string())?;
    let mut bytes = read_bytes(&path, &found).map_err(|error| error.to_string())?;
    let used = match StateView::parse(&bytes) {
        Ok(state) => state.used_bytes().len(),
        Err(StateError::Blank) => return Ok(None),
        Err(StateError::Short { have_bytes: 0, .. }) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    bytes.truncate(used);
    Ok(Some(bytes))
}

/// The profile of gathered state files.
pub(crate) fn profile(run: Option<Run>, gathered: &Gathered) -> Profile {
    let mut losses = gathered.losses.clone();
    let mut processes = Vec::new();
    for state in &gathered.states {
        match StateView::parse(state) {
            Ok(state) => processes.push(process(&state, &mut losses)),
            Err(error) => losses.push(error.to_string()),
        }
    }
    Profile::new(run, processes, losses)
}

fn process(state: &StateView<'_>, losses: &mut Vec<String>) -> Process {
    let process = Process::from_state(state);
    if process.missing_shards > 0 {
        losses.push(format!(
            "process {}: the state file is cut short, the counters of {} of its {} threads are \
             missing",
            process.pid,
            process.missing_shards,
            state.header().shard_count
        ));
    }
    process
}

/// The profile of a file with this content, or why there is none.
fn of_bytes(bytes: &[u8]) -> Result<Profile, String> {
    if bytes.is_empty() {
        return Err("the file is empty; record again".into());
    }
    if begins_like(bytes, &header::MAGIC) || bytes.starts_with(&[0; 8]) {
        StateView::parse(bytes).map_err(|error| error.to_string())?;
        let states = vec![bytes.to_owned()];
        return Ok(profile(
            None,
            &Gathered {
                states,
                losses: Vec::new(),
            },
        ));
    }
    if !begins_like(bytes, &container::MAGIC) {
        return Err(foreign(bytes));
    }
    let sections = Sections::parse(bytes).map_err(|error| error.to_string())?;
    let (mut run, mut gathered) = (None, Gathered::default());
    for section in sections {
        match section {
            Ok(section) if section.tag == Tag::META => match from_json(section.payload) {
                Ok(facts) => run = Some(facts),
                Err(why) => gathered.losses.push(format!(
                    "the facts about the run, at byte {}, cannot be read: {why}",
                    section.offset
                )),
            },
            Ok(section) if section.tag == Tag::PROC => {
                gathered.states.push(section.payload.to_owned());
            }
            Ok(section) => gathered.losses.push(format!(
                "the {} section at byte {} was left out: a newer tenure wrote it",
                section.tag, section.offset
            )),
            Err(error) => gathered.losses.push(error.to_string()),
        }
    }
    Ok(profile(run, &gathered))
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

/// The content of a file or pipe, up to what a record can be.
fn read_bytes(path: &Path, found: &fs::Metadata) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileTypeExt;
    let too_large = || {
        io::Error::other(format!(
            "larger than {} GiB, which no record is; check the file name",
            RECORD_BYTES_MAX >> 30
        ))
    };
    if !(found.is_file() || found.file_type().is_fifo()) {
        return Err(io::Error::other(
            "neither a file nor a folder; name the record",
        ));
    }
    if found.len() > RECORD_BYTES_MAX {
        return Err(too_large());
    }
    let mut file = File::open(path)?.take(RECORD_BYTES_MAX + 1);
    let mut bytes = Vec::new();
    let mut progress = Progress::new(found.len());
    while file.by_ref().take(STEP_BYTES).read_to_end(&mut bytes)? > 0 {
        progress.show(bytes.len() as u64);
    }
    progress.done();
    if bytes.len() as u64 > RECORD_BYTES_MAX {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

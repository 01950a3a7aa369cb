//! Taking in the files of a run's folder, and copying them into a record on the way.

use super::RecordWriter;
use super::input::Input;
use super::loader::{ArrayFailure, Loader, read_state};
use super::look_file::{LEVEL, LookBytes, LookFile};
use crate::supervisor::{StateFile, state_files};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use tenure_trace::container::Tag;
use tenure_trace::profile::{ArrayHeader, Kind, array};
use tenure_trace::state::{StateError, StateView};

/// How hard events are compressed; the default of zstd.
const EVENTS_LEVEL: i32 = 3;

/// Takes in every process of `folder`, and writes its files to `record` where there is one.
///
/// # Errors
///
/// Those of listing the folder and of writing. What cannot be read is told to the loader.
pub(crate) fn collect(
    folder: &Path,
    mut record: Option<&mut RecordWriter>,
    loader: &mut Loader,
) -> io::Result<()> {
    for file in state_files(folder)? {
        process(file, folder, record.as_deref_mut(), loader)?;
    }
    Ok(())
}

/// Takes in the files of one process.
pub(crate) fn process(
    file: StateFile,
    folder: &Path,
    mut record: Option<&mut RecordWriter>,
    loader: &mut Loader,
) -> io::Result<()> {
    let of_process = |why: String| format!("process {}: {why}", file.pid);
    let read = Input::open(&file.path(folder)).and_then(|mut input| read_state(&mut input));
    match read.map(|bytes| (StateView::parse(&bytes).err(), bytes)) {
        Ok((None, bytes)) => {
            if let Some(record) = record.as_deref_mut() {
                record.section(Tag::PROC, &bytes)?;
            }
            loader.state(&bytes, Some(file.sequence));
        }
        // It was not begun when its process was killed.
        Ok((Some(StateError::Blank | StateError::Short { have_bytes: 0, .. }), _)) => return Ok(()),
        Ok((Some(error), _)) => loader.lost(of_process(error.to_string())),
        Err(error) => loader.lost(of_process(error.to_string())),
    }
    for kind in Kind::ALL {
        match array_file(kind, file, folder, record.as_deref_mut(), loader) {
            Ok(()) => {}
            Err(Refusal::Writing(error)) => return Err(error),
            Err(Refusal::Reading(why)) => {
                loader.lost(of_process(format!("its {}: {why}", kind.name())));
            }
        }
    }
    for look in LookFile::ALL {
        match look_file(look, file, folder, record.as_deref_mut(), loader) {
            Ok(()) => {}
            Err(Refusal::Writing(error)) => return Err(error),
            Err(Refusal::Reading(why)) => {
                loader.lost(of_process(format!("its {}: {why}", look.subject())));
            }
        }
    }
    loader.end_of_process();
    Ok(())
}

/// Takes in what a look at the heap has left, where there was one.
fn look_file(
    look: LookFile,
    file: StateFile,
    folder: &Path,
    record: Option<&mut RecordWriter>,
    loader: &mut Loader,
) -> Result<(), Refusal> {
    if record.is_none() && !look.is_wanted(loader) {
        return Ok(());
    }
    let reading = |error: io::Error| Refusal::Reading(error.to_string());
    let path = file.beside(folder, look.name());
    let mut input = match Input::open(&path) {
        Ok(input) => input,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(reading(error)),
    };
    let head = look.head(&mut input).map_err(reading)?;
    if let Some(why) = look.refusal(&head) {
        return Err(Refusal::Reading(why));
    }
    if let Some(record) = record {
        packed(look.tag(), LEVEL, &head, &mut input, record)?;
        if !look.is_wanted(loader) {
            return Ok(());
        }
        input = Input::open(&path).map_err(reading)?;
        look.head(&mut input).map_err(reading)?;
    }
    let read = LookBytes::read(head, &mut input);
    look.take_in(&read, false, loader).map_err(Refusal::Reading)
}

/// Why an array file was not copied.
enum Refusal {
    /// The record cannot be written.
    Writing(io::Error),
    /// The file cannot be read.
    Reading(String),
}

/// Takes in one array file, as far as its header says that it is used.
fn array_file(
    kind: Kind,
    file: StateFile,
    folder: &Path,
    record: Option<&mut RecordWriter>,
    loader: &mut Loader,
) -> Result<(), Refusal> {
    let reading = |error: io::Error| Refusal::Reading(error.to_string());
    let mut input = match Input::open(&file.beside(folder, kind.name())) {
        Ok(input) => input,
        // Not every mode makes every file.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(reading(error)),
    };
    let head = input
        .read_up_to(array::HEADER_BYTES as u64)
        .map_err(reading)?;
    let header = match ArrayHeader::parse(kind, &head) {
        Ok(header) => header,
        Err(error) if error.is_unbegun() => return Ok(()),
        Err(error) => return Err(Refusal::Reading(error.to_string())),
    };
    let used = header.count.saturating_mul(header.element_bytes.into());
    let mut rest = input.take(used);
    match (kind, record) {
        (Kind::Events, None) => Ok(()),
        (Kind::Events, Some(record)) => packed(Tag::EVNT, EVENTS_LEVEL, &head, &mut rest, record),
        (_, None) if !loader.wants_sites() => Ok(()),
        (_, None) => {
            let mut whole = head.as_slice().chain(rest);
            taken(loader.array(kind, &mut whole, &mut |_| Ok(())))
        }
        (_, Some(record)) => copied(kind, &mut head.as_slice().chain(rest), record, loader),
    }
}

/// Takes in an array file and writes every byte of it as a section.
fn copied(
    kind: Kind,
    whole: &mut dyn Read,
    record: &mut RecordWriter,
    loader: &mut Loader,
) -> Result<(), Refusal> {
    record.begin(kind.tag()).map_err(Refusal::Writing)?;
    let mut failed = None;
    let mut copy = |bytes: &[u8]| {
        let written = record.write_all(bytes);
        written.map_err(|error| {
            failed = Some(error);
            ErrorKind::Other.into()
        })
    };
    let loaded = loader.array(kind, whole, &mut copy);
    if let Some(error) = failed {
        return Err(Refusal::Writing(error));
    }
    // What was too large to take in is in the record all the same.
    io::copy(whole, record).map_err(Refusal::Writing)?;
    record.end().map_err(Refusal::Writing)?;
    taken(loaded)
}

fn taken(loaded: Result<(), ArrayFailure>) -> Result<(), Refusal> {
    match loaded {
        Ok(()) => Ok(()),
        Err(ArrayFailure::Format(error)) => Err(Refusal::Reading(error.to_string())),
        Err(ArrayFailure::Input(error)) => Err(Refusal::Reading(error.to_string())),
        Err(ArrayFailure::Large) => Err(Refusal::Reading(
            "larger than 1 GiB, which is more than is read; it is in the record".into(),
        )),
    }
}

/// Writes a file as a section: the header as it is, then the rest as one zstd frame.
fn packed(
    tag: Tag,
    level: i32,
    head: &[u8],
    input: &mut dyn Read,
    record: &mut RecordWriter,
) -> Result<(), Refusal> {
    let mut write = || -> io::Result<()> {
        record.begin(tag)?;
        record.write_all(head)?;
        let mut encoder = zstd::Encoder::new(&mut *record, level)?;
        io::copy(input, &mut encoder)?;
        encoder.finish()?;
        record.end()
    };
    write().map_err(Refusal::Writing)
}

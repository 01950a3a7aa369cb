//! Where a run puts its record, and the folder in which the record comes about.
//!
//! The run's folder stands beside the record: `FILE.run`, or `tenure.PROGRAM.run-PID` while the
//! record has no name yet. When it cannot be made there, it is made under the folder for temporary
//! files. It is removed when the record is written; what a killed `tenure` leaves is a folder that
//! `tenure stats` reads.

use crate::failure::{Failure, USAGE};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf, absolute};
use std::process;
use tenure_trace::container;

/// How many folders of the same name are stepped over.
const NAMES_MAX: u32 = 100;

/// The places of one run.
#[derive(Debug)]
pub(crate) struct Places {
    /// The record, where the user has named it.
    named: Option<PathBuf>,
    /// The folder for a record that the user has not named; empty for the current one.
    record_folder: PathBuf,
    /// The folder in which the processes of the run write; an absolute path.
    pub(crate) run_folder: PathBuf,
    /// What is not where one would look for it, one sentence each.
    pub(crate) notes: Vec<String>,
}

impl Places {
    /// Finds the places for a run of `program` and makes the run's folder.
    pub(crate) fn make(named: Option<PathBuf>, program: &OsStr) -> Result<Self, Failure> {
        let stem = match &named {
            Some(file) => {
                is_replaceable(file)?;
                joined(&[file.as_os_str(), ".run".as_ref()])
            }
            None => run_stem(program),
        };
        let mut places = Self {
            named,
            record_folder: PathBuf::new(),
            run_folder: PathBuf::new(),
            notes: Vec::new(),
        };
        match make_folder(Path::new(&stem)) {
            Ok((folder, existing)) => {
                places.run_folder = folder;
                places.notes.extend(existing.map(|existing| {
                    let name = existing.display();
                    format!(
                        "{name} is of a run that goes on, or whose tenure was killed; \
                         `tenure stats {name}` reads it"
                    )
                }));
                Ok(places)
            }
            Err(error) => places.fall_back(&stem, program, &error),
        }
    }

    /// Makes the run's folder under the folder for temporary files.
    fn fall_back(
        mut self,
        stem: &OsStr,
        program: &OsStr,
        refused: &io::Error,
    ) -> Result<Self, Failure> {
        let refused_name = Path::new(stem).display();
        let hopeless = [
            ErrorKind::NotFound,
            ErrorKind::NotADirectory,
            ErrorKind::PermissionDenied,
            ErrorKind::ReadOnlyFilesystem,
        ];
        if let Some(file) = self
            .named
            .as_ref()
            .filter(|_| hopeless.contains(&refused.kind()))
        {
            let file = file.display();
            let message = format!(
                "{file}: nothing can be written beside it ({refused}); name a file in a folder \
                 that exists and is yours to write"
            );
            return Err(Failure::new(USAGE, message));
        }
        let temporary = env::temp_dir();
        let made = make_folder(&temporary.join(run_stem(program)));
        let (folder, _) = made.map_err(|error| {
            let message = format!(
                "{}: {error}, and {refused_name}: {refused}; set TMPDIR to a folder that can be \
                 written",
                temporary.display()
            );
            Failure::new(USAGE, message)
        })?;
        let moved = match self.named {
            Some(_) => "the run's folder is",
            None => "the run's folder and the record are",
        };
        self.notes.push(format!(
            "{refused_name} cannot be made ({refused}); {moved} in {}",
            temporary.display()
        ));
        self.record_folder = temporary;
        self.run_folder = folder;
        Ok(self)
    }

    /// The file for the record of `program`, which ran as `pid`.
    pub(crate) fn record(&self, program: &OsStr, pid: u32) -> PathBuf {
        self.named.clone().unwrap_or_else(|| {
            let tail = format!(".{pid}.tnr");
            let name = joined(&["tenure.".as_ref(), base_name(program), tail.as_ref()]);
            self.record_folder.join(name)
        })
    }

    /// Removes the run's folder.
    pub(crate) fn remove_run_folder(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.run_folder)
    }
}

/// The run's folder while the record has no name yet.
fn run_stem(program: &OsStr) -> OsString {
    let tail = format!(".run-{}", process::id());
    joined(&["tenure.".as_ref(), base_name(program), tail.as_ref()])
}

fn base_name(program: &OsStr) -> &OsStr {
    Path::new(program).file_name().unwrap_or(program)
}

fn joined(parts: &[&OsStr]) -> OsString {
    parts.iter().copied().collect()
}

/// Makes the folder `stem`, or where that exists `stem-2`, `stem-3` and so on. Gives its absolute
/// path, and what was stepped over.
fn make_folder(stem: &Path) -> io::Result<(PathBuf, Option<PathBuf>)> {
    let make = |name: &Path| DirBuilder::new().mode(0o700).create(name);
    let Err(mut refused) = make(stem) else {
        return Ok((absolute(stem)?, None));
    };
    for number in 2..=NAMES_MAX {
        if refused.kind() != ErrorKind::AlreadyExists {
            break;
        }
        let name = joined(&[stem.as_os_str(), format!("-{number}").as_ref()]);
        match make(Path::new(&name)) {
            Ok(()) => return Ok((absolute(name)?, Some(stem.to_owned()))),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Refuses to replace what is not a record: a typing error must not cost a file.
fn is_replaceable(file: &Path) -> Result<(), Failure> {
    may_replace(file, &container::MAGIC, "record")
}

/// Refuses to replace at `file` anything but a file of ours, of which `what` is the name: one that
/// begins with `begin`, or is empty.
pub(crate) fn may_replace(file: &Path, begin: &[u8], what: &str) -> Result<(), Failure> {
    let name = file.display();
    let refused = |why: String| Err(Failure::new(USAGE, format!("{name} {why}")));
    let found = match fs::metadata(file) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return refused(format!(
                "cannot take the {what} ({error}); name another file"
            ));
        }
    };
    if found.is_dir() {
        return refused(format!("is a folder; name a file in it for the {what}"));
    }
    if !found.is_file() {
        return refused(format!("is not an ordinary file; name one for the {what}"));
    }
    if found.len() == 0 || begins_with(file, begin) {
        return Ok(());
    }
    refused(format!(
        "exists and is not a {what} of tenure; name another file, or remove this one"
    ))
}

fn begins_with(file: &Path, begin: &[u8]) -> bool {
    let mut found = vec![0; begin.len()];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut found));
    read.is_ok() && found == begin
}

#[cfg(test)]
mod tests;

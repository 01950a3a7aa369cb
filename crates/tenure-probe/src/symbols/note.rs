//! What a reader should know about the symbols of a module.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// Why symbols of a module are missing or less than they could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The file has another build-id than the one that ran.
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is no ELF file, cut short, or damaged.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The module has no build-id, so that nothing proves that the file is the one that ran.
    Unproven {
        /// The file.
        path: PathBuf,
    },
    /// The debug data that belongs to the file is for another build.
    ForeignDebugFile {
        /// The debug file.
        path: PathBuf,
    },
    /// The module is in no file: code made at run time, or the vdso of another kernel.
    NoFile {
        /// What the record calls it.
        path: PathBuf,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced { path } => write!(
                f,
                "{}: replaced since the run (its build-id is another); run again, or put the old \
                 file's debug data under its build-id into the debug folder",
                Shown(path)
            ),
            Self::Unreadable { path, why } => write!(
                f,
                "{}: no symbols: {why}; read the record where the file is, and `tenure bundle` \
                 there carries the symbols",
                Shown(path)
            ),
            Self::Damaged { path, why } => {
                write!(f, "{}: damaged: {why}; install it again", Shown(path))
            }
            Self::Unproven { path } => write!(
                f,
                "{}: has no build-id; its symbols hold only if it is unchanged since the run \
                 (link with --build-id)",
                Shown(path)
            ),
            Self::ForeignDebugFile { path } => write!(
                f,
                "{}: not used, it is for another build; install the debug data of the version \
                 that ran",
                Shown(path)
            ),
            Self::NoFile { path } => write!(
                f,
                "{}: no symbols: it is in no file of this system",
                Shown(path)
            ),
        }
    }
}

/// A path without characters that would steer a terminal: it comes from a record.
struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string_lossy().chars() {
            match letter.is_control() {
                true => write!(f, "{}", letter.escape_default())?,
                false => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

//! The program to be run: where it is, and whether a preloaded library reaches it.
//!
//! What cannot work is refused before anything is started, with a sentence that says why and what
//! to do. What cannot be known (a program that may be run but not read, an unknown format that
//! the kernel may know a handler for) is left to the kernel.

mod elf;
mod privilege;
mod refusal;
mod script;
mod search;

use crate::mount::Mount;
use crate::own_process::OwnProcess;
use elf::Loader;
use privilege::FileRights;
pub(crate) use refusal::Refusal;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many interpreters the kernel follows from script to script.
const INTERPRETERS_MAX: usize = 5;
/// How much of a file the kernel looks at to tell its format, in bytes.
const HEAD_BYTES: u64 = 256;
const EXECUTE_BITS: u32 = 0o111;

/// A program that can be run with the library preloaded.
#[derive(Debug)]
pub(crate) struct Program {
    /// As it was typed; its own `argv[0]`.
    pub(crate) typed: OsString,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The loader that will preload the library, where it is known.
    pub(crate) loader: Option<PathBuf>,
}

impl Program {
    /// Finds `typed` as a shell would, and checks it and its interpreters.
    pub(crate) fn find(typed: &OsStr, search_path: Option<&OsStr>) -> Result<Self, Refusal> {
        let path = search::find(typed, search_path)?;
        let loader = check(&path, OwnProcess::ask().as_ref())?;
        Ok(Self {
            typed: typed.to_owned(),
            path,
            loader,
        })
    }

    /// Whether its loader is that of musl, which cannot load a library made for glibc.
    pub(crate) fn is_for_musl(&self) -> bool {
        let name = self.loader.as_deref().and_then(Path::file_name);
        name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"ld-musl"))
    }
}

/// Checks `path`, following `#!` lines; gives the loader of the program at the end.
fn check(path: &Path, own: Option<&OwnProcess>) -> Result<Option<PathBuf>, Refusal> {
    let mut path = path.to_owned();
    for _ in 0..=INTERPRETERS_MAX {
        let Ok(file) = File::open(&path) else {
            return Ok(None);
        };
        let mut head = Vec::new();
        if (&file).take(HEAD_BYTES).read_to_end(&mut head).is_err() {
            return Ok(None);
        }
        if let Some(interpreter) = script::interpreter(&head) {
            path = script::check(&path, interpreter)?;
            continue;
        }
        if !head.starts_with(b"\x7fELF") {
            return if has_other_formats() {
                Ok(None)
            } else {
                Err(Refusal::Format(path))
            };
        }
        let loader = match elf::loader(&path, file)? {
            Loader::At(loader) if loader.exists() => Some(loader),
            Loader::At(loader) => return Err(Refusal::LoaderMissing { path, loader }),
            Loader::IsItself => None,
        };
        check_privilege(&path, own)?;
        return Ok(loader);
    }
    Err(Refusal::InterpretersWithoutEnd(path))
}

/// Whether the kernel knows handlers for other formats (binfmt_misc), so that it may run more
/// than we can tell.
fn has_other_formats() -> bool {
    let Ok(handlers) = fs::read_dir("/proc/sys/fs/binfmt_misc") else {
        return false;
    };
    let own_files = ["register", "status"];
    handlers
        .flatten()
        .any(|handler| !own_files.iter().any(|own| handler.file_name() == *own))
}

fn check_privilege(path: &Path, own: Option<&OwnProcess>) -> Result<(), Refusal> {
    let (Some(own), Ok(found)) = (own, fs::metadata(path)) else {
        return Ok(());
    };
    let rights = FileRights {
        mode: found.mode(),
        uid: found.uid(),
        gid: found.gid(),
        nosuid: Mount::of(path).nosuid,
        capabilities: xattr::get_deref(path, "security.capability").ok().flatten(),
    };
    match privilege::gained(own, &rights) {
        Some(privilege) => Err(Refusal::Privileged {
            path: path.to_owned(),
            privilege,
        }),
        None => Ok(()),
    }
}

/// Whether someone may execute `path`, going by its mode; who exactly is left to the kernel.
fn is_executable(found: &fs::Metadata) -> bool {
    found.mode() & EXECUTE_BITS != 0
}

#[cfg(test)]
mod tests;

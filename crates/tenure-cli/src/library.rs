//! The library that programs are run on: carried in this binary, written out once for each user.
//!
//! # Where
//!
//! `$XDG_CACHE_HOME/tenure/HASH/libtenure.so`, else `~/.cache/tenure/…`, else a private folder in
//! the folder for temporary files. HASH is that of the content, so versions live side by side and
//! programs keep the one that they have mapped.
//!
//! # Trust
//!
//! Whoever can write the file decides what the programs run. So the folders must belong to us and
//! be writable by nobody else, links are not followed, and a file that is found is compared byte
//! by byte with the one we carry before it is used.

use crate::failure::{Failure, NOTHING};
use crate::mount::Mount;
use crate::own_process::OwnProcess;
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;

/// The library, built beside this binary.
const BYTES: &[u8] = include_bytes!(env!("TENURE_LIBRARY"));
/// A hash of [`BYTES`], for the name of the folder alone.
const HASH: &str = env!("TENURE_LIBRARY_HASH");
const FILE_NAME: &str = "libtenure.so";

/// The path of the library, which is written first where it is missing.
pub(crate) fn path() -> Result<PathBuf, Failure> {
    let euid = OwnProcess::ask().unwrap_or_default().euid;
    let mut refused = Vec::new();
    for base in bases(euid) {
        match place(&base, euid) {
            Ok(path) => return Ok(path),
            Err(reason) => refused.push(format!("{}: {reason}", base.display())),
        }
    }
    let refused = refused.join("; ");
    let message = format!(
        "the library cannot be written anywhere ({refused}); point XDG_CACHE_HOME to a folder of \
         yours that is not mounted noexec and has no blank, `:` or `$` in its path"
    );
    Err(Failure::new(NOTHING, message))
}

/// Folders that may hold the library, the preferred one first.
fn bases(euid: u32) -> Vec<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    let private = format!("tenure-{euid}");
    let temporary = [env::temp_dir(), PathBuf::from("/tmp")];
    let mut bases: Vec<_> = cache
        .into_iter()
        .map(|cache| cache.join("tenure"))
        .collect();
    bases.extend(temporary.map(|folder| folder.join(&private)));
    bases.dedup();
    bases
}

/// The library under `base`, or why it cannot be there.
fn place(base: &Path, euid: u32) -> Result<PathBuf, String> {
    let folder = base.join(HASH);
    let path = folder.join(FILE_NAME);
    let name = path.to_str().ok_or("its path is not UTF-8")?;
    if name.contains([' ', ':', '$', '\t', '\n']) {
        return Err("its path has a character that LD_PRELOAD cannot carry".into());
    }
    if let Some(parent) = base.parent() {
        make(parent, true)?;
    }
    for folder in [base, &folder] {
        make(folder, false)?;
        is_private(folder, euid)?;
    }
    if has_the_library(&path, euid) {
        return Ok(path);
    }
    write(&folder, &path).map_err(|error| error.to_string())?;
    if has_the_library(&path, euid) {
        return Ok(path);
    }
    Err("what was written is not what is there".into())
}

/// Makes a folder that only we can enter, unless it is there.
fn make(folder: &Path, with_parents: bool) -> Result<(), String> {
    let made = DirBuilder::new()
        .recursive(with_parents)
        .mode(0o700)
        .create(folder);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Whether `folder` is a folder (not a link to one) that nobody else can write.
fn is_private(folder: &Path, euid: u32) -> Result<(), String> {
    let found = fs::symlink_metadata(folder).map_err(|error| error.to_string())?;
    let name = folder.display();
    match found {
        found if !found.is_dir() => Err(format!("{name} is not a folder")),
        found if found.uid() != euid => Err(format!("{name} belongs to another user")),
        found if found.mode() & 0o022 != 0 => Err(format!("{name} can be written by others")),
        _ if Mount::of(folder).noexec => Err(format!("{name} is mounted noexec")),
        _ => Ok(()),
    }
}

/// Whether `path` is a file of ours with the library's bytes.
fn has_the_library(path: &Path, euid: u32) -> bool {
    let is_ours = fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_file() && found.uid() == euid && found.len() == BYTES.len() as u64
    });
    is_ours && has_bytes(path, BYTES).unwrap_or(false)
}

fn has_bytes(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut found = Vec::with_capacity(bytes.len() + 1);
    File::open(path)?
        .take(bytes.len() as u64 + 1)
        .read_to_end(&mut found)?;
    Ok(found == bytes)
}

/// Writes the library under a name of its own and moves it into place, so that no program ever
/// maps half of it.
fn write(folder: &Path, path: &Path) -> io::Result<()> {
    let mut attempt = 0;
    let (mut file, temporary) = loop {
        let temporary = folder.join(format!(".{FILE_NAME}.{}.{attempt}", process::id()));
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&temporary)
        {
            Ok(file) => break (file, temporary),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    };
    let moved = file
        .write_all(BYTES)
        .and_then(|()| fs::rename(&temporary, path));
    if moved.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    moved
}

#[cfg(test)]
mod tests;

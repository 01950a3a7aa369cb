//! Finding a program by its name, as a shell does.

use super::{Refusal, is_executable};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What is searched when `PATH` is not set.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The file that `typed` names: itself when it holds a `/`, else the first of that name on
/// `search_path` that can be executed.
pub(super) fn find(typed: &OsStr, search_path: Option<&OsStr>) -> Result<PathBuf, Refusal> {
    if typed.as_bytes().contains(&b'/') {
        let path = PathBuf::from(typed);
        return look_at(&path).map(|()| path);
    }
    let mut refused = None;
    let folders = search_path.unwrap_or(OsStr::new(DEFAULT_PATH));
    for folder in env::split_paths(folders).filter(|_| !typed.is_empty()) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &folder
        };
        let path = folder.join(typed);
        match look_at(&path) {
            Ok(()) => return Ok(path),
            Err(Refusal::Missing { .. }) => {}
            Err(other) => refused = refused.or(Some(other)),
        }
    }
    let here = Path::new(typed).is_file();
    Err(refused.unwrap_or(Refusal::Missing {
        name: typed.into(),
        searched: true,
        here,
    }))
}

/// Whether `path` is a file that can be executed.
fn look_at(path: &Path) -> Result<(), Refusal> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(Refusal::Folder(path.to_owned())),
        Ok(found) if is_executable(&found) => Ok(()),
        Ok(_) => Err(Refusal::NotExecutable(path.to_owned())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let name = path.to_owned();
            Err(Refusal::Missing {
                name,
                searched: false,
                here: false,
            })
        }
        Err(error) => Err(Refusal::Unreachable {
            path: path.to_owned(),
            why: error.to_string(),
        }),
    }
}

//! Why a program is not run, and what to do.

use super::privilege::Privilege;
use crate::failure::{Failure, NOTHING, USAGE};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a program is not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is none of that name.
    Missing {
        name: PathBuf,
        /// Whether `PATH` was searched.
        searched: bool,
        /// Whether a file of that name is in the current folder.
        here: bool,
    },
    /// The way to it cannot be gone.
    Unreachable {
        path: PathBuf,
        why: String,
    },
    Folder(PathBuf),
    NotExecutable(PathBuf),
    /// Neither a script nor an ELF program.
    Format(PathBuf),
    Damaged {
        path: PathBuf,
        why: String,
    },
    /// The interpreter of a script cannot be run.
    Interpreter {
        script: PathBuf,
        interpreter: OsString,
        why: String,
    },
    /// Scripts that name each other as interpreters.
    InterpretersWithoutEnd(PathBuf),
    /// Its loader is not there.
    LoaderMissing {
        path: PathBuf,
        loader: PathBuf,
    },
    /// It has no loader that could preload anything.
    Static(PathBuf),
    /// It is for another machine than the library.
    Foreign {
        path: PathBuf,
        what: String,
        ours: &'static str,
    },
    /// Its loader will preload nothing.
    Privileged {
        path: PathBuf,
        privilege: Privilege,
    },
}

impl Refusal {
    fn code(&self) -> u8 {
        match self {
            Self::Static(_) | Self::Foreign { .. } | Self::Privileged { .. } => NOTHING,
            _ => USAGE,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing {
                name,
                searched,
                here,
            } => missing(f, name, *searched, *here),
            Self::Unreachable { path, why } => {
                let path = path.display();
                write!(
                    f,
                    "{path} cannot be reached: {why}; check the rights of its folders"
                )
            }
            Self::Folder(path) => {
                write!(f, "{} is a folder; name a program in it", path.display())
            }
            Self::NotExecutable(path) => {
                let path = path.display();
                write!(
                    f,
                    "{path} is not executable; allow it by `chmod +x {path}`, or run it by its \
                     interpreter, such as `tenure run -- python3 {path}`"
                )
            }
            Self::Format(path) => {
                let path = path.display();
                write!(
                    f,
                    "{path} is not a program the kernel can start: neither an ELF program nor a \
                     script that begins with #!; for a shell script type `tenure run -- sh {path}`"
                )
            }
            Self::Damaged { path, why } => {
                write!(
                    f,
                    "{} is a damaged ELF file ({why}); build it again",
                    path.display()
                )
            }
            Self::Interpreter { .. } | Self::InterpretersWithoutEnd(_) => self.of_script(f),
            Self::LoaderMissing { path, loader } => write!(
                f,
                "{} asks for the loader {}, which does not exist; install the C library it was \
                 built for",
                path.display(),
                loader.display()
            ),
            Self::Static(_) | Self::Foreign { .. } => self.of_build(f),
            Self::Privileged { path, privilege } => privileged(f, path, *privilege),
        }
    }
}

impl Refusal {
    fn of_script(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interpreter {
                script,
                interpreter,
                why,
            } => write!(
                f,
                "{} is a script whose first line asks for the interpreter \"{}\": {why}",
                script.display(),
                interpreter.as_encoded_bytes().escape_ascii()
            ),
            Self::InterpretersWithoutEnd(path) => write!(
                f,
                "{} is a script of a script of a script, further than the kernel follows; name \
                 the interpreter that is a program",
                path.display()
            ),
            _ => Ok(()),
        }
    }

    fn of_build(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(path) => write!(
                f,
                "{} is statically linked: no loader runs that could put the library under it, so \
                 there is nothing to record; link it dynamically (leave out -static; Rust: a gnu \
                 target, not musl; Go: CGO_ENABLED=1)",
                path.display()
            ),
            Self::Foreign { path, what, ours } => write!(
                f,
                "{} is built for {what}, the library for {ours} of 64 bits, so there is nothing \
                 to record; build the program for {ours}",
                path.display()
            ),
            _ => Ok(()),
        }
    }
}

fn missing(f: &mut fmt::Formatter<'_>, name: &Path, searched: bool, here: bool) -> fmt::Result {
    let name = name.display();
    match (searched, here) {
        (false, _) => write!(f, "{name} does not exist; check the path"),
        (true, true) => {
            write!(
                f,
                "no folder on PATH has a program {name}; for the one here type ./{name}"
            )
        }
        (true, false) => {
            write!(
                f,
                "no folder on PATH has a program \"{name}\"; check the name, or give a path"
            )
        }
    }
}

fn privileged(f: &mut fmt::Formatter<'_>, path: &Path, privilege: Privilege) -> fmt::Result {
    let path = path.display();
    write!(
        f,
        "{path} {privilege}, and the loader preloads nothing into a program that gains \
         privileges, so there is nothing to record; "
    )?;
    match privilege {
        Privilege::User(0) => write!(f, "run tenure as root"),
        Privilege::Ours => write!(f, "run tenure without set-id bits of its own"),
        _ => write!(
            f,
            "run a copy of it, which has no privileges: `cp {path} .`"
        ),
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(0) => write!(f, "is set-user-id root"),
            Self::User(uid) => write!(f, "is set-user-id to user {uid}"),
            Self::Group(gid) => write!(f, "is set-group-id to group {gid}"),
            Self::Capabilities => write!(f, "has file capabilities"),
            Self::Ours => write!(
                f,
                "would run with other ids than yours, as tenure itself does"
            ),
        }
    }
}

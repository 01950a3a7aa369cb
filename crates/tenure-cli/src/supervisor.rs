//! Starting a program, passing signals on, and watching it until it ends.
//!
//! The program keeps the supervisor's own stdin, stdout and stderr, and its process group. Keys
//! such as Ctrl-C and Ctrl-Z therefore reach it as they would without a supervisor, which only has
//! to outlive it.

mod signals;
mod watch;

use crate::failure::{Failure, USAGE};
use crate::program::Program;
use shared_child::SharedChild;
use signals::Signals;
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tenure_model::profile::ProcessFacts;
use watch::Watch;
pub(crate) use watch::{StateFile, state_files};

/// What was seen of a program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) pid: u32,
    pub(crate) status: ExitStatus,
    pub(crate) start_unix_ns: u64,
    pub(crate) wall: Duration,
    /// One for each program image that recorded.
    pub(crate) processes: Vec<ProcessFacts>,
    /// What a reader of the record should know, one sentence each.
    pub(crate) notes: Vec<String>,
}

/// Runs `program` with `library` preloaded, recording into `run_folder` what `words` say, until it
/// ends.
pub(crate) fn run(
    program: &Program,
    arguments: &[OsString],
    library: &Path,
    run_folder: &Path,
    words: &str,
) -> Result<Ended, Failure> {
    let mut command = Command::new(&program.path);
    command.arg0(&program.typed).args(arguments);
    command.env(
        "LD_PRELOAD",
        preloads(library, env::var_os("LD_PRELOAD").as_deref()),
    );
    command.env(
        "TENURE",
        joined(&[words.as_ref(), ",dir=".as_ref(), run_folder.as_os_str()]),
    );
    let cannot = |what: &str, error: std::io::Error| {
        let name = program.path.display();
        Failure::new(
            USAGE,
            format!(
                "{name} cannot be {what}: {error}; run it without tenure to \
            see whether the kernel takes it"
            ),
        )
    };
    let signals = Signals::catch().map_err(|error| cannot("supervised", error))?;
    let (started, wall_start) = (SystemTime::now(), Instant::now());
    let child = SharedChild::spawn(&mut command).map_err(|error| cannot("started", error))?;
    let child = Arc::new(child);
    let passing = signals.pass_to(Arc::clone(&child));
    let mut watch = Watch::new(run_folder);
    let status = loop {
        watch.look();
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => passing.wait(watch.pause()),
            Err(error) => return Err(cannot("waited for", error)),
        }
    };
    let wall = wall_start.elapsed();
    passing.stop();
    let (processes, notes) = watch.finish();
    let since_epoch = started
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Ended {
        pid: child.id(),
        status,
        start_unix_ns: u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX),
        wall,
        processes,
        notes,
    })
}

/// The value of `LD_PRELOAD`: our library first, then what the user had there.
fn preloads(library: &Path, existing: Option<&OsStr>) -> OsString {
    let library = library.as_os_str();
    match existing.filter(|existing| !existing.is_empty()) {
        Some(existing) => joined(&[library, ":".as_ref(), existing]),
        None => library.to_owned(),
    }
}

fn joined(parts: &[&OsStr]) -> OsString {
    parts.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    //! What the loader is told.

    use super::*;

    #[test]
    fn what_the_user_preloads_stays_behind_the_library() {
        let library = Path::new("/c/libtenure.so");
        assert_eq!(preloads(library, None), "/c/libtenure.so");
        assert_eq!(preloads(library, Some("".as_ref())), "/c/libtenure.so");
        assert_eq!(
            preloads(library, Some("a.so b.so".as_ref())),
            "/c/libtenure.so:a.so b.so"
        );
    }
}

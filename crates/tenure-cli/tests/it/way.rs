//! The ways in which a program is run here: as it is, on our malloc, and recorded.

use crate::process::{self, Scratch, silence};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tenure_trace::state::StateView;

/// A library to test instead of the one that the command carries, for work on the library alone.
/// Recording is then asked for by the environment, as `tenure run` does.
const LIBRARY_VARIABLE: &str = "TENURE_TEST_LIBRARY";

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it is.
    Plain,
    /// `LD_PRELOAD=$(tenure lib)`.
    Preloaded,
    /// `tenure run --stats`.
    Recorded,
    /// `tenure run --sample=4KiB`: many samples, so that their ways are gone.
    Sampled,
    /// `tenure run --events`: every block with its stack, and the stream.
    Events,
}

impl Way {
    /// The ways of ours.
    pub(crate) const OURS: [Self; 4] =
        [Self::Preloaded, Self::Recorded, Self::Sampled, Self::Events];

    /// What `tenure run` and the library are asked for; `None` where nothing is recorded.
    fn recording(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Plain | Self::Preloaded => None,
            Self::Recorded => Some(("--stats", "stats")),
            Self::Sampled => Some(("--sample=4KiB", "sample=4096")),
            Self::Events => Some(("--events", "events")),
        }
    }

    /// A command that runs `program` this way; what it leaves goes into `scratch`.
    pub(crate) fn command(self, program: impl AsRef<OsStr>, scratch: &Scratch) -> Command {
        let mut command = match self.recording() {
            Some((flag, _)) if own_library().is_none() => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
                command
                    .arg("run")
                    .arg(flag)
                    .arg("-o")
                    .arg(scratch.join("record.tnr"))
                    .arg("--");
                command.arg(program);
                command
            }
            _ => Command::new(program),
        };
        command
            .current_dir(scratch.path())
            .env_remove("LD_PRELOAD")
            .env_remove("TENURE");
        match self.recording() {
            None if self == Self::Preloaded => {
                command.env("LD_PRELOAD", library());
            }
            Some((_, words)) if own_library().is_some() => {
                record_into(&mut command, scratch.path(), words);
            }
            _ => {}
        }
        command
    }

    /// Fails the test when a program that ran this way has left no record.
    pub(crate) fn expect_record(self, scratch: &Scratch) {
        if self.recording().is_none() {
            return;
        }
        if own_library().is_none() {
            let record = fs::read(scratch.join("record.tnr")).unwrap_or_default();
            assert!(record.starts_with(b"TENURE\r\n"), "no record was written");
            return;
        }
        let allocations: u64 = records(scratch.path())
            .iter()
            .map(Record::allocations)
            .sum();
        assert!(
            allocations > 0 || self == Self::Sampled,
            "nothing was counted"
        );
    }
}

fn own_library() -> Option<PathBuf> {
    std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from)
}

/// The path of the library: what `tenure lib` prints.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = own_library().unwrap_or_else(|| {
            let ended = process::run(Command::new(env!("CARGO_BIN_EXE_tenure")).arg("lib"), 60);
            ended.expect_success("tenure lib");
            PathBuf::from(ended.stdout.trim_end())
        });
        // The loader only warns about a library that is not there, and goes on without.
        assert!(
            library.is_absolute() && library.is_file(),
            "no library at {library:?}"
        );
        library
    })
}

/// Has `command` run on our malloc and record into `folder` what `words` say, without
/// `tenure run`.
pub(crate) fn record_into(command: &mut Command, folder: &Path, words: &str) {
    command
        .env("LD_PRELOAD", library())
        .env("TENURE", format!("{words},dir={}", folder.display()));
}

/// The state file of one process.
pub(crate) struct Record {
    /// `PID-SEQ`.
    pub(crate) name: String,
    bytes: Vec<u8>,
}

impl Record {
    /// The format's own reader over the file.
    pub(crate) fn view(&self) -> StateView<'_> {
        StateView::parse(&self.bytes).unwrap_or_else(|error| panic!("{}: {error:?}", self.name))
    }

    /// Allocations of the process's own threads.
    pub(crate) fn allocations(&self) -> u64 {
        let view = self.view();
        view.shards()
            .skip(1)
            .flat_map(|shard| shard.classes())
            .map(|class| class.allocations)
            .sum()
    }

    /// Requested bytes that the process's own threads allocated.
    pub(crate) fn requested_bytes(&self) -> u64 {
        let view = self.view();
        let classes = view.shards().skip(1).flat_map(|shard| shard.classes());
        classes.map(|class| class.requested_bytes).sum()
    }

    /// Requested live bytes: inherited and allocated less freed.
    pub(crate) fn live_bytes(&self) -> i64 {
        let view = self.view();
        let classes = view.shards().flat_map(|shard| shard.classes());
        classes
            .map(|class| {
                class
                    .requested_bytes
                    .wrapping_sub(class.requested_freed_bytes)
            })
            .fold(0u64, u64::wrapping_add)
            .cast_signed()
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.view().header().pid
    }
}

/// The state files in `folder`, by name.
pub(crate) fn records(folder: &Path) -> Vec<Record> {
    let mut found: Vec<Record> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("state")))
        .map(|path| Record {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            bytes: fs::read(path).unwrap(),
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[test]
fn the_library_is_really_loaded() {
    let scratch = Scratch::new();
    let mut command = Way::Preloaded.command("true", &scratch);
    let ended = process::run(command.env("TENURE", "help"), 20);
    ended.expect_success("true");
    assert!(
        ended.stderr.contains("tenure: in force: fast"),
        "{}",
        ended.stderr
    );
    let mut command = Way::Plain.command("true", &scratch);
    assert!(
        silence(command.env("TENURE", "help"))
            .status()
            .unwrap()
            .success()
    );
}

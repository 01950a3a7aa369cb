//! Running a program to its end, or to the end of our patience.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(3);

/// How a program ended and what it wrote.
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: ExitStatus,
}

impl Ended {
    /// What decides whether two runs were the same: exit code or signal.
    pub(crate) fn outcome(&self) -> String {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "neither code nor signal".to_owned(),
        }
    }

    /// Fails the test unless the program left with exit code 0.
    pub(crate) fn expect_success(&self, what: &str) -> &Self {
        assert!(
            self.status.success(),
            "{what}: {}\nstdout: {}\nstderr: {}",
            self.outcome(),
            self.stdout,
            self.stderr
        );
        self
    }
}

/// A folder of one test's own, removed at its end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("scratch-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A started program; what is left of it is killed when this is dropped, with all that it started.
pub(crate) struct Running {
    child: Child,
    ended: bool,
}

impl Running {
    /// Starts `command` at the head of a process group of its own, and without the search path that
    /// cargo sets for tests: a library of ours that it has built for itself must not be found.
    pub(crate) fn start(command: &mut Command) -> Self {
        command.env_remove("LD_LIBRARY_PATH");
        let child = command.process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self {
            child,
            ended: false,
        }
    }

    /// The program's process id, and the id of its group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The program's stdin and stdout, which must be pipes that nobody has taken.
    pub(crate) fn pipes(&mut self) -> (ChildStdin, ChildStdout) {
        let pipes = self.child.stdin.take().zip(self.child.stdout.take());
        pipes.expect("pipes")
    }

    /// Waits until the program ends, `None` when it has not after `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.ended = true;
                return Some(status);
            }
            if start.elapsed() > limit {
                return None;
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-9", "--", &group]).status();
            let _ = self.child.wait();
        }
    }
}

/// Runs `command` with `stdin` and gives what came of it. Panics when it has not ended after
/// `seconds`: a hang is a failure of its own.
pub(crate) fn run_with_input(command: &mut Command, stdin: &str, seconds: u64) -> Ended {
    let scratch = Scratch::new();
    let [input, output, errors] = ["stdin", "stdout", "stderr"].map(|name| scratch.join(name));
    fs::write(&input, stdin).unwrap();
    command
        .stdin(File::open(&input).unwrap())
        .stdout(File::create(&output).unwrap())
        .stderr(File::create(&errors).unwrap());
    let mut running = Running::start(command);
    let status = running.wait(Duration::from_secs(seconds));
    let [stdout, stderr] =
        [output, errors].map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
    match status {
        Some(status) => Ended {
            stdout,
            stderr,
            status,
        },
        None => panic!(
            "hangs: {command:?} has not ended after {seconds} s\nstdout: {stdout}\nstderr: {stderr}"
        ),
    }
}

/// As [`run_with_input`], without input.
pub(crate) fn run(command: &mut Command, seconds: u64) -> Ended {
    run_with_input(command, "", seconds)
}

/// The program of this name that a shell would start.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Says on the real stdout, which the test harness does not keep back, what was not tested and why.
pub(crate) fn skipped(what: &str, reason: &str) {
    let _ = writeln!(std::io::stdout(), "skipped: {what}: {reason}");
}

/// The programs of these names, or a skip when one is missing.
pub(crate) fn find_or_skip(what: &str, names: &[&str]) -> Option<Vec<PathBuf>> {
    let found: Vec<PathBuf> = names.iter().filter_map(|name| find(name)).collect();
    if found.len() == names.len() {
        return Some(found);
    }
    let missing: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| find(name).is_none())
        .collect();
    skipped(
        what,
        &format!("{} not installed here", missing.join(" and ")),
    );
    None
}

/// Nothing to read, nothing to write: for programs whose output does not matter.
pub(crate) fn silence(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

#[test]
fn a_hang_is_reported_as_such() {
    let start = Instant::now();
    let hung = std::panic::catch_unwind(|| run(Command::new("sleep").arg("50"), 1));
    let Err(message) = hung else {
        panic!("sleep ended early")
    };
    assert!(
        message
            .downcast_ref::<String>()
            .unwrap()
            .starts_with("hangs: ")
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "the hung program was waited for"
    );
}

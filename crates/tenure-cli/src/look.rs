//! Asks a running process for a look at its heap.
//!
//! A process that records keeps a state file mapped. In its header stand the signal on which it
//! looks, and how often it was asked. Asking is: count up there, send the signal, and wait until
//! the process says that a look has ended.

use crate::failure::{Failure, INPUT, NOTHING};
use crate::supervisor::StateFile;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tenure_trace::state::{Header, StateView, header};

/// How long a process may take to begin. It is at once, unless it is stopped or swapped out.
const BEGIN: Duration = Duration::from_secs(10);
/// How long a look may take: enough for hundreds of gigabytes.
const END: Duration = Duration::from_secs(600);
/// Time after which the signal is sent again: the first may have met another look under way.
const AGAIN: Duration = Duration::from_millis(500);
/// Time between two looks at the state file.
const PAUSE: Duration = Duration::from_millis(2);
/// The largest number of a signal.
const SIGNAL_MAX: u32 = 64;
/// Waiting that takes longer is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a process has left behind when it looked.
#[derive(Debug)]
pub(crate) struct Look {
    /// Its state file; the graph stands beside it.
    pub(crate) state: PathBuf,
    /// How long it stood still.
    pub(crate) pause: Duration,
}

/// The process that is meant, unless a file has its number for a name.
pub(crate) fn pid_of(subject: &Path) -> Option<u32> {
    let digits = subject.to_str()?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || subject.exists() {
        return None;
    }
    // A number that no process has is none that is there.
    Some(digits.parse().unwrap_or(u32::MAX))
}

/// Has process `pid` look at its heap, and waits until that is done.
///
/// # Errors
///
/// Exit code 3 where the process cannot be reached or does not answer, 4 where it does not record.
pub(crate) fn ask(pid: u32) -> Result<Look, Failure> {
    let state = state_file(pid)?;
    let unreadable = |error: io::Error| {
        let why = format!("process {pid}: its state file {}: {error}", state.display());
        Failure::new(INPUT, why)
    };
    let file = OpenOptions::new().read(true).write(true).open(&state);
    let file = file.map_err(unreadable)?;
    let before = read(&file).map_err(unreadable)?;
    let signal = signal_of(pid, &before)?;
    let wanted = before.scan_requests.wrapping_add(1);
    let place = header::SCAN_REQUESTS_OFFSET as u64;
    file.write_all_at(&wanted.to_le_bytes(), place)
        .map_err(unreadable)?;
    let waiting = Waiting::new(pid);
    let mut sent: Option<Instant> = None;
    loop {
        let now = read(&file).map_err(unreadable)?;
        let is_begun = now.scan_begun == wanted;
        if is_begun && now.scan_done != before.scan_done {
            return ended(pid, &now, state);
        }
        if !is_begun && sent.is_none_or(|at| at.elapsed() > AGAIN) {
            send(pid, signal)?;
            sent = Some(Instant::now());
        }
        waiting.check(pid, is_begun, signal)?;
        thread::sleep(PAUSE);
    }
}

/// Has process `pid` write down what its managers of memory hold, and gives its state file. One
/// that hears no signals now, or is busy, is not waited for: its figures are those that it wrote
/// last.
///
/// # Errors
///
/// Exit code 3 where the process cannot be reached, 4 where it does not record.
pub(crate) fn accounts(pid: u32) -> Result<PathBuf, Failure> {
    let state = state_file(pid)?;
    let Ok(file) = OpenOptions::new().read(true).write(true).open(&state) else {
        return Ok(state);
    };
    let Some(signal) = read(&file).ok().and_then(|head| signal_of(pid, &head).ok()) else {
        return Ok(state);
    };
    let place = header::ACCOUNTS_WANTED_OFFSET as u64;
    if file.write_all_at(&1_u32.to_le_bytes(), place).is_ok() {
        send(pid, signal)?;
        let begin = Instant::now();
        let is_open = || read(&file).is_ok_and(|head| head.accounts_wanted != 0);
        while begin.elapsed() < PATIENCE && is_open() {
            thread::sleep(PAUSE);
        }
    }
    Ok(state)
}

/// How the look went.
fn ended(pid: u32, now: &Header, state: PathBuf) -> Result<Look, Failure> {
    let why = match now.scan_status {
        0 => {
            return Ok(Look {
                state,
                pause: Duration::from_nanos(now.scan_pause_ns),
            });
        }
        header::SCAN_NO_MEMORY => "it has no memory for the tables; raise its limit",
        header::SCAN_NO_FILE => "the graph file cannot be written; make room in its folder",
        header::SCAN_NO_PROC => "it cannot read /proc; mount it where the process runs",
        _ => "it does not say why; this tenure is older than its library",
    };
    let why = format!("process {pid}: its heap could not be looked at: {why}");
    Err(Failure::new(INPUT, why))
}

/// The signal on which process `pid` looks, if it would.
fn signal_of(pid: u32, before: &Header) -> Result<u32, Failure> {
    let signal = before.scan_signal;
    if !(1..=SIGNAL_MAX).contains(&signal) {
        return Err(Failure::new(
            NOTHING,
            format!(
                "process {pid} does not look at its heap on request: the program has taken every \
                 signal, or has not begun yet; record it with `tenure run --leaks` to its end"
            ),
        ));
    };
    let caught = Status::of(pid)?.mask("SigCgt");
    if caught & 1 << (signal - 1) == 0 {
        return Err(Failure::new(
            NOTHING,
            format!(
                "process {pid} does not look at its heap on request at present: it has taken the \
                 handler of signal {signal} away; the handler is put back when the program goes on \
                 allocating: try again, or record it with `tenure run --leaks` to its end"
            ),
        ));
    }
    Ok(signal)
}

/// Sends a signal, by number: the shell can send those that have no name, too.
fn send(pid: u32, signal: u32) -> Result<(), Failure> {
    let line = format!("kill -{signal} {pid}");
    let refused = |why: &str| {
        Failure::new(
            INPUT,
            format!("process {pid} cannot be asked: {why}; ask as the user who runs it"),
        )
    };
    let sent = Command::new("sh").args(["-c", &line]).output();
    let sent = sent.map_err(|error| refused(&format!("sh cannot be run: {error}")))?;
    match sent.status.success() {
        true => Ok(()),
        false => Err(refused(String::from_utf8_lossy(&sent.stderr).trim())),
    }
}

/// The state file that process `pid` has mapped.
fn state_file(pid: u32) -> Result<PathBuf, Failure> {
    let status = Status::of(pid)?;
    let maps = fs::read(format!("/proc/{pid}/maps")).map_err(|error| {
        Failure::new(
            INPUT,
            format!("process {pid} cannot be looked into: {error}; ask as the user who runs it"),
        )
    })?;
    let maps = String::from_utf8_lossy(&maps);
    let mapped = maps.lines().filter_map(path_of).filter_map(|path| {
        let is_gone = path.ends_with(" (deleted)");
        let plain = path.strip_suffix(" (deleted)").unwrap_or(path);
        Some((StateFile::at(Path::new(plain))?.0, plain, is_gone))
    });
    let Some((_, path, is_gone)) = mapped.max_by_key(|&(file, ..)| file) else {
        return Err(not_recorded(pid, &status));
    };
    if is_gone {
        return Err(Failure::new(
            INPUT,
            format!(
                "process {pid} records into {path}, which was removed; start it again under \
                 `tenure run`"
            ),
        ));
    }
    // As the process sees it, should it live in a container.
    let seen = PathBuf::from(format!("/proc/{pid}/root{path}"));
    Ok(match Path::new(path).exists() {
        true => PathBuf::from(path),
        false => seen,
    })
}

/// The path in a line of `/proc/PID/maps`.
fn path_of(line: &str) -> Option<&str> {
    let at = line.find('/')?;
    Some(&line[at..])
}

fn not_recorded(pid: u32, status: &Status) -> Failure {
    let name = status.field("Name");
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let mut variables = environ.split(|&byte| byte == 0);
    let is_ours = variables.any(|variable| variable.starts_with(b"TENURE="));
    let why = match is_ours {
        true => {
            "it was started under tenure, but does not record: it has not allocated yet, or could \
             not make its file"
        }
        false => "it does not run under tenure",
    };
    Failure::new(
        NOTHING,
        format!(
            "process {pid} ({}) cannot be asked: {why}; start it by `tenure run -- PROGRAM`, then \
             name its pid",
            name.escape_debug()
        ),
    )
}

fn read(file: &File) -> io::Result<Header> {
    let mut bytes = vec![0; header::HEADER_BYTES];
    file.read_exact_at(&mut bytes, 0)?;
    let state = StateView::parse(&bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(*state.header())
}

/// `/proc/PID/status`.
struct Status(String);

impl Status {
    fn of(pid: u32) -> Result<Self, Failure> {
        let mut text = Vec::new();
        File::open(format!("/proc/{pid}/status"))
            .and_then(|mut file| file.read_to_end(&mut text))
            .map_err(|error| {
                let why = match error.kind() {
                    io::ErrorKind::NotFound => "there is no such process".to_owned(),
                    _ => error.to_string(),
                };
                Failure::new(INPUT, format!("process {pid}: {why}; check the number"))
            })?;
        Ok(Self(String::from_utf8_lossy(&text).into_owned()))
    }

    fn field(&self, name: &str) -> &str {
        let mut fields = self.0.lines().filter_map(|line| line.split_once(':'));
        fields
            .find(|(found, _)| *found == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// A set of signals, bit 0 for signal 1.
    fn mask(&self, name: &str) -> u64 {
        u64::from_str_radix(self.field(name), 16).unwrap_or(0)
    }

    /// Why a process in this state does not answer.
    fn why_silent(&self, signal: u32) -> String {
        let bit = 1 << (signal - 1);
        match self.field("State").chars().next() {
            Some('T' | 't') => "it is stopped; let it go on".to_owned(),
            Some('D') => "it waits for a device; try again".to_owned(),
            _ if self.mask("SigBlk") & bit != 0 => format!(
                "its threads keep signal {signal} back; record it to its end with `run --leaks`"
            ),
            _ => "try again when it has less to do".to_owned(),
        }
    }
}

/// Waiting for an answer: how long so far, shown where it lasts.
struct Waiting {
    begin: Instant,
    bar: ProgressBar,
}

impl Waiting {
    fn new(pid: u32) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template = "{spinner} waiting for {msg} {elapsed}";
        // The template is a constant; were it wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(format!("process {pid}"));
        Self {
            begin: Instant::now(),
            bar,
        }
    }

    /// Gives up where there is no more hope.
    fn check(&self, pid: u32, is_begun: bool, signal: u32) -> Result<(), Failure> {
        let waited = self.begin.elapsed();
        if waited > PATIENCE {
            if self.bar.is_hidden() {
                // Draws nothing where stderr is not a terminal.
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            self.bar.tick();
        }
        let status = Status::of(pid);
        let is_gone = status
            .as_ref()
            .map_or(true, |status| status.field("State").starts_with(['Z', 'X']));
        if is_gone {
            let why = format!("process {pid} ended while its heap was looked at; record it again");
            return Err(Failure::new(INPUT, why));
        }
        let status = status?;
        let (limit, what) = match is_begun {
            true => (END, "has not ended the look at its heap"),
            false => (BEGIN, "does not answer"),
        };
        if waited > limit {
            let why = status.why_silent(signal);
            let limit = limit.as_secs();
            let why = format!("process {pid} {what} within {limit} seconds: {why}");
            return Err(Failure::new(INPUT, why));
        }
        Ok(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    //! What is read of `/proc`.

    use super::*;

    #[test]
    fn paths_of_mappings_may_have_blanks() {
        let line = "7f00-7f01 rw-s 00000000 08:01 123    /tmp/a b.run/12-0.state";
        assert_eq!(path_of(line), Some("/tmp/a b.run/12-0.state"));
        assert_eq!(path_of("7f00-7f01 rw-p 00000000 00:00 0 [heap]"), None);
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let failure = ask(u32::MAX).unwrap_err();
        assert_eq!(failure.code, INPUT);
        assert!(failure.message.contains("no such process"), "{failure:?}");
    }

    #[test]
    fn a_process_that_does_not_record_is_told_how_to() {
        let failure = ask(std::process::id()).unwrap_err();
        assert_eq!(failure.code, NOTHING);
        assert!(
            failure.message.contains("tenure run -- PROGRAM"),
            "{failure:?}"
        );
    }
}

//! Watching the processes of a run while they live.
//!
//! Each process that records has a file in the run's folder. What only an observer can tell is
//! looked up ten times a second in `/proc`: the resident peak of a process that will be killed, and
//! that a process went on as another program, which does not record.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tenure_model::profile::ProcessFacts;
use tenure_trace::state::{StateView, header};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// A look may cost one part in so many of the time.
const SHARE_OF_TIME: u32 = 20;
/// What the kernel appends to the path of a program whose file is gone.
const DELETED: &[u8] = b" (deleted)";
/// How many processes are named one by one in a note.
const NAMED_MAX: usize = 5;

/// A state file's name, `PID-SEQ.state`. In order of pid, then of the images of that pid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StateFile {
    pub(crate) pid: u32,
    pub(crate) sequence: u32,
}

impl StateFile {
    fn parse(name: &str) -> Option<Self> {
        let (pid, sequence) = name.strip_suffix(".state")?.split_once('-')?;
        Some(Self {
            pid: pid.parse().ok()?,
            sequence: sequence.parse().ok()?,
        })
    }

    /// The state file that `path` names, and its folder.
    pub(crate) fn at(path: &Path) -> Option<(Self, PathBuf)> {
        let file = Self::parse(path.file_name()?.to_str()?)?;
        let folder = path.parent()?.to_owned();
        // A name such as `007-0.state` is none that a process gives.
        (file.path(&folder) == path).then_some((file, folder))
    }

    pub(crate) fn path(self, folder: &Path) -> PathBuf {
        self.beside(folder, "state")
    }

    /// Another file of the same process, whose name ends with `.extension`.
    pub(crate) fn beside(self, folder: &Path, extension: &str) -> PathBuf {
        folder.join(format!("{}-{}.{extension}", self.pid, self.sequence))
    }
}

/// The state files in `folder`, ordered.
pub(crate) fn state_files(folder: &Path) -> io::Result<Vec<StateFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.extend(entry?.file_name().to_str().and_then(StateFile::parse));
    }
    files.sort_unstable();
    Ok(files)
}

/// What was seen of the processes of a run.
#[derive(Debug)]
pub(super) struct Watch {
    folder: PathBuf,
    images: BTreeMap<StateFile, Image>,
    last_look: Duration,
}

/// What was seen of one program image.
#[derive(Debug, Default)]
struct Image {
    start_mono_ns: u64,
    /// Path of the program as it recorded it; empty where it could not tell.
    program: Vec<u8>,
    resident_peak_bytes: u64,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    /// Its process has become another program, which does not record.
    WentOnAs(PathBuf),
    Gone,
}

impl Watch {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            images: BTreeMap::new(),
            last_look: Duration::ZERO,
        }
    }

    /// Looks at every process that records.
    pub(super) fn look(&mut self) {
        let begin = Instant::now();
        // A folder that cannot be read shows nothing now, and perhaps the next time.
        for file in state_files(&self.folder).unwrap_or_default() {
            if !self.images.contains_key(&file) {
                self.images
                    .extend(Image::read(&file.path(&self.folder)).map(|image| (file, image)));
            }
        }
        let mut later = None;
        for (file, image) in self.images.iter_mut().rev() {
            if later == Some(file.pid) {
                image.state = State::Gone;
            } else if image.state != State::Gone {
                image.look(file.pid);
            }
            later = Some(file.pid);
        }
        self.last_look = begin.elapsed();
    }

    /// How long to wait before the next look.
    pub(super) fn pause(&self) -> Duration {
        PAUSE.max(self.last_look.saturating_mul(SHARE_OF_TIME))
    }

    /// Looks a last time; gives what was seen, and what a reader should know.
    pub(super) fn finish(mut self) -> (Vec<ProcessFacts>, Vec<String>) {
        self.look();
        let facts = self.images.iter().map(|(file, image)| ProcessFacts {
            pid: file.pid,
            start_mono_ns: image.start_mono_ns,
            resident_peak_bytes: Some(image.resident_peak_bytes).filter(|&bytes| bytes > 0),
            running: image.state == State::Running,
        });
        let running = self
            .images
            .iter()
            .filter(|(_, image)| image.state == State::Running);
        let running: Vec<_> = running
            .map(|(file, image)| format!("{} ({})", file.pid, image.name()))
            .collect();
        let went_on = self
            .images
            .iter()
            .filter_map(|(file, image)| match &image.state {
                State::WentOnAs(program) => Some(format!("{} as {}", file.pid, program.display())),
                _ => None,
            });
        let went_on: Vec<_> = went_on.collect();
        let mut notes = Vec::new();
        if !running.is_empty() {
            notes.push(format!(
                "still running when the program ended: {}; their figures are those of that moment",
                listed(&running)
            ));
        }
        if !went_on.is_empty() {
            notes.push(format!(
                "went on without being recorded: {}; such a program is static or gains privileges, \
                 or its environment was cleared of LD_PRELOAD",
                listed(&went_on)
            ));
        }
        (facts.collect(), notes)
    }
}

/// The first few of `names`, and how many others there are.
fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMED_MAX) {
        Some(others) if others > 0 => {
            format!("{} and {others} others", names[..NAMED_MAX].join(", "))
        }
        _ => names.join(", "),
    }
}

impl Image {
    /// Reads who records into the state file at `path`; `None` before the file is begun.
    fn read(path: &Path) -> Option<Self> {
        let mut head = Vec::new();
        File::open(path)
            .ok()?
            .take(header::HEADER_BYTES as u64)
            .read_to_end(&mut head)
            .ok()?;
        let state = StateView::parse(&head).ok()?;
        Some(Self {
            start_mono_ns: state.header().start_mono_ns,
            program: without_mark(state.program()).to_owned(),
            ..Self::default()
        })
    }

    fn name(&self) -> String {
        let name = self
            .program
            .rsplit(|&byte| byte == b'/')
            .next()
            .unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// Looks at process `pid`, which this image is the last to record for.
    fn look(&mut self, pid: u32) {
        let of_process = |name: &str| format!("/proc/{pid}/{name}");
        let Ok(status) = fs::read_to_string(of_process("status")) else {
            return self.gone();
        };
        if !lives(&status) {
            return self.gone();
        }
        if let Ok(program) = fs::read_link(of_process("exe")) {
            let is_same = without_mark(program.as_os_str().as_bytes()) == self.program;
            self.state = match is_same || self.program.is_empty() {
                true => State::Running,
                false => State::WentOnAs(program),
            };
        }
        if self.state == State::Running {
            self.resident_peak_bytes = self.resident_peak_bytes.max(resident_peak(&status));
        }
    }

    /// The process is gone; what it became before is still worth knowing.
    fn gone(&mut self) {
        if self.state == State::Running {
            self.state = State::Gone;
        }
    }
}

fn without_mark(program: &[u8]) -> &[u8] {
    program.strip_suffix(DELETED).unwrap_or(program)
}

/// The value of a field of `/proc/PID/status`.
fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let fields = status.lines().filter_map(|line| line.split_once(':'));
    fields
        .into_iter()
        .find(|(found, _)| *found == name)
        .map_or("", |(_, value)| value.trim())
}

/// Whether a process with this status is neither a zombie nor dead.
fn lives(status: &str) -> bool {
    !field(status, "State").starts_with(['Z', 'X'])
}

/// The resident peak in bytes.
fn resident_peak(status: &str) -> u64 {
    let kib = field(status, "VmHWM")
        .trim_end_matches("kB")
        .trim()
        .parse()
        .unwrap_or(0);
    u64::saturating_mul(kib, 1024)
}

#[cfg(test)]
mod tests;

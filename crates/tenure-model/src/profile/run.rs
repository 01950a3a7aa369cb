//! What the supervisor saw of a run from outside.

use std::time::Duration;

/// What the supervisor saw of a run from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Version of the tenure that recorded.
    pub version: String,
    /// The program and its arguments, as they were typed.
    pub command: Vec<String>,
    /// The folder in which it was started.
    pub directory: String,
    /// When it was started, in nanoseconds since 1970.
    pub start_unix_ns: u64,
    /// From its start to its end.
    pub wall: Duration,
    /// Process id of the program.
    pub root_pid: u32,
    /// How the program ended; `None` where the supervisor did not see it.
    pub outcome: Option<Outcome>,
    /// What was seen of each process that recorded.
    pub processes: Vec<ProcessFacts>,
}

/// How the program of a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with this code, 0 to 255.
    Code(i32),
    /// It was killed by this signal.
    Signal(i32),
}

/// What the supervisor saw of one recorded program image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessFacts {
    /// Process id.
    pub pid: u32,
    /// When its recording began; with the pid it names the image.
    pub start_mono_ns: u64,
    /// The kernel's resident peak (`VmHWM`) as last seen, in bytes.
    pub resident_peak_bytes: Option<u64>,
    /// Whether it was still running when the record was made.
    pub running: bool,
}

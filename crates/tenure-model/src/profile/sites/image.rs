//! The program images that recorded, their live bytes over time, and the peak.

use tenure_trace::state::header;

/// What was recorded of each allocation. Each mode tells what the ones before it tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Counters of the heap alone, no call stacks.
    #[default]
    Stats,
    /// Call stacks of sampled allocations; figures are estimates.
    Sample,
    /// Call stacks of every allocation; figures are exact.
    Every,
    /// As [`Mode::Every`], and the stream of all events.
    Events,
}

impl Mode {
    /// The mode that a state file names; an unknown one is taken for the last known.
    pub(super) fn of(recorded: u32) -> Self {
        match recorded {
            header::MODE_STATS => Self::Stats,
            header::MODE_SAMPLE => Self::Sample,
            header::MODE_EVERY => Self::Every,
            _ => Self::Events,
        }
    }

    /// One word for machines: `stats`, `sample`, `every` or `events`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stats => "stats",
            Self::Sample => "sample",
            Self::Every => "every",
            Self::Events => "events",
        }
    }
}

/// A program image that recorded sites.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Process id.
    pub pid: u32,
    /// Number of the image among those of this process id; exec begins a new one.
    pub seq: u32,
    /// Path of the program; empty where it is not known.
    pub program: String,
    /// When recording began, in nanoseconds of `CLOCK_MONOTONIC`.
    pub start_mono_ns: u64,
    /// From the start of recording to the end, in nanoseconds; `None` where nobody knows.
    pub wall_ns: Option<u64>,
    /// Live and held bytes over time; empty where none were recorded.
    pub live: LiveCurve,
}

/// Requested live bytes of one process over time, and the bytes held for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveCurve {
    /// Width of an interval in nanoseconds.
    pub width_ns: u64,
    /// One for each interval since the start of recording.
    pub points: Vec<LivePoint>,
}

/// Live and held bytes in one interval. Where nothing was recorded in it, what was before goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LivePoint {
    /// The most that were live in it.
    pub max_bytes: u64,
    /// How many were live at its end.
    pub last_bytes: u64,
    /// The most that were held in it.
    pub max_held_bytes: u64,
    /// How many were held at its end.
    pub last_held_bytes: u64,
}

impl LiveCurve {
    /// When the curve ends, in nanoseconds since the start of recording.
    pub fn end_ns(&self) -> u64 {
        self.width_ns.saturating_mul(self.points.len() as u64)
    }
}

/// When the requested live bytes of a process were highest: the process with the largest peak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Index into [`super::Sites::images`].
    pub image: u32,
    /// Requested live bytes then.
    pub live_bytes: u64,
    /// When, in nanoseconds since the process began to record; `None` where nobody knows.
    pub since_start_ns: Option<u64>,
}

//! What a load is, and how it is timed.

use std::mem::MaybeUninit;
use std::time::Duration;

/// One load.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Its name on the command line and in the tables.
    pub(crate) name: &'static str,
    /// What it does, and what one operation is.
    pub(crate) about: &'static str,
    /// The set whose mean it counts in.
    pub(crate) set: Set,
    /// Operations that take about a tenth of a second of processor time.
    pub(crate) operations: u64,
    /// Whether its instructions tell anything: it neither waits nor starts threads, and what it
    /// costs is not the kernel's.
    pub(crate) countable: bool,
    /// Does at least this many operations and says how many, and what they cost.
    pub(crate) run: fn(u64) -> Done,
}

/// A set of loads that has a mean of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// One thing, done millions of times.
    Micro,
    /// What allocators have been measured by for decades: several things at once.
    Suite,
}

impl Set {
    /// Its name in the list and on the command line of the benchmark.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Set::Micro => "micro",
            Set::Suite => "suite",
        }
    }
}

/// What a load did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) operations: u64,
    /// Processor time of all threads, the program's and the kernel's.
    pub(crate) cpu: Duration,
}

/// Processor time from a moment on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    begun: Duration,
}

impl Clock {
    /// Begins.
    pub(crate) fn start() -> Clock {
        Clock { begun: cpu_time() }
    }

    /// `operations` have been done since the clock was started.
    pub(crate) fn done(self, operations: u64) -> Done {
        Done {
            operations,
            cpu: cpu_time().saturating_sub(self.begun),
        }
    }
}

/// Processor time of all threads of this process, those that have ended among them.
fn cpu_time() -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: `time` has room for what the call writes.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, time.as_mut_ptr()) };
    assert_eq!(result, 0, "Linux has a clock of the process");
    // SAFETY: a call that succeeds has written all of it.
    let time = unsafe { time.assume_init() };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Times `round`, which does `each` operations, until `operations` are done.
pub(crate) fn repeat(operations: u64, each: u64, mut round: impl FnMut()) -> Done {
    let rounds = operations.div_ceil(each);
    let clock = Clock::start();
    for _ in 0..rounds {
        round();
    }
    clock.done(rounds * each)
}

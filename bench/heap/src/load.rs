//! What a load is.

use std::time::{Duration, Instant};

/// One load.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Its name on the command line and in the tables.
    pub(crate) name: &'static str,
    /// What it does, and what one operation is.
    pub(crate) about: &'static str,
    /// Operations that take about a quarter of a second with glibc on one core.
    pub(crate) operations: u64,
    /// Whether its instructions can be counted: it neither waits nor starts threads.
    pub(crate) countable: bool,
    /// Does at least this many operations and says how many, and how long they took.
    pub(crate) run: fn(u64) -> Done,
}

/// What a load did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) operations: u64,
    pub(crate) time: Duration,
}

/// Times `round`, which does `each` operations, until `operations` are done.
pub(crate) fn repeat(operations: u64, each: u64, mut round: impl FnMut()) -> Done {
    let rounds = operations.div_ceil(each);
    let begun = Instant::now();
    for _ in 0..rounds {
        round();
    }
    Done {
        operations: rounds * each,
        time: begun.elapsed(),
    }
}

//! How a recorder looked at a heap.

use crate::unit::Reason;
use std::time::Duration;
use tenure_trace::graph::{FLAG_COPY, FLAG_INCOMPLETE_ROOTS, GraphHeader, GroupKind};

/// When, why and how a heap was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Process id.
    pub pid: u32,
    /// Number of the program image among those of the same process id.
    pub seq: u32,
    /// What for.
    pub reason: Reason,
    /// Threads that were stopped, the one that looked included.
    pub threads: u32,
    /// Threads that hold signals back or did not stop in time; their stacks were read in full.
    pub threads_unanswered: u32,
    /// When: nanoseconds of `CLOCK_MONOTONIC`.
    pub mono_ns: u64,
    /// How long the program stood still.
    pub pause: Duration,
    /// How long it took to read everything.
    pub took: Duration,
    /// Bytes of blocks that were read.
    pub block_bytes: u64,
    /// Bytes of roots that were read.
    pub root_bytes: u64,
    /// How often the process had been looked at, this time included.
    pub number: u64,
    /// Whether everything was written down.
    pub is_complete: bool,
    /// Whether a copy of the process did the work while the program went on.
    pub is_copy: bool,
    /// Whether all memory that may hold roots was read.
    pub has_all_roots: bool,
}

impl Scan {
    /// What the header of a graph file says.
    pub(super) fn of(header: &GraphHeader) -> Self {
        Self {
            pid: header.pid,
            seq: header.seq,
            reason: Reason::of(header.reason),
            threads: header.threads,
            threads_unanswered: header.threads_unanswered,
            mono_ns: header.mono_ns,
            pause: Duration::from_nanos(header.pause_ns),
            took: Duration::from_nanos(header.scan_ns),
            block_bytes: header.block_bytes,
            root_bytes: header.root_bytes,
            number: header.number,
            is_complete: header.is_complete(),
            is_copy: header.flags & FLAG_COPY != 0,
            has_all_roots: header.flags & FLAG_INCOMPLETE_ROOTS == 0,
        }
    }

    /// What a reader of the graph must know, one sentence each.
    pub(super) fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if !self.has_all_roots {
            limits.push(
                "not all memory that may point into the heap was read, so blocks may be called \
                 lost that are not: there are too many mappings"
                    .to_owned(),
            );
        }
        if self.threads_unanswered > 0 {
            limits.push(format!(
                "{} of {} threads hold signals back or did not stop: their whole stacks count as \
                 in use, so lost blocks may be called reachable",
                self.threads_unanswered, self.threads
            ));
        }
        limits
    }
}

/// What a place outside the heap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootKind {
    /// Data of the program or of a library: variables.
    Module,
    /// The stack of a thread, from its stack pointer outwards.
    Stack,
    /// The registers of a thread.
    Registers,
    /// The variables that a thread has of its own.
    ThreadLocal,
    /// Memory that the program has mapped itself.
    Mapping,
    /// One that this version does not know.
    Unknown,
}

impl RootKind {
    pub(super) fn of(kind: GroupKind) -> Self {
        match kind {
            GroupKind::Module => Self::Module,
            GroupKind::Stack => Self::Stack,
            GroupKind::Registers => Self::Registers,
            GroupKind::ThreadLocal => Self::ThreadLocal,
            GroupKind::Mapping => Self::Mapping,
            GroupKind::Unknown(_) => Self::Unknown,
        }
    }
}

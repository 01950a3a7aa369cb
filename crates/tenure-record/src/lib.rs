//! Writes what the heap counts into a file that survives the process.
//!
//! Each process of a run has one *state file* in the run's folder (layout:
//! [`tenure_trace::state`]), mapped shared: the heap's threads count straight into it, so nothing
//! is lost whatever kills the process.
//!
//! ```text
//! heap's threads ── plain stores ────────────────→ shards 1, 2, 3 …  ┐
//! heap's slow paths ── publish, held, threads ──→ header             ├ PID-SEQ.state
//! fork ── sum of what is live ──→ shard 0 of the child's own file    ┘
//! ```
//!
//! * [`start`] before the process's first heap is made; [`end_by_exit`] and [`end_by_fault`] mark
//!   how it ended. A process that is killed stays unmarked.
//! * A child made by `fork` opens a file of its own; so does one made by a raw `clone`, as soon as
//!   it reaches a slow path. A child that shares its parent's memory (`vfork`, `posix_spawn`)
//!   counts with the parent, whose heap it uses, and marks nothing. A program started by `exec`
//!   begins anew under the next SEQ.
//! * What cannot be recorded (no room, no right, no address space) is said once on stderr, and the
//!   program goes on as if recording had not been asked for.
//!
//! **Cost:** nothing on the heap's fast path beyond its own counting. A thread's first allocation
//! takes a lock; every 64 KiB that a thread allocates cost a few atomics in the header. A file
//! begins with room for three heaps in 28 KiB, all of it reserved on disk at once, and doubles:
//! that is the price for a full disk being an error when a thread starts, and not a `SIGBUS` at
//! some store.
//!
//! **Limits:** where blocks are watched, their tags take as much address space as the blocks (and a
//! quarter of the memory of blocks of 64 bytes), so a program under `ulimit -v` has less to itself.
//! A program that forbids itself `openat` by seccomp with a deadly action, and then
//! starts threads or exits through `exit`, is killed by it: growing, and the last look at
//! `/proc/self/status`, open files.
#![no_std]

#[cfg(test)]
extern crate std;

mod accounts;
mod array_file;
mod birth;
mod capture;
mod event_log;
mod folder;
mod functions;
mod head;
mod joined;
mod notebook;
mod profile;
mod recorder;
mod refusal;
mod resident;
mod sampler;
mod scan;
mod site_record;
mod site_table;
mod snapshot;
pub mod stack;
mod state_file;
mod stopwatch;
mod timeline;

pub use joined::join;
pub use recorder::{Mode, end_by_exit, end_by_fault, library_closed, ready, start};
pub use scan::look_now;

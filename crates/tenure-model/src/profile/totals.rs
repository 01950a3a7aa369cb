//! Sums over the processes of a run, and the largest peaks among them.

use super::{Blocks, Class, Process};
use crate::unit::{Ratio, saturating_sum};
use std::collections::BTreeMap;

/// Sums over the processes of a run, and the largest peaks among them.
///
/// Peaks of different processes fall at different times, so they are not added up: the largest
/// is given, with the pid that had it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Whether a process's figures were estimated from samples.
    pub estimated: bool,
    /// Blocks allocated.
    pub allocations: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Frees by another thread than the one that owns the heap page.
    pub frees_remote: u64,
    /// Reallocations that kept the block where it was.
    pub reallocs_in_place: u64,
    /// Reallocations that moved the block.
    pub reallocs_moved: u64,
    /// Bytes requested.
    pub requested_bytes: u64,
    /// What was not freed at the end of its process. A block that a fork shares with its parent
    /// counts once, in the parent.
    pub live: Blocks,
    /// (usable − requested) / usable over the blocks not freed, of all processes.
    pub internal_fragmentation: Ratio,
    /// Threads that allocated.
    pub threads_started: u64,
    /// The largest peak of requested live bytes.
    pub peak_live: Option<Largest>,
    /// The largest peak of bytes mapped for the heap.
    pub held_peak: Option<Largest>,
    /// The largest peak of bytes in RAM; `None` where nobody saw one.
    pub resident_peak: Option<Largest>,
    /// The size classes, ascending, exact ones before huge ones, unused ones left out.
    pub classes: Vec<Class>,
}

/// The largest figure of a run and the process that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Largest {
    /// The process.
    pub pid: u32,
    /// The figure.
    pub bytes: u64,
}

impl Totals {
    pub(super) fn over(processes: &[Process]) -> Self {
        let sum = |of: fn(&Process) -> u64| saturating_sum(processes.iter().map(of));
        let largest = |of: fn(&Process) -> Option<u64>| {
            let figures = processes.iter().rev().filter_map(|process| {
                of(process).map(|bytes| Largest {
                    pid: process.pid,
                    bytes,
                })
            });
            figures.max_by_key(|figure| figure.bytes)
        };
        let unasked = sum(|process| process.internal_fragmentation().part());
        let usable = sum(|process| process.internal_fragmentation().whole());
        Self {
            estimated: processes.iter().any(|process| process.estimated),
            allocations: sum(|process| process.allocations),
            frees: sum(|process| process.frees),
            frees_remote: sum(|process| process.frees_remote),
            reallocs_in_place: sum(|process| process.reallocs_in_place),
            reallocs_moved: sum(|process| process.reallocs_moved),
            requested_bytes: sum(|process| process.requested_bytes),
            live: Blocks {
                blocks: sum(|process| process.own_live().blocks),
                bytes: sum(|process| process.own_live().bytes),
            },
            internal_fragmentation: Ratio::of(unasked, usable),
            threads_started: sum(|process| process.threads.started),
            peak_live: largest(|process| Some(process.peak_live_bytes)),
            held_peak: largest(|process| Some(process.held_peak_bytes)),
            resident_peak: largest(|process| process.resident_peak_bytes),
            classes: merge(processes),
        }
    }
}

/// The used classes of all processes; equal ones of different processes become one.
fn merge(processes: &[Process]) -> Vec<Class> {
    let mut merged = BTreeMap::new();
    for class in processes.iter().flat_map(|process| &process.classes) {
        if class.is_used() {
            let same = merged
                .entry((class.huge, class.usable_bytes))
                .or_insert(Class {
                    usable_bytes: class.usable_bytes,
                    huge: class.huge,
                    ..Class::default()
                });
            same.add(class);
        }
    }
    merged.into_values().collect()
}

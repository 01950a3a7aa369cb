//! The processes of a run, and what each did with its memory.
//!
//! A [`Process`] is read from one state file; a [`Profile`] holds all of a run, in the order in
//! which they began, together with what the supervisor saw ([`Run`]). [`Sites`] tells which call
//! stacks allocated.
//!
//! # Definitions
//!
//! *requested* bytes are those that the program asked for, *usable* those that the block has,
//! *live* those not yet freed, *held* those mapped for the heap, *resident* those in RAM.
//! *Internal fragmentation* = (usable − requested) / usable over live blocks.
//!
//! The counters of a process that runs, or was killed, may be torn between fields by a few
//! events. Each difference is therefore cut at zero, and each sum at the largest number.

mod account;
mod class;
mod end;
mod process;
mod run;
mod sites;
mod totals;

pub use account::Account;
pub use class::Class;
pub use end::End;
pub use process::{Blocks, FirstRefusal, Limit, Process, Threads};
pub use run::{Outcome, ProcessFacts, Run};
#[cfg(any(test, feature = "sample"))]
pub use sites::sample;
pub use sites::{
    Border, Breach, Bucket, Change, Diff, Figure, Frame, FrameId, Function, FunctionId, Histogram,
    Image, Interval, Key, Lifetime, Lifetimes, LiveCurve, LivePoint, Mapping, Metric, Mode, Module,
    ModuleId, ModuleKind, ModuleSymbols, NamedFrame, Names, Peak, ProcessSites, Rule, RuleError,
    Site, SiteChange, SiteSide, SiteTotals, Sites, SitesBuilder, SizeCount, SourceFrame,
    SourceVariable, StackId, Stacks, Symbols, Unnamed, Unread, UnreadInterpreter,
};
pub use totals::{Largest, Totals};

use std::collections::HashSet;

/// The processes of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// What the supervisor saw; `None` for state files that were read without a record.
    pub run: Option<Run>,
    /// One for each program image that recorded, in the order in which they began.
    ///
    /// A process that called exec appears once for each image, with the same pid.
    pub processes: Vec<Process>,
    /// What of the record could not be read, one sentence each; empty for a whole record.
    pub losses: Vec<String>,
}

impl Profile {
    /// Brings the processes of a run into order and completes each with what the supervisor saw.
    pub fn new(run: Option<Run>, mut processes: Vec<Process>, losses: Vec<String>) -> Self {
        processes.sort_by_key(|process| (process.start_mono_ns, process.pid));
        let mut seen_later = HashSet::new();
        for process in processes.iter_mut().rev() {
            let replaced = !seen_later.insert(process.pid);
            process.complete(run.as_ref(), replaced);
        }
        Self {
            run,
            processes,
            losses,
        }
    }

    /// The process that the supervisor started, in its last image; else the first of all.
    pub fn root(&self) -> Option<&Process> {
        let root_pid = self.run.as_ref().map(|run| run.root_pid);
        let is_root = |process: &&Process| Some(process.pid) == root_pid;
        self.processes
            .iter()
            .rev()
            .find(is_root)
            .or(self.processes.first())
    }

    /// The sums over all processes, and the largest peaks among them.
    pub fn totals(&self) -> Totals {
        Totals::over(&self.processes)
    }
}

#[cfg(test)]
mod tests;

//! What one process did with its memory.

use super::{Account, Class, End, Outcome, ProcessFacts, Run};
use crate::unit::{Ratio, saturating_sum};
use std::time::Duration;
use tenure_trace::state::{Header, ShardHead, StateView, header};

/// What one process did with its memory, from the start of one program image to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Process id of the parent when recording began.
    pub ppid: u32,
    /// Path of the program; empty where the process could not tell.
    pub program: String,
    /// The arguments, the program's own name first.
    pub arguments: Vec<String>,
    /// Whether the arguments were too long to be recorded whole.
    pub arguments_cut: bool,
    /// When recording began, in nanoseconds since 1970.
    pub start_unix_ns: u64,
    /// When recording began, in nanoseconds of `CLOCK_MONOTONIC`.
    pub start_mono_ns: u64,
    /// From the start to the end; `None` where the end was not seen.
    pub wall: Option<Duration>,
    /// How it ended.
    pub end: End,
    /// Whether it was forked without exec, and so began with blocks of its parent.
    pub forked: bool,
    /// Whether what flowed and what is live was estimated from samples.
    pub estimated: bool,
    /// Blocks allocated, without inherited ones. A realloc that moves counts one, a realloc in
    /// place none.
    pub allocations: u64,
    /// Blocks freed, inherited ones included.
    pub frees: u64,
    /// Frees by another thread than the one that owns the heap page.
    pub frees_remote: u64,
    /// Reallocations that kept the block where it was.
    pub reallocs_in_place: u64,
    /// Reallocations that moved the block.
    pub reallocs_moved: u64,
    /// Bytes requested over the whole run, growth in place included, without inherited ones.
    pub requested_bytes: u64,
    /// What was not freed at the end, inherited blocks included, in requested bytes.
    pub live: Blocks,
    /// What was live at the fork, in requested bytes; zero without a fork.
    pub inherited: Blocks,
    /// Usable bytes of the blocks not freed at the end.
    pub usable_live_bytes: u64,
    /// The most requested bytes that were live at one time. Exact with one thread; with more, to
    /// ± 64 KiB for each thread.
    pub peak_live_bytes: u64,
    /// Bytes mapped for the heap at the end.
    pub held_bytes: u64,
    /// The most bytes that were mapped for the heap.
    pub held_peak_bytes: u64,
    /// The most bytes of the whole process that were in RAM; `None` where nobody saw it.
    pub resident_peak_bytes: Option<u64>,
    /// The limit on what the process may hold, where it had one.
    pub limit: Option<Limit>,
    /// What each manager of memory held that has a name in the ledger, at the end or when it was
    /// last looked at.
    pub accounts: Vec<Account>,
    /// Accounts that the record had no room for.
    pub accounts_left_out: u32,
    /// The threads that allocated.
    pub threads: Threads,
    /// One for each size class, ascending, unused ones included.
    pub classes: Vec<Class>,
    /// Parts of the record that were lost; each held the counters of one thread.
    pub missing_shards: u64,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// How many.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a process may hold, and how often it was refused more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// The most that it may hold.
    pub bytes: u64,
    /// Requests that failed for it.
    pub refusals: u64,
    /// The first of them.
    pub first: Option<FirstRefusal>,
}

/// The first request that a limit refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstRefusal {
    /// Bytes asked for.
    pub requested_bytes: u64,
    /// Bytes that counted against the limit.
    pub held_bytes: u64,
    /// Of these, what the program had mapped for itself.
    pub mapped_bytes: u64,
}

impl Limit {
    fn of(fields: &Header) -> Option<Self> {
        (fields.limit_bytes > 0).then(|| Self {
            bytes: fields.limit_bytes,
            refusals: fields.refusals,
            first: (fields.refusals > 0).then_some(FirstRefusal {
                requested_bytes: fields.refused_bytes,
                held_bytes: fields.refused_held_bytes,
                mapped_bytes: fields.refused_mapped_bytes,
            }),
        })
    }
}

/// The threads of a process that allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// How many there were.
    pub started: u64,
    /// How many ran when the record ended.
    pub live: u64,
    /// The most that ran at one time.
    pub peak: u64,
}

impl Process {
    /// Reads what a state file says.
    pub fn from_state(state: &StateView<'_>) -> Self {
        let Sums {
            classes,
            inherited,
            head,
            freed_bytes,
            delta_max_bytes,
            usable_live_bytes,
        } = Sums::over(state);
        let fields = state.header();
        let live = Blocks {
            blocks: saturating_sum(classes.iter().map(|class| class.live_blocks)),
            bytes: inherited
                .bytes
                .saturating_add(saturating_sum(classes.iter().map(|c| c.requested_bytes)))
                .saturating_sub(freed_bytes),
        };
        Self {
            pid: fields.pid,
            ppid: fields.ppid,
            program: lossy(state.program()),
            arguments: state.arguments().map(lossy).collect(),
            arguments_cut: state.command_is_cut(),
            start_unix_ns: fields.start_unix_ns,
            start_mono_ns: fields.start_mono_ns,
            wall: (fields.end_mono_ns != 0).then(|| {
                Duration::from_nanos(fields.end_mono_ns.saturating_sub(fields.start_mono_ns))
            }),
            end: match fields.end {
                header::END_EXIT => End::Exit,
                header::END_FAULT => End::Fault,
                _ => End::Unseen,
            },
            forked: fields.is_forked(),
            estimated: fields.mode == header::MODE_SAMPLE,
            allocations: saturating_sum(classes.iter().map(|class| class.allocations)),
            frees: saturating_sum(classes.iter().map(|class| class.frees)),
            frees_remote: head.frees_remote,
            reallocs_in_place: head.reallocs_in_place,
            reallocs_moved: head.reallocs_moved,
            requested_bytes: saturating_sum(classes.iter().map(|class| class.requested_bytes)),
            live,
            inherited,
            usable_live_bytes,
            peak_live_bytes: peak_live(fields, delta_max_bytes, live.bytes),
            held_bytes: fields.held_bytes,
            held_peak_bytes: fields.held_peak_bytes.max(fields.held_bytes),
            resident_peak_bytes: known(fields.resident_peak_bytes),
            limit: Limit::of(fields),
            accounts: state
                .accounts()
                .map(|record| Account::of(&record))
                .collect(),
            accounts_left_out: state.accounts_left_out(),
            threads: Threads {
                started: fields.threads_started,
                live: fields.threads_live,
                peak: fields.threads_peak,
            },
            classes,
            missing_shards: state.missing_shards(),
        }
    }

    /// (usable − requested) / usable over the blocks not freed at the end; 0 when nothing is live.
    pub fn internal_fragmentation(&self) -> Ratio {
        let unasked = self.usable_live_bytes.saturating_sub(self.live.bytes);
        Ratio::of(unasked, self.usable_live_bytes)
    }

    /// What was not freed at the end and was not inherited, so that the processes of a run can
    /// be added up without counting a block twice.
    pub fn own_live(&self) -> Blocks {
        Blocks {
            blocks: self.live.blocks.saturating_sub(self.inherited.blocks),
            bytes: self.live.bytes.saturating_sub(self.inherited.bytes),
        }
    }

    /// The last part of the program's path; the first argument where the path is unknown.
    pub fn name(&self) -> &str {
        let path = match self.program.as_str() {
            "" => self.arguments.first().map_or("", String::as_str),
            path => path,
        };
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Adds what is known only from outside the process: that a later image of the same pid
    /// recorded (`replaced`), and what the supervisor saw.
    pub(super) fn complete(&mut self, run: Option<&Run>, replaced: bool) {
        let is_this = |facts: &&ProcessFacts| {
            (facts.pid, facts.start_mono_ns) == (self.pid, self.start_mono_ns)
        };
        let facts = run.and_then(|run| run.processes.iter().find(is_this));
        let seen_peak = facts.and_then(|facts| facts.resident_peak_bytes);
        self.resident_peak_bytes = self.resident_peak_bytes.max(seen_peak);
        if self.end != End::Unseen {
            return;
        }
        let is_root = run.is_some_and(|run| run.root_pid == self.pid);
        self.end = match run.and_then(|run| run.outcome) {
            _ if replaced => End::Exec,
            Some(Outcome::Signal(signal)) if is_root => End::Signal(signal),
            _ if facts.is_some_and(|facts| facts.running) => End::Running,
            _ => End::Unseen,
        };
    }
}

/// The sums over the shards of a state file.
#[derive(Default)]
struct Sums {
    classes: Vec<Class>,
    inherited: Blocks,
    /// Heads of all threads, added up.
    head: ShardHead,
    /// Requested bytes of what was freed.
    freed_bytes: u64,
    /// The highest unpublished live delta of one shard.
    delta_max_bytes: i64,
    usable_live_bytes: u64,
}

impl Sums {
    fn over(state: &StateView<'_>) -> Self {
        let mut sums = Self::default();
        let mut classes: Vec<(Class, u64)> = (0..state.class_count())
            .map(|class| {
                let usable_bytes = state.class_usable_bytes(class).unwrap_or(0);
                let huge = state.class_is_huge(class);
                (
                    Class {
                        usable_bytes,
                        huge,
                        ..Class::default()
                    },
                    0,
                )
            })
            .collect();
        for shard in state.shards() {
            sums.add_head(&shard.head());
            for ((class, freed_bytes), counts) in classes.iter_mut().zip(shard.classes()) {
                class.frees = class.frees.saturating_add(counts.frees);
                *freed_bytes = freed_bytes.saturating_add(counts.requested_freed_bytes);
                let (blocks, bytes) = if shard.is_inherited() {
                    (&mut class.inherited.blocks, &mut class.inherited.bytes)
                } else {
                    (&mut class.allocations, &mut class.requested_bytes)
                };
                *blocks = blocks.saturating_add(counts.allocations);
                *bytes = bytes.saturating_add(counts.requested_bytes);
            }
        }
        let Sums { head, .. } = &sums;
        sums.usable_live_bytes = head
            .huge_usable_bytes
            .saturating_sub(head.huge_usable_freed_bytes);
        for (mut class, freed_bytes) in classes {
            sums.finish(&mut class, freed_bytes);
            sums.classes.push(class);
        }
        sums
    }

    fn add_head(&mut self, head: &ShardHead) {
        let sum = &mut self.head;
        sum.frees_remote = sum.frees_remote.saturating_add(head.frees_remote);
        sum.reallocs_in_place = sum.reallocs_in_place.saturating_add(head.reallocs_in_place);
        sum.reallocs_moved = sum.reallocs_moved.saturating_add(head.reallocs_moved);
        sum.huge_usable_bytes = sum.huge_usable_bytes.saturating_add(head.huge_usable_bytes);
        sum.huge_usable_freed_bytes = sum
            .huge_usable_freed_bytes
            .saturating_add(head.huge_usable_freed_bytes);
        self.delta_max_bytes = self.delta_max_bytes.max(head.live_delta_max_bytes);
    }

    /// Derives what is live of `class` and adds the class to the sums.
    fn finish(&mut self, class: &mut Class, freed_bytes: u64) {
        let live = |inherited: u64, added: u64, freed: u64| {
            inherited.saturating_add(added).saturating_sub(freed)
        };
        class.live_blocks = live(class.inherited.blocks, class.allocations, class.frees);
        class.live_bytes = live(class.inherited.bytes, class.requested_bytes, freed_bytes);
        self.inherited.blocks = self.inherited.blocks.saturating_add(class.inherited.blocks);
        self.inherited.bytes = self.inherited.bytes.saturating_add(class.inherited.bytes);
        self.freed_bytes = self.freed_bytes.saturating_add(freed_bytes);
        if !class.huge {
            let usable = class.live_blocks.saturating_mul(class.usable_bytes);
            self.usable_live_bytes = self.usable_live_bytes.saturating_add(usable);
        }
    }
}

/// The peak as published, as it would be published now, or what is live at the end.
fn peak_live(fields: &Header, delta_max_bytes: i64, live_bytes: u64) -> u64 {
    let unpublished = fields.live_published_bytes.saturating_add(delta_max_bytes);
    fields
        .live_peak_bytes
        .max(u64::try_from(unpublished).unwrap_or(0))
        .max(live_bytes)
}

/// A number for which 0 means that nobody knows.
fn known(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

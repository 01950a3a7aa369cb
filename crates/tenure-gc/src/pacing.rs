//! [`Pacing`]: when the whole heap is collected, and how much of that at a time.

use crate::cycle::Cycle;
use crate::memory::Memory;

/// When the old generation is collected, and how fast an incremental mark goes on.
///
/// A minor collection is due when Eden is full: young bytes alone decide that, never what was
/// promoted. The old generation is due when *old + large + external* bytes reach a **goal**:
///
/// `goal = max(initial_bytes, live + live * percent / 100)`, and no more than the soft limit
/// allows, unless collecting, young collections included, has taken more than `cpu_percent_max` of
/// the time of late (a second or two): a limit below what lives costs half of the processor, not
/// all of it.
///
/// - The soft limit is about memory that is held: Eden, both halves and regions with their bit
///   maps, holes included. Of `soft_limit_bytes - young - large - external` so much counts as can
///   be used by the measure of holes at the last mark. Where more is held all the same, while less
///   lives by a sixteenth, objects are moved together behind a mark, in a pause as of
///   [`crate::Kind::Compact`].
/// - `percent` too low: marks follow each other, each going over all that lives. Too high: garbage
///   of as many percent of the live bytes waits. The peak is (100 + percent) / 100 of what lives.
/// - An incremental mark starts a quarter of the way (`goal - live`) before the goal, or two Edens
///   before it. Each step marks `left / runway` bytes for each byte that is promoted meanwhile, so
///   that nothing is left when the goal is reached, but takes no longer than `step_us_max`. With a
///   `step_us_max` too low for that the goal is passed, never the limit of the heap: there the rest
///   is done in one pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Garbage that may wait, in percent of what lives; as `GOGC`.
    pub percent: u32,
    /// The goal is never below.
    pub initial_bytes: usize,
    /// Bytes that the heap should not hold more than, the young generation included; as
    /// `GOMEMLIMIT`.
    pub soft_limit_bytes: usize,
    /// Percent of the time that collecting may take in order to keep to the soft limit; with 100 it
    /// is kept to whatever that takes.
    pub cpu_percent_max: u32,
    /// Microseconds that a step of an incremental mark may take.
    pub step_us_max: u64,
    /// Mark in steps. Otherwise the whole heap is collected in one pause.
    pub incremental: bool,
    /// Collect by counts of minor collections instead of bytes.
    pub thresholds: Option<Thresholds>,
}

/// CPython's rules: generations are collected after so many allocations and collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Minor collections after which survivors of all ages are promoted.
    pub middle: u32,
    /// Such collections after which the whole heap is collected, if what was promoted since the
    /// last time is more than a quarter of what lived then.
    pub whole: u32,
}

impl Default for Thresholds {
    /// 10 and 10, as CPython has it; its first threshold, 700 objects, is the size of Eden.
    fn default() -> Self {
        Self {
            middle: 10,
            whole: 10,
        }
    }
}

impl Default for Pacing {
    /// 100 percent, 32 MiB at least, no limit, steps of a millisecond.
    fn default() -> Self {
        Self {
            percent: 100,
            initial_bytes: 32 << 20,
            soft_limit_bytes: usize::MAX,
            cpu_percent_max: 50,
            step_us_max: 1000,
            incremental: true,
            thresholds: None,
        }
    }
}

/// Nanoseconds after which what was counts half.
const SPAN_NS_MAX: u64 = 2_000_000_000;
/// What is taken to be held for 1024 bytes of old objects, as long as it was not measured.
const HELD_PER_1024_AT_FIRST: usize = 1280;

/// Where the pacer stands.
pub(crate) struct Pacer {
    /// Bytes that call for a collection of the whole heap.
    pub(crate) goal_bytes: usize,
    /// Old, large and external bytes when the last mark ended.
    live_bytes: usize,
    /// Bytes promoted for 1024 bytes allocated, of late.
    promoted_per_1024: usize,
    /// The end of the last pause, nanoseconds of late, and those of pauses among them.
    noted_ns: u64,
    span_ns: u64,
    pauses_ns: u64,
    /// Bytes held for 1024 bytes of old objects when the last mark began.
    held_per_1024: usize,
    /// There was a mark since objects were last moved together.
    pub(crate) may_compact: bool,
    /// Minor collections since the last one that promoted all, and such ones since the last mark.
    minors: u32,
    middles: u32,
    /// Bytes that objects hold outside of the heap.
    pub(crate) external_bytes: usize,
}

impl Pacer {
    pub(crate) fn new(pacing: &Pacing) -> Self {
        Self {
            goal_bytes: pacing.initial_bytes,
            live_bytes: 0,
            promoted_per_1024: 64,
            noted_ns: tenure_os::clock::monotonic_ns(),
            span_ns: 0,
            pauses_ns: 0,
            held_per_1024: HELD_PER_1024_AT_FIRST,
            may_compact: false,
            minors: 0,
            middles: 0,
            external_bytes: 0,
        }
    }

    /// Notes a pause, and what it promoted of what was allocated.
    pub(crate) fn note_pause(&mut self, pause_ns: u64, allocated: usize, promoted: usize) {
        let now_ns = tenure_os::clock::monotonic_ns();
        self.span_ns += now_ns.saturating_sub(self.noted_ns);
        self.noted_ns = now_ns;
        self.pauses_ns += pause_ns;
        if self.span_ns > SPAN_NS_MAX {
            self.span_ns /= 2;
            self.pauses_ns /= 2;
        }
        if let Some(now) = promoted.saturating_mul(1024).checked_div(allocated) {
            self.promoted_per_1024 = (3 * self.promoted_per_1024 + now.min(4096)) / 4;
        }
    }

    /// Whether collecting has taken more of the time than it may for the sake of the soft limit.
    fn is_over_cpu_cap(&self, pacing: &Pacing) -> bool {
        let most = u64::from(pacing.cpu_percent_max);
        most < 100 && self.pauses_ns > self.span_ns / 100 * most
    }
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The young generation.
    Minor,
    /// The young generation, and all of it is promoted.
    Middle,
    /// The whole heap.
    Whole,
}

impl Memory {
    /// Bytes that count towards the goal.
    pub(crate) fn paced_bytes(&self) -> usize {
        self.old_bytes().saturating_add(self.pacer.external_bytes)
    }

    /// The goal as it is now, the soft limit considered.
    pub(crate) fn goal(&self) -> usize {
        match self.old_limit() {
            Some(limit) if !self.pacer.is_over_cpu_cap(&self.options.pacing) => {
                let used = (limit / self.pacer.held_per_1024).saturating_mul(1024);
                let beside = self.paced_bytes() - self.old.used_bytes;
                self.pacer.goal_bytes.min(used.saturating_add(beside))
            }
            _ => self.pacer.goal_bytes,
        }
    }

    /// Bytes that regions and their bit maps may take for the heap to stay below the soft limit.
    fn old_limit(&self) -> Option<usize> {
        let limit = self.options.pacing.soft_limit_bytes;
        let young = self.young.eden_bytes() + 2 * self.young.half_bytes();
        let beside = self.paced_bytes() - self.old.used_bytes;
        (limit < usize::MAX).then(|| limit.saturating_sub(young.saturating_add(beside)))
    }

    /// More is held than the soft limit allows, since there are holes: to move objects together
    /// would help. It does so once behind each mark, before the dead are among what is moved.
    pub(crate) fn is_crowded(&self) -> bool {
        self.old_limit().is_some_and(|limit| {
            self.pacer.may_compact
                && self.old.resident_bytes() > limit / 32 * 31
                && self.old.used_bytes < limit / 16 * 15
                && !self.pacer.is_over_cpu_cap(&self.options.pacing)
        })
    }

    /// What may be held in addition: without a soft limit, anything.
    pub(crate) fn room_below_limit(&self) -> usize {
        self.old_limit().map_or(usize::MAX, |limit| {
            limit.saturating_sub(self.old.resident_bytes())
        })
    }

    /// A mark begins: what is held for what is used is measured.
    pub(crate) fn measure_holes(&mut self) {
        let used = (self.old.used_bytes / 1024).max(1);
        self.pacer.held_per_1024 = (self.old.resident_bytes() / used).clamp(1024, 4096);
    }

    /// What a full Eden calls for.
    pub(crate) fn due(&mut self) -> Due {
        if let Some(thresholds) = self.options.pacing.thresholds {
            return self.due_by_thresholds(thresholds);
        }
        let goal = self.goal();
        let mut trigger = goal;
        if self.options.pacing.incremental {
            let runway = goal.saturating_sub(self.pacer.live_bytes) / 4;
            let edens = 2 * self.young.eden_bytes();
            trigger = goal.saturating_sub(runway.max(edens).min(goal / 2));
        }
        if self.paced_bytes() >= trigger {
            Due::Whole
        } else {
            Due::Minor
        }
    }

    fn due_by_thresholds(&mut self, thresholds: Thresholds) -> Due {
        self.pacer.minors += 1;
        if self.pacer.minors <= thresholds.middle {
            return Due::Minor;
        }
        self.pacer.minors = 0;
        self.pacer.middles += 1;
        let pending = self.paced_bytes().saturating_sub(self.pacer.live_bytes);
        if self.pacer.middles > thresholds.whole && pending > self.pacer.live_bytes / 4 {
            self.pacer.middles = 0;
            return Due::Whole;
        }
        Due::Middle
    }

    /// Bytes that a step has to mark when `allocated` bytes have been allocated since the last one.
    pub(crate) fn step_bytes(&self, allocated: usize) -> usize {
        let left = self.pacer.live_bytes.max(self.paced_bytes())
            - self
                .marking
                .marked_bytes
                .min(self.pacer.live_bytes.max(self.paced_bytes()));
        if self.options.pacing.thresholds.is_some() {
            // There is no goal: within one Eden.
            return (left / 16).max(allocated);
        }
        let runway = self.goal().saturating_sub(self.paced_bytes());
        let promoted = (allocated / 1024 + 1) * self.pacer.promoted_per_1024.max(32);
        let steps = (runway / promoted).max(1);
        (left / steps).max(allocated)
    }

    /// Chooses Eden's size and the age of promotion by what a collection of the young took.
    pub(crate) fn adapt_young(&mut self, cycle: &Cycle) {
        if cycle.allocated_bytes < self.young.eden_bytes() / 2 {
            return;
        }
        let goal_ns = self.options.minor_us_goal.saturating_mul(1000);
        let took_ns = (cycle.phases.roots + cycle.phases.evacuate).max(1);
        let now = self.young.eden_bytes();
        if goal_ns > 0 && took_ns > goal_ns {
            let fits = u128::from(goal_ns) * cycle.allocated_bytes as u128 / u128::from(took_ns);
            let least = (self.options.eden_bytes / 16).min(now);
            // Half at a time: one slow collection may be the machine's doing.
            self.young
                .set_eden_bytes((fits as usize).clamp(least, now).max(now / 2));
        } else if goal_ns == 0 || took_ns < goal_ns / 2 {
            self.young
                .set_eden_bytes((now / 4 * 5).min(self.options.eden_bytes));
        }
        let survived: usize = cycle.survived_bytes_by_age.iter().sum();
        let kept = survived + cycle.promoted_bytes;
        let crowded =
            kept / 4 > cycle.allocated_bytes / 5 || survived > self.young.half_bytes() / 2;
        if crowded {
            self.tenure_age = self.tenure_age.saturating_sub(1);
        } else if kept < cycle.allocated_bytes / 2 {
            self.tenure_age = (self.tenure_age + 1).min(self.options.tenure_age);
        }
    }

    /// A mark has ended: the next goal follows from what lives.
    pub(crate) fn renew_goal(&mut self) {
        let live = self.paced_bytes();
        let pacing = &self.options.pacing;
        let more = (live / 100).saturating_mul(pacing.percent as usize);
        self.pacer.live_bytes = live;
        self.pacer.may_compact = true;
        self.pacer.goal_bytes = live.saturating_add(more).max(pacing.initial_bytes);
    }
}

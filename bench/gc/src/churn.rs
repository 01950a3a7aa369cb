//! Pauses while objects of a large heap are replaced, drawn at random, and as many as three times
//! that die at once. One module for each contender.
//!
//! The machine takes the processor away at times, for longer than a pause may be. So the time of
//! the processor is told beside the time by the clock, and the longest gap of a loop that does
//! nothing but look at the clock.

pub(crate) mod gc_arena;
pub(crate) mod tenure;

use std::time::{Duration, Instant};

use crate::clock;

/// Objects replaced between two looks of the collector.
const TURN: usize = 64;

/// How many objects of 64 bytes, with their slots, are `live_mib` MiB.
const fn len_of(live_mib: usize) -> usize {
    (live_mib << 20) / (64 + 8)
}

/// How long objects are replaced: ten seconds with a GiB.
fn span_of(live_mib: usize) -> Duration {
    Duration::from_secs(10) * live_mib as u32 / 1024
}

/// What steps of a collector took.
#[derive(Default)]
struct Steps {
    wall_ns: Vec<u64>,
    processor_ns: Vec<u64>,
}

impl Steps {
    /// Calls `step`, and keeps what it took if `is_step` says so of the answer and of the
    /// nanoseconds by the clock.
    fn time<X>(&mut self, step: impl FnOnce() -> X, is_step: impl FnOnce(X, u64) -> bool) {
        let (processor, wall) = (clock::processor_ns(), Instant::now());
        let answer = step();
        let wall_ns = wall.elapsed().as_nanos() as u64;
        let processor_ns = clock::processor_ns() - processor;
        if is_step(answer, wall_ns) {
            self.wall_ns.push(wall_ns);
            self.processor_ns.push(processor_ns);
        }
    }

    /// The longest by the time of the processor, and the longest gap of a loop that ran right now
    /// for as long as all steps together, a tenth of `span` at least.
    fn told(&self, span: Duration) -> String {
        let all = Duration::from_nanos(self.wall_ns.iter().sum());
        let control_us = clock::longest_gap(all.max(span / 10)).as_secs_f64() * 1e6;
        let longest_us = self.processor_ns.iter().max().copied().unwrap_or(0) as f64 / 1e3;
        format!("step_cpu_max_us {longest_us:.1} control_max_us {control_us:.1}")
    }

    /// By the clock: half of them, all but one in a hundred, and all took no longer.
    fn by_the_clock(&mut self) -> String {
        self.wall_ns.sort_unstable();
        let us = |percent: usize| {
            let at = (self.wall_ns.len() * percent).div_ceil(100).max(1) - 1;
            self.wall_ns.get(at).copied().unwrap_or(0) as f64 / 1e3
        };
        let [p50, p99, max] = [50, 99, 100].map(us);
        format!("step_p50_us {p50:.1} step_p99_us {p99:.1} step_max_us {max:.1}")
    }
}

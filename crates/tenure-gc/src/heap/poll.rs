//! Polls: what is due between two mutations, and under stress what is not.

use super::Heap;
use crate::collector::Plan;
use crate::cycle::{Cause, Cycle, Kind};
use crate::memory::Phase;
use crate::pacing::Due;
use crate::root::Rootable;
use crate::steps::{Budget, Meter};

/// What collections under stress are, in turns: every order that a mark allows.
const STRESS_KINDS: [Kind; 12] = [
    Kind::Minor,
    Kind::MarkStart,
    Kind::Step,
    Kind::Minor,
    Kind::Step,
    Kind::Step,
    Kind::MarkEnd,
    Kind::Minor,
    Kind::Step,
    Kind::Minor,
    Kind::Full,
    Kind::Compact,
];
/// Steps of a mark while Eden fills once.
const STEPS_PER_EDEN: usize = 16;
/// Times that a mark may find, at its end, that more is to be done than a step does.
const ENDS_TRIED_MAX: u32 = 16;

impl<R: Rootable> Heap<R> {
    /// Collects what has to be collected now, if anything. One comparison if not.
    ///
    /// `None` also when there is no room for what may survive: then the heap goes on as it is, and
    /// allocation refuses at last.
    #[inline]
    pub fn poll(&mut self) -> Option<&Cycle> {
        let state = self.state();
        let due = state.cursor.get().addr() >= state.poll_at.get().addr();
        if due || self.stress > 0 {
            self.poll_slow()
        } else {
            None
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(&mut self) -> Option<&Cycle> {
        self.polls += 1;
        let state = self.state();
        if state.cursor.get().addr() >= state.yield_at.get().addr() {
            return self.poll_full_eden();
        }
        if state.cursor.get().addr() >= state.poll_at.get().addr() {
            return self.poll_step();
        }
        if !self.polls.is_multiple_of(u64::from(self.stress)) {
            return None;
        }
        let turn = self.polls / u64::from(self.stress);
        let kind = STRESS_KINDS[(turn % STRESS_KINDS.len() as u64) as usize];
        match kind {
            Kind::Step => {
                self.step(Budget::Bytes(256));
                self.last.as_ref()
            }
            _ => self.pause(self.plan(kind, Cause::Stress)).ok(),
        }
    }

    /// Eden is full: what else is due with it?
    fn poll_full_eden(&mut self) -> Option<&Cycle> {
        let memory = self.state_mut().memory_mut();
        let incremental = memory.options.pacing.incremental;
        let mut plan = match (memory.phase, memory.due()) {
            (Phase::Marking, _) if memory.marking.is_done() => {
                self.plan(Kind::MarkEnd, Cause::Eden)
            }
            (Phase::Idle, _) if memory.is_tidy() && memory.is_crowded() => Plan {
                promote_all: true,
                ..self.plan(Kind::Compact, Cause::Goal)
            },
            (Phase::Idle, Due::Whole) if incremental && memory.is_tidy() => {
                self.plan(Kind::MarkStart, Cause::Goal)
            }
            (Phase::Idle, Due::Whole) if !incremental => self.plan(Kind::Full, Cause::Goal),
            (_, Due::Middle) => Plan {
                promote_all: true,
                ..self.plan(Kind::Minor, Cause::Eden)
            },
            _ => self.plan(Kind::Minor, Cause::Eden),
        };
        // A mark that ends has a step's time for what came last; if that is not enough a few times,
        // two once the goal is passed, it takes what it needs.
        let memory = self.state_mut().memory_mut();
        let tries = if memory.paced_bytes() < memory.goal() {
            ENDS_TRIED_MAX
        } else {
            2
        };
        if plan.kind == Kind::MarkEnd && self.ends_tried < tries {
            let memory = self.state_mut().memory_mut();
            plan.mark_ns_max = memory.options.pacing.step_us_max.saturating_mul(1000);
            self.ends_tried += 1;
        }
        if self.pause(plan).is_err() {
            // There is no room for what may survive, and all that is old lives. The heap goes on in
            // its overdraft, and tries again only when there is more that may have died.
            let state = self.state_mut();
            let more = state.memory_mut().young.eden_bytes();
            let next = state.cursor.get().wrapping_add(more);
            state.yield_at.set(next);
            state.poll_at.set(next);
            return None;
        }
        self.set_step();
        self.last.as_ref()
    }

    /// A step is due, of a mark or of what is left behind one.
    fn poll_step(&mut self) -> Option<&Cycle> {
        let state = self.state_mut();
        let slice = state.memory_mut().young.eden_bytes() / STEPS_PER_EDEN;
        let memory = state.memory_mut();
        // A step ends some time after its budget.
        let us = memory.options.pacing.step_us_max / 10 * 9;
        let meter = Meter::new(Budget::Micros(us));
        let meter = match memory.phase {
            Phase::Marking => meter.and_bytes(memory.step_bytes(slice)),
            Phase::Idle => meter,
        };
        self.step_by(&meter, Cause::Goal);
        self.set_step();
        self.last.as_ref()
    }

    /// Says when the next step is due, if there is to be one.
    pub(super) fn set_step(&mut self) {
        let state = self.state_mut();
        let memory = state.memory_mut();
        let working = match memory.phase {
            Phase::Marking => !memory.marking.is_done(),
            Phase::Idle => !memory.is_tidy(),
        };
        let slice = memory.young.eden_bytes() / STEPS_PER_EDEN;
        let end = state.yield_at.get();
        let next = state.cursor.get().wrapping_add(slice);
        state.poll_at.set(if working && next.addr() < end.addr() {
            next
        } else {
            end
        });
    }
}

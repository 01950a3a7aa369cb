//! What a budget does at its limit: asks, waits, ends the process, or only counts.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use super::Budget;
use tenure_os::{clock, thread};

/// What a budget does with a charge that would pass its limit.
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// Refuses it.
    Fail,
    /// Asks the function to free so many bytes, and tries once more. It is called without a lock,
    /// and not again while it runs: charges that meet the limit meanwhile are refused.
    Reclaim(fn(usize)),
    /// Waits until there is room, at most so long, and tries again. Nothing is charged to the
    /// budgets below meanwhile. One charge waits no longer than the first such budget that it meets
    /// says; one that is larger than the limit is refused at once.
    Wait(Duration),
    /// Says what was asked for and who holds the most on stderr, and ends the process by `SIGABRT`.
    Abort,
    /// Takes it, and counts it with [`Budget::refusals`]: a limit that is only watched. It is
    /// refused when the sum is more than a word can say.
    Observe,
}

/// A function, and whether it runs: it is not called from within itself.
pub(super) struct Asked<'a>(&'a AtomicBool);

impl<'a> Asked<'a> {
    /// The right to call a function of the budget, if none runs.
    pub(super) fn enter(is_asked: &'a AtomicBool) -> Option<Self> {
        (!is_asked.swap(true, Ordering::Acquire)).then(|| Self(is_asked))
    }
}

impl Drop for Asked<'_> {
    /// Also when the function panics.
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A moment by the clock after which nobody waits, once somebody has begun to.
#[derive(Default)]
pub(super) struct Deadline(Option<u64>);

impl Deadline {
    fn of(&mut self, timeout: Duration) -> u64 {
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        *self
            .0
            .get_or_insert_with(|| clock::monotonic_ns().saturating_add(nanoseconds))
    }
}

impl Budget {
    /// Sleeps until there is room for `bytes`. False when the time is over, or there will be none.
    pub(super) fn wait_for(&self, bytes: usize, deadline: &mut Deadline) -> bool {
        let Policy::Wait(timeout) = self.terms().policy else {
            return false;
        };
        let end_ns = deadline.of(timeout);
        if bytes > self.account.0.limit_bytes() {
            return false;
        }
        self.wakeup.enter();
        let has_room = loop {
            let number = self.wakeup.number();
            let now_ns = clock::monotonic_ns();
            if now_ns >= end_ns {
                break false;
            }
            if self.free_bytes() >= bytes {
                break true;
            }
            thread::wait(self.wakeup.word(), number, Some(end_ns - now_ns));
        };
        self.wakeup.leave();
        has_room
    }

    /// Wakes who waits, after something was given back.
    #[inline]
    pub(super) fn wake_waiters(&self) {
        if matches!(self.terms().policy, Policy::Wait(_)) && self.wakeup.note_free() {
            thread::wake(self.wakeup.word());
        }
    }
}

/// Writes the path of a budget, its root first.
pub(super) fn write_path(budget: &'static Budget, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let depth = budget.path().take(super::LEVELS_MAX).count();
    for level in (0..depth).rev() {
        if let Some(above) = budget.path().nth(level) {
            above.write_name(out)?;
        }
        if level > 0 {
            out.write_str("/")?;
        }
    }
    Ok(())
}

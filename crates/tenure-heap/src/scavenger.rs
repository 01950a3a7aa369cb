//! Memory comes back unasked: a thread that gives to the kernel what has been free for a while.
//!
//! It begins when enough is free ([`POKE_BYTES`]), looks once a tick, gives back what was free at
//! the last tick already, and ends when nothing is left to do: programs with one thread have one
//! thread again. What is used again within a tick or two is never given back, so a program that
//! frees and allocates in turns pays nothing. When memory is short (`pressure`), all that is free
//! is given back at once.
//!
//! **Invariants:** (a) the thread touches no heap of a thread and calls no function of libc (see
//! [`tenure_os::background`]); (b) a start waits for no lock of the heap, and at most 20 ms for a
//! thread that ends: who starts it may hold a lock that it will take; (c) it runs in the process
//! that [`HOME`] names and in no other: a child that shares the memory (`vfork`) or was made
//! without libc starts none, and gives back as where no thread can be started; (d) it ends within
//! a second when the process changes its user or groups, since libc does not change them in a
//! thread that it does not know.
//! **Cost:** to whoever frees a page two loads and a fence; to the process a tick is a walk over a
//! bit for each 64 KiB, and the system calls that give memory back.
//!
//! **Not here:** which slices are free (`slices`), and how they go without the lock (`pieces`).

use crate::duty::{Duty, Sound};
use crate::slices::Age;
use crate::{arenas, lot, pressure};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tenure_os::background::{self, Refusal};
use tenure_os::{process, rights, thread};

/// Free memory from which the thread is started. Below it stays with the heap.
const POKE_BYTES: usize = 1 << 20;
/// How long memory is free before it is given back, if nobody says otherwise: at least this long,
/// at most twice as long.
pub(crate) const DELAY_MS: u32 = 1000;
/// How often the process's surroundings are looked at, at most.
const LOOK_MS: u32 = 1000;
/// Ticks in a row without work after which the thread ends.
const IDLE_TICKS: u32 = 8;

static DUTY: Duty<Sound> = Duty::barred();
/// The process that the thread may run in.
static HOME: AtomicU32 = AtomicU32::new(0);
static IS_READY: AtomicBool = AtomicBool::new(false);
/// 0: no thread.
static TICK_MS: AtomicU32 = AtomicU32::new(DELAY_MS / 2);

/// When free memory goes back to the kernel; see [`set_purge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Unasked, by a thread of the heap's, when it has been free for so many milliseconds, or half
    /// as long: 10 to 60,000. Others are taken as the nearest of these.
    After(u32),
    /// When somebody frees and more than 64 MiB and a quarter of what is held is free. No thread.
    Inline,
}

/// The shortest and the longest delay.
pub const PURGE_DELAY_MS: core::ops::RangeInclusive<u32> = 10..=60_000;

/// Chooses when free memory goes back to the kernel; [`Purge::After`] 1000 if nobody chooses.
///
/// A longer delay keeps more memory for less work of the kernel; a shorter one the other way round.
/// May be called at any time.
pub fn set_purge(purge: Purge) {
    match purge {
        Purge::Inline => {
            TICK_MS.store(0, Ordering::Relaxed);
            DUTY.bar();
        }
        Purge::After(delay_ms) => {
            let delay_ms = delay_ms.clamp(*PURGE_DELAY_MS.start(), *PURGE_DELAY_MS.end());
            TICK_MS.store(delay_ms / 2, Ordering::Relaxed);
            if IS_READY.load(Ordering::Relaxed) {
                DUTY.allow();
            }
        }
    }
}

/// What is in force: as [`set_purge`] chose, or [`Purge::Inline`] where no thread can be started.
#[must_use]
pub fn purge() -> Purge {
    let is_barred = IS_READY.load(Ordering::Relaxed) && DUTY.is_barred();
    match TICK_MS.load(Ordering::Relaxed) {
        0 => Purge::Inline,
        _ if is_barred => Purge::Inline,
        tick_ms => Purge::After(tick_ms * 2),
    }
}

/// The process is ready for a thread: forks are watched. A program with more rights than its user
/// gets none.
pub(crate) fn ready() {
    HOME.store(process::id(), Ordering::Relaxed);
    IS_READY.store(true, Ordering::Relaxed);
    if TICK_MS.load(Ordering::Relaxed) != 0 && !process::is_secure() {
        DUTY.allow();
    }
}

/// Something has become free: brings the thread on duty if that is worth it.
#[inline]
pub(crate) fn poke() {
    if has_work() && DUTY.call() {
        start();
    }
}

fn has_work() -> bool {
    arenas::dirty_bytes() >= POKE_BYTES || !lot::is_settled()
}

#[cold]
fn start() {
    if !is_home() {
        DUTY.fail();
        return;
    }
    match background::start(patrol) {
        Ok(()) => {}
        Err(Refusal::Busy) => DUTY.fail(),
        Err(Refusal::Kernel(_)) => DUTY.bar(),
    }
}

fn is_home() -> bool {
    HOME.load(Ordering::Relaxed) == process::id()
}

/// Whether no thread will come, whatever is free: frees give back themselves.
pub(crate) fn is_off() -> bool {
    DUTY.is_barred()
}

/// Whether the thread gives back what is free, so that nobody else need.
pub(crate) fn sees_to_it() -> bool {
    !DUTY.is_barred() && is_home()
}

/// What the thread does from its start to its end.
extern "C" fn patrol() {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    let mut idle_ticks = 0;
    let mut since_look_ms = LOOK_MS;
    let mut is_urgent = false;
    while DUTY.is_on() {
        let tick_ms = TICK_MS.load(Ordering::Relaxed).max(1);
        thread::wait(&NEVER, 0, Some(u64::from(tick_ms) * 1_000_000));
        since_look_ms = since_look_ms.saturating_add(tick_ms);
        if since_look_ms >= LOOK_MS && background::has_own_descriptors() {
            since_look_ms = 0;
            is_urgent = pressure::is_high(pressure::ROOTS);
            if rights::are_those_of_process() != Some(true) {
                // The next one has those of whoever starts it.
                tick(is_urgent);
                DUTY.fail();
                return;
            }
        }
        let given_bytes = tick_unless_halted(is_urgent);
        idle_ticks = if given_bytes == 0 && !has_work() {
            idle_ticks + 1
        } else {
            0
        };
        if idle_ticks >= IDLE_TICKS && DUTY.leave(has_work) {
            return;
        }
    }
}

/// Whether the thread is at work, and whether it must not begin. Each side writes its own and reads
/// the other's, in one order of all (`SeqCst`), so that one of the two sees the other.
static IS_AT_WORK: AtomicBool = AtomicBool::new(false);
static IS_HALTED: AtomicBool = AtomicBool::new(false);
/// How often somebody waits a millisecond for the thread to halt.
const PATIENCE: usize = 100;

fn tick_unless_halted(is_urgent: bool) -> usize {
    IS_AT_WORK.store(true, Ordering::SeqCst);
    let given_bytes = if IS_HALTED.load(Ordering::SeqCst) {
        0
    } else {
        tick(is_urgent)
    };
    IS_AT_WORK.store(false, Ordering::SeqCst);
    given_bytes
}

/// While the value lives, the thread gives nothing back. For one looker at a time.
#[derive(Debug)]
pub struct Halt(());

/// Has the thread give nothing back until the value is dropped; waits for it, 100 ms at most. Call
/// before other threads are stopped: one that is may hold a lock that the thread needs.
#[must_use]
pub fn halt() -> Halt {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    IS_HALTED.store(true, Ordering::SeqCst);
    for _ in 0..PATIENCE {
        if !IS_AT_WORK.load(Ordering::SeqCst) {
            break;
        }
        thread::wait(&NEVER, 0, Some(1_000_000));
    }
    Halt(())
}

impl Drop for Halt {
    fn drop(&mut self) {
        IS_HALTED.store(false, Ordering::SeqCst);
    }
}

/// Gives back what has been free for a tick, and what else is free when it `is_urgent`; returns the
/// bytes. What the thread does at each; a test may do so as well.
#[cfg_attr(
    not(feature = "check"),
    allow(unreachable_pub, reason = "tests call it")
)]
pub fn tick(is_urgent: bool) -> usize {
    let age = if is_urgent { Age::Any } else { Age::Aged };
    let given_bytes = lot::tick(is_urgent) + arenas::purge(age);
    arenas::age();
    given_bytes
}

/// In the child of a fork, with all locks of the heap held: there is no thread, and nobody brings
/// back the slices that it has on their way.
pub(crate) fn after_fork_in_child() {
    background::forget_after_fork();
    IS_AT_WORK.store(false, Ordering::Relaxed);
    IS_HALTED.store(false, Ordering::Relaxed);
    DUTY.fail();
    HOME.store(process::id(), Ordering::Relaxed);
    arenas::after_fork_in_child();
}

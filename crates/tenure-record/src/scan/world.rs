//! The threads of this process, stopped: each in a signal handler that has noted where it was.
//!
//! No `ptrace`: it works in containers, under a filter that forbids tracing, and under a debugger.
//!
//! **Shape:** a table of threads in memory of its own, and a generation: odd while threads are to
//! stand still. **Invariants:** (a) a slot is filled by the thread it names, before its `state`
//! says so; (b) a thread that has answered waits until the generation changes.
//! **Cost:** a signal and two wake-ups a thread.
//!
//! **Limit:** a thread that holds the signal back, or waits in the kernel in a way that no signal
//! ends, does not answer and goes on running. The former is not waited for.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr::with_exposed_provenance;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicUsize};
use tenure_os::signal::{self, Disposition, Interrupted};
use tenure_os::{background, clock, memory, tasks, thread};

/// Threads that can be stopped.
const THREADS_MAX: usize = 16 << 10;
/// How long is waited for all threads to answer.
const PATIENCE_NS: u64 = 1_000_000_000;
/// A thread that has not answered by then is asked for whether it can.
const HEARING_NS: u64 = 10_000_000;
/// How often the list of threads is read again for new ones.
const ROUNDS_MAX: usize = 64;
/// Signals that are tried, from the last down to here.
const SIGNAL_MIN: i32 = 40;

const ASKED: u32 = 0;
const ANSWERED: u32 = 1;
const GONE: u32 = 2;
const DEAF: u32 = 3;

/// Odd while threads are to stand still.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// Threads that have answered in this generation.
static ANSWERS: AtomicU32 = AtomicU32::new(0);
/// Address and length of the table.
static TABLE: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The signal; 0 while there is none.
static SIGNAL: AtomicU32 = AtomicU32::new(0);

/// A thread that was asked to stop. All-zero bytes are one that has not answered.
struct Slot {
    number: AtomicU32,
    state: AtomicU32,
    pointer: AtomicUsize,
    at: Cell<Interrupted>,
}

/// A thread, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Its number (`gettid`).
    pub(crate) number: u32,
    /// Its thread pointer, by which its own variables are found.
    pub(crate) pointer: usize,
    /// Its registers; `None` of a thread that has not answered.
    pub(crate) at: Option<Interrupted>,
}

/// The stopped threads; they go on when this is dropped.
pub(crate) struct World {
    unanswered: u32,
    /// When they were told to stand still.
    pub(crate) stop_ns: u64,
    /// The heap's own thread, which holds every signal back, halts by itself.
    _halt: tenure_heap::Halt,
}

fn slots() -> &'static [Slot] {
    let start = TABLE.load(Acquire);
    if start == 0 {
        return &[];
    }
    let len = COUNT.load(Acquire).min(THREADS_MAX);
    // SAFETY: `stop` has mapped room for `THREADS_MAX` slots, zeroed, for good; the cells are
    // written by the thread that the slot names before `state` says so, and read afterwards.
    unsafe { core::slice::from_raw_parts(with_exposed_provenance(start), len) }
}

/// Makes sure that a signal of ours has its handler; gives its number. `None`: the program uses
/// all.
pub(crate) fn take_signal() -> Option<i32> {
    let candidates = core::iter::once(signal::URGENT).chain((SIGNAL_MIN..=signal::LAST).rev());
    let taken = candidates
        .filter(|&number| match signal::disposition(number) {
            Some(Disposition::Default | Disposition::Ignored) => true,
            Some(Disposition::Handler(at)) => at == on_signal as *const () as usize,
            None => false,
        })
        .find(|&number| signal::handle(number, on_signal))?;
    SIGNAL.store(taken.cast_unsigned(), Relaxed);
    Some(taken)
}

extern "C" fn on_signal(_: c_int, _: *mut c_void, context: *mut c_void) {
    let generation = GENERATION.load(Acquire);
    // SAFETY: what the kernel gives a handler of this type.
    let at = unsafe { signal::interrupted(context) };
    if generation & 1 == 1 {
        let own = signal::thread_number();
        if let Some(slot) = slots().iter().find(|slot| slot.number.load(Relaxed) == own) {
            answer(slot, at, generation);
            return;
        }
    }
    super::on_request(&at);
}

/// Notes where this thread is and waits until the generation is over.
fn answer(slot: &Slot, at: Interrupted, generation: u32) {
    slot.pointer.store(thread::id(), Relaxed);
    slot.at.set(at);
    slot.state.store(ANSWERED, Release);
    ANSWERS.fetch_add(1, Release);
    thread::wake(&ANSWERS);
    while GENERATION.load(Acquire) == generation {
        thread::wait(&GENERATION, generation, None);
    }
}

/// Stops all threads but the calling one. `None`: there is no memory, no signal or no `/proc`.
///
/// Only one thread at a time may stop the others.
pub(crate) fn stop() -> Option<World> {
    if TABLE.load(Relaxed) == 0 {
        TABLE.store(memory::map(THREADS_MAX * size_of::<Slot>()).ok()?, Release);
    }
    let signal = take_signal()?;
    let own = signal::thread_number();
    let halt = tenure_heap::halt();
    for slot in slots() {
        slot.state.store(ASKED, Relaxed);
    }
    COUNT.store(0, Release);
    ANSWERS.store(0, Relaxed);
    // Release: who sees the odd number sees the empty table.
    GENERATION.fetch_add(1, Release);
    let stop_ns = clock::monotonic_ns();
    let mut world = World {
        unanswered: 0,
        stop_ns,
        _halt: halt,
    };
    let until_ns = stop_ns + PATIENCE_NS;
    for _ in 0..ROUNDS_MAX {
        let before = COUNT.load(Relaxed);
        tasks::for_each(|number| ask(number, own, signal)).ok()?;
        if COUNT.load(Relaxed) == before {
            break;
        }
        wait_for_answers(until_ns, signal);
    }
    let is_silent = |slot: &&Slot| matches!(slot.state.load(Acquire), ASKED | DEAF);
    world.unanswered = slots().iter().filter(is_silent).count() as u32;
    Some(world)
}

/// Asks the thread `number` to stop, unless it is the caller or was asked. The heap's own thread,
/// which holds every signal back, uses no block and is halted otherwise.
fn ask(number: u32, own: u32, signal: i32) {
    let is_known = slots()
        .iter()
        .any(|slot| slot.number.load(Relaxed) == number);
    let len = COUNT.load(Relaxed);
    let is_ours = background::number() == Some(number);
    if number == own || is_known || is_ours || len == THREADS_MAX {
        return;
    }
    COUNT.store(len + 1, Release);
    if let Some(slot) = slots().get(len) {
        slot.state.store(ASKED, Relaxed);
        // Release: the handler finds the slot by this number.
        slot.number.store(number, Release);
        if !signal::send_to_thread(number, signal) {
            slot.state.store(GONE, Relaxed);
        }
    }
}

/// Waits until every thread that lives has answered, or the time is over.
fn wait_for_answers(until_ns: u64, signal: i32) {
    let start_ns = clock::monotonic_ns();
    loop {
        let is_late = clock::monotonic_ns() - start_ns > HEARING_NS;
        let answers = ANSWERS.load(Acquire);
        let mut is_missing = false;
        for slot in slots() {
            if slot.state.load(Acquire) != ASKED {
                continue;
            }
            let number = slot.number.load(Relaxed);
            if !signal::send_to_thread(number, 0) {
                slot.state.store(GONE, Relaxed);
            } else if is_late && tasks::holds_back(number, signal) {
                // It may let the signal in at this moment, and has answered then.
                let _ = slot.state.compare_exchange(ASKED, DEAF, Relaxed, Relaxed);
            } else {
                is_missing = true;
            }
        }
        let now_ns = clock::monotonic_ns();
        if !is_missing || now_ns >= until_ns {
            return;
        }
        thread::wait(&ANSWERS, answers, Some((until_ns - now_ns).min(5_000_000)));
    }
}

/// The threads but the one that stopped them, as they stand; in a copy of the process, as they
/// stood.
pub(crate) fn standing() -> impl Iterator<Item = Standing> {
    slots().iter().filter_map(|slot| {
        let state = slot.state.load(Acquire);
        (state != GONE).then(|| Standing {
            number: slot.number.load(Relaxed),
            pointer: slot.pointer.load(Relaxed),
            at: (state == ANSWERED).then(|| slot.at.get()),
        })
    })
}

/// In a copied process, in which this thread alone runs: no other stands still any more.
pub(crate) fn enter_copy() {
    COUNT.store(0, Relaxed);
    GENERATION.store(0, Relaxed);
}

impl World {
    /// Threads that run on.
    pub(crate) fn unanswered(&self) -> u32 {
        self.unanswered
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Release: threads that go on see nothing of this; they only must see the change.
        GENERATION.fetch_add(1, Release);
        thread::wake(&GENERATION);
    }
}

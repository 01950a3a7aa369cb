//! The ends of threads and the forks of the process.
//!
//! Thread exit: a key of libc's, armed when a thread takes its heap. libc goes round all
//! destructors up to four times; ours asks to be called again until the last round, since later
//! destructors still free. Fork: one pair of handlers that takes every lock of the heap before, so
//! that the child finds the books whole, and gives them back after, in both processes.
//!
//! **Limit:** in the child of a threaded program the heaps of other threads are as those threads
//! left them, maybe in the middle of a free. They are not touched: blocks on them can be freed, but
//! their pages are not used again in the child.

use crate::counters;
use crate::{abandoned, arenas, current, limit, lot, owned, scavenger, twin};
use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use tenure_os::lock;
use tenure_os::thread::{self, EXIT_ROUNDS, ExitKey};

/// What a recorder does around a fork; see [`set_fork_hooks`].
pub struct ForkHooks {
    /// Before the fork, every lock of the heap held.
    pub prepare: fn(),
    /// After it, in the parent.
    pub parent: fn(),
    /// After it, in the child, before any heap counts again.
    pub child: fn(),
}

static HOOKS: AtomicPtr<ForkHooks> = AtomicPtr::new(core::ptr::null_mut());
static INSTALLED: AtomicBool = AtomicBool::new(false);
static KEY: KeyCell = KeyCell::new();

/// The exit key, written once.
struct KeyCell {
    key: core::cell::UnsafeCell<Option<ExitKey>>,
    ready: AtomicBool,
}

// SAFETY: `key` is written by the one caller that wins `INSTALLED`, before `ready` is set with
// release order, and read only after `ready` has been seen.
unsafe impl Sync for KeyCell {}

impl KeyCell {
    const fn new() -> Self {
        Self {
            key: core::cell::UnsafeCell::new(None),
            ready: AtomicBool::new(false),
        }
    }

    fn get(&self) -> Option<ExitKey> {
        if !self.ready.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: `ready` was seen, so the write is over and visible.
        unsafe { *self.key.get() }
    }

    /// # Safety
    /// * Called once in the process.
    unsafe fn set(&self, key: Option<ExitKey>) {
        // SAFETY: by contract the only write, and readers wait for `ready`.
        unsafe { *self.key.get() = key };
        self.ready.store(true, Ordering::Release);
    }
}

/// Has the exits of threads and forks watched from now on. Once; later calls do nothing.
///
/// A preloaded library calls it from its constructor, when libc is ready; as a global allocator the
/// heap calls it itself at the first request.
pub fn install() {
    if INSTALLED.swap(true, Ordering::AcqRel) {
        return;
    }
    // SAFETY: the swap lets one caller through.
    unsafe { KEY.set(ExitKey::new(thread_exits)) };
    thread::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    if current::has_heap() {
        arm();
    }
    scavenger::ready();
}

/// Chooses what a recorder does around a fork.
pub fn set_fork_hooks(hooks: &'static ForkHooks) {
    HOOKS.store(core::ptr::from_ref(hooks).cast_mut(), Ordering::Release);
}

fn hooks() -> Option<&'static ForkHooks> {
    // SAFETY: null, or the `'static` reference that `set_fork_hooks` was given.
    unsafe { HOOKS.load(Ordering::Acquire).as_ref() }
}

/// The calling thread has taken a heap: it is to be told of the thread's end.
pub(crate) fn arm() {
    if let Some(key) = KEY.get() {
        key.arm(1);
    }
}

unsafe extern "C" fn thread_exits(round: *mut c_void) {
    let round = round.addr();
    match KEY.get() {
        Some(key) if round < EXIT_ROUNDS => key.arm(round + 1),
        _ => current::end_thread(),
    }
}

extern "C" fn before_fork() {
    owned::hold_for_fork();
    current::hold_for_fork();
    twin::hold_for_fork();
    lot::hold_for_fork();
    abandoned::hold_for_fork();
    arenas::hold_for_fork();
    limit::mappings::hold_for_fork();
    if let Some(hooks) = hooks() {
        (hooks.prepare)();
    }
    // Only now: who passes goes through locks that others hold as well.
    lock::pass();
}

extern "C" fn after_fork_in_parent() {
    if let Some(hooks) = hooks() {
        (hooks.parent)();
    }
    open();
}

extern "C" fn after_fork_in_child() {
    scavenger::after_fork_in_child();
    owned::forget_threads();
    // The hooks of the child may count on nothing that other threads of the parent held.
    if counters::is_recording() {
        counters::forget_all();
        if let Some(hooks) = hooks() {
            (hooks.child)();
        }
    }
    open();
    if counters::is_recording() && current::has_heap() {
        current::raw().begin();
        current::raw().counting.thread_started();
    }
}

/// Gives back what `before_fork` took.
fn open() {
    lock::end_pass();
    // SAFETY: `before_fork` ran on this thread (in the child: on the thread it was forked from, of
    // which it is the copy) and took these seven.
    unsafe {
        limit::mappings::release_after_fork();
        arenas::release_after_fork();
        abandoned::release_after_fork();
        lot::release_after_fork();
        twin::release_after_fork();
        current::release_after_fork();
        owned::release_after_fork();
    }
}

//! Which heap the calling thread works with: taken at its first request, left at its end.
//!
//! A thread starts on [`EMPTY_HEAP`], whose direct table leads into the slow path; there it takes a
//! heap that an ended thread has left, or a new one. After the last round of thread-exit
//! destructors it is on [`DEAD_HEAP`]: what still comes then borrows a heap for one call.

use crate::heap::Heap;
use crate::{arenas, block, lifecycle};
use core::cell::Cell;
use core::ptr::{null, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicU8, Ordering};
use tenure_os::lock::Lock;
use tenure_os::{process, thread};

/// The heap of a thread that has asked for nothing yet. Never written.
pub(crate) static EMPTY_HEAP: Heap = Heap::new();
/// The heap of a thread that has ended. Never written.
static DEAD_HEAP: Heap = Heap::new();

tenure_os::thread_slot! {
    /// The calling thread's heap.
    pub(crate) mod slot: "tenure_heap_current" = EMPTY_HEAP as Heap
}

/// Heaps whose threads have ended.
struct Idle(Cell<*const Heap>);

// SAFETY: the list is reached only under the lock, and the heaps on it belong to nobody else.
unsafe impl Send for Idle {}

static IDLE: Lock<Idle> = Lock::new(Idle(Cell::new(null())));

const UNTOUCHED: u8 = 0;
const STARTING: u8 = 1;
const STARTED: u8 = 2;
static STATE: AtomicU8 = AtomicU8::new(UNTOUCHED);

/// The calling thread's heap, without making one. The empty and the dead heap are heaps too here.
#[inline(always)]
pub(crate) fn raw() -> &'static Heap {
    // SAFETY: the slot starts at a static and is only ever set to heaps, which are never unmapped.
    unsafe { &*slot::get() }
}

/// Whether the calling thread has a heap of its own.
pub(crate) fn has_heap() -> bool {
    let heap = slot::get();
    !core::ptr::eq(heap, &EMPTY_HEAP) && !core::ptr::eq(heap, &DEAD_HEAP)
}

/// Whether the calling thread is past its end.
pub(crate) fn is_dead() -> bool {
    core::ptr::eq(slot::get(), &DEAD_HEAP)
}

/// Runs `work` with a heap of the calling thread's: its own, made now if it has none, or, past the
/// thread's end, a borrowed one. `None`: there is no memory for a heap.
pub(crate) fn with<R>(work: impl FnOnce(&'static Heap) -> R) -> Option<R> {
    if has_heap() {
        return Some(work(raw()));
    }
    start_process();
    let dead = is_dead();
    let heap = obtain()?;
    slot::set(heap);
    heap.begin();
    if dead {
        let result = work(heap);
        leave(heap);
        return Some(result);
    }
    heap.counting.thread_started();
    lifecycle::arm();
    Some(work(heap))
}

/// The first block of the process is about to be made: once.
fn start_process() {
    if STATE.load(Ordering::Acquire) == STARTED {
        return;
    }
    if STATE
        .compare_exchange(UNTOUCHED, STARTING, Ordering::Acquire, Ordering::Acquire)
        .is_ok()
    {
        block::seed(process::secret());
        arenas::start();
        STATE.store(STARTED, Ordering::Release);
        return;
    }
    while STATE.load(Ordering::Acquire) != STARTED {
        thread::yield_now();
    }
}

fn obtain() -> Option<&'static Heap> {
    let idle = IDLE.lock();
    let heap = idle.0.get();
    if !heap.is_null() {
        // SAFETY: heaps on the list are never unmapped, and the lock gives this one to us alone.
        let heap = unsafe { &*heap };
        idle.0.set(heap.next_idle.get());
        return Some(heap);
    }
    drop(idle);
    let place = arenas::take_bookkeeping(size_of::<Heap>(), align_of::<Heap>())?;
    let place = with_exposed_provenance_mut::<Heap>(place);
    // SAFETY: fresh memory of the right size and alignment that is never given back.
    unsafe {
        place.write(Heap::new());
        Some(&*place)
    }
}

/// The calling thread ends: its heap is emptied and kept for the next thread.
pub(crate) fn end_thread() {
    if has_heap() {
        raw().counting.thread_finished();
        leave(raw());
    }
}

/// Empties a heap and keeps it for the next thread.
fn leave(heap: &'static Heap) {
    heap.hands.leave();
    heap.leave();
    heap.counting.settle();
    slot::set(&DEAD_HEAP);
    let idle = IDLE.lock();
    heap.next_idle.set(idle.0.get());
    idle.0.set(heap);
}

/// Walks the invariants of the calling thread's heap and of its pages.
///
/// # Panics
/// When one does not hold.
#[cfg(feature = "check")]
pub fn check() {
    if has_heap() {
        raw().check();
    }
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    IDLE.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { IDLE.release() };
}

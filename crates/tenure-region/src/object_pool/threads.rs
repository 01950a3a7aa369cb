//! Which local is the calling thread's: a table for each thread, by the pool's serial number.
//!
//! **Shape:** the thread's word leads to a table of [`ENTRIES`] entries, a serial and a local each;
//! a pool's entry is the one of its serial modulo their number. A serial is never used again, so
//! the entry of a pool that has ended is never met.
//! **Invariants:** (a) an entry's local is alive while its serial is on the list of living pools,
//! and is not looked at otherwise, but by who borrows the pool; (b) a local is in the entry of one
//! thread, or vacant.
//! **Cost:** two loads and a comparison to find a local. An entry that is needed for another pool
//! gives up its local, which costs a lock.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

use tenure_os::lock::Lock;
use tenure_os::thread::ExitKey;

use super::magazine::Header;

/// Pools that a thread uses in turns without a lock.
const ENTRIES: usize = 16;
/// The serial of an empty entry: no pool's, and not 0, which is that of a pool without one.
const NOBODY: u64 = u64::MAX;

/// A pool's serial and the thread's local of it.
struct Entry {
    serial: Cell<u64>,
    local: Cell<Option<NonNull<Header>>>,
}

/// A thread's locals.
struct Table([Entry; ENTRIES]);

impl Table {
    const fn new() -> Self {
        Self(
            [const {
                Entry {
                    serial: Cell::new(NOBODY),
                    local: Cell::new(None),
                }
            }; ENTRIES],
        )
    }

    #[inline(always)]
    fn entry(&self, serial: u64) -> &Entry {
        &self.0[serial as usize % ENTRIES]
    }
}

/// The table of threads that have none: never written.
struct Shared(Table);
// SAFETY: it is only read (`put` and `thread_exits` look whether a thread has its own).
unsafe impl Sync for Shared {}
static EMPTY: Shared = Shared(Table::new());

tenure_os::thread_slot! {
    /// The address of the thread's [`Table`].
    pub(crate) mod slot: "tenure_region_object_pools" = EMPTY as Shared
}

/// What all pools share.
struct Living {
    last: u64,
    /// Rising.
    serials: Vec<u64>,
    /// Runs [`thread_exits`]; made for the first thread that has a table.
    key: Option<ExitKey>,
}

static LIVING: Lock<Living> = Lock::new(Living {
    last: 0,
    serials: Vec::new(),
    key: None,
});

/// The calling thread's local of the pool with this serial.
#[inline(always)]
pub(super) fn find(serial: u64) -> Option<NonNull<Header>> {
    // SAFETY: the word is the address of the static, or of this thread's table.
    let table = &unsafe { &*slot::get() }.0;
    let entry = table.entry(serial);
    if entry.serial.get() == serial {
        entry.local.get()
    } else {
        None
    }
}

/// The pool's serial, drawn at its first use, when `first` runs. `None` without memory.
pub(super) fn serial(word: &AtomicU64, first: impl FnOnce()) -> Option<u64> {
    // Acquire pairs with the release below: what `first` did is seen.
    let known = word.load(Ordering::Acquire);
    if known != 0 {
        return Some(known);
    }
    // Before the lock: `first` may look for a recorder, which waits for the loader, within which
    // another thread may wait for the list.
    tenure_os::join::join();
    let mut living = LIVING.lock();
    let known = word.load(Ordering::Relaxed);
    if known != 0 {
        return Some(known);
    }
    living.serials.try_reserve(1).ok()?;
    living.last += 1;
    let drawn = living.last;
    living.serials.push(drawn);
    first();
    word.store(drawn, Ordering::Release);
    Some(drawn)
}

/// The pool ends: its locals are no longer looked at.
pub(super) fn retire(serial: u64) {
    let mut living = LIVING.lock();
    if let Ok(at) = living.serials.binary_search(&serial) {
        living.serials.remove(at);
    }
}

/// Gives the calling thread a table, if it has none.
pub(super) fn prepare() -> Option<()> {
    if !core::ptr::eq(slot::get(), &raw const EMPTY) {
        return Some(());
    }
    let mut living = LIVING.lock();
    if living.key.is_none() {
        living.key = ExitKey::new(thread_exits);
    }
    let key = living.key?;
    drop(living);
    let table = Box::into_raw(Box::new(Shared(Table::new())));
    slot::set(table);
    key.arm(1);
    Some(())
}

/// Enters a local of this thread's, which has a table.
pub(super) fn put(serial: u64, local: NonNull<Header>) {
    let table = slot::get();
    debug_assert!(!core::ptr::eq(table, &raw const EMPTY));
    // SAFETY: this thread's table, made by `prepare`.
    let entry = unsafe { &*table }.0.entry(serial);
    if let Some(before) = entry.local.replace(Some(local)) {
        vacate(entry.serial.get(), before);
    }
    entry.serial.set(serial);
}

/// The thread has done with a local.
fn vacate(serial: u64, local: NonNull<Header>) {
    let living = LIVING.lock();
    if living.serials.binary_search(&serial).is_ok() {
        // SAFETY: the pool is alive, and cannot end while the list is locked (invariant a).
        // Release pairs with the acquires in `Locals`: what this thread did is seen.
        unsafe { local.as_ref() }
            .is_vacant
            .store(true, Ordering::Release);
    }
}

/// The thread ends: others get what it has.
unsafe extern "C" fn thread_exits(_: *mut c_void) {
    let table = slot::get();
    if core::ptr::eq(table, &raw const EMPTY) {
        return;
    }
    slot::set(&raw const EMPTY);
    // SAFETY: this thread's table, made by `Box::into_raw`, which nobody else knows.
    let table = unsafe { Box::from_raw(table.cast_mut()) };
    for entry in &table.0.0 {
        if let Some(local) = entry.local.get() {
            vacate(entry.serial.get(), local);
        }
    }
}

//! Heaps that are values: each with its own pages, a limit, numbers, and an end that frees all.
//!
//! **Shape:** a [`Heap`] is a handle on a `domain`; each thread that uses it gets a share of it, a
//! heap of the ordinary kind, so that its fast path is that of `malloc` behind a look into a few
//! slots of the thread. Blocks may be freed by [`crate::deallocate`] as well, on any thread.
//! **Cost:** an allocation or free about ten instructions more than the plain one; a request that
//! finds no free block, and a free on another thread, one or two atomic operations more. Where
//! something is recorded, every block takes the slow path.
//! **The limit** holds what has been *carved*: blocks are linked up for the first time in steps of
//! 4 KiB, or of one block when that is larger, and each step is charged before it is made; huge
//! blocks are charged by their OS pages. So `held` never passes the limit, on however many threads.
//! It passes what is in use by the free blocks, among them at most one step for each size class and
//! thread that are there for the first time. Beyond `held` the kernel may keep an OS page for each
//! heap page, whose last block ends inside it, and the heap's books: some 10 KiB for each heap and
//! thread, which later heaps use again.
//! **Not here:** which pages those are and who may touch them (`domain`), the paths (`serve`).

mod domain;
mod serve;

pub(crate) use self::domain::{Hands, forget_threads, hold_for_fork, release_after_fork};
pub(crate) use self::serve::{deallocate, reallocate};

use self::domain::{Domain, Share};
use crate::page::{Kind, Page, flag};
use crate::usage::{BlockInfo, for_each_in};
use crate::{arenas, counters, current, free, lifecycle};
use core::fmt;
use core::ptr::with_exposed_provenance;
use core::sync::atomic::Ordering;
use tenure_base::ledger::UNLIMITED;

/// Bits of an address that a program can have.
const ADDRESS_BITS: u32 = 48;

/// A heap of its own. `Send` and `Sync`: any thread may allocate from it and free into it.
///
/// Dropping it gives back every block at once, in O(pages), without a look at the blocks (O(blocks)
/// where blocks are recorded). Pointers into it are then as those into a freed block: whoever
/// frees one is told so, as far as [`crate::FaultKind`] can.
///
/// # Examples
/// What a request of a server allocates ends with the request, and has a limit:
/// ```
/// use tenure_heap::Heap;
///
/// let request = Heap::with_limit("request", 1 << 20).unwrap();
/// let parts: Vec<*mut u8> = (0..100).map(|_| request.allocate(1000)).collect();
/// assert!(parts.iter().all(|part| request.contains(*part)));
/// assert!(request.allocate(2 << 20).is_null(), "beyond the limit");
/// assert_eq!(request.stats().live_blocks, 100);
/// drop(request); // All hundred are gone.
/// ```
pub struct Heap {
    id: u64,
    domain: &'static Domain,
}

/// What to do about a request that the limit does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Something has been freed, or the limit raised: the request is tried again.
    TryAgain,
    /// The request fails: a null pointer.
    Refuse,
}

/// A request that the limit does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    /// Bytes that the program asked for.
    pub requested_bytes: usize,
    /// Bytes that the heap would have to hold in addition.
    pub wanted_bytes: usize,
    /// Bytes that it holds.
    pub held_bytes: usize,
    /// The most that it may hold.
    pub limit_bytes: usize,
}

/// Who is asked when a request meets the limit.
#[derive(Clone, Copy, Debug)]
pub struct LimitHandler {
    /// Called on the thread that allocates, without any lock: it may allocate and free, here too
    /// (a request of its own that meets the limit asks again, one level deeper).
    pub ask: fn(LimitReached, [usize; 3]) -> Answer,
    /// Passed to it.
    pub context: [usize; 3],
}

/// The numbers of one heap. While other threads work with it they are near the truth, not of one
/// instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Blocks in use.
    pub live_blocks: u64,
    /// Their usable bytes.
    pub live_bytes: u64,
    /// Bytes carved into blocks and in huge blocks, in use or free: what the limit holds.
    pub held_bytes: usize,
    /// The most that this has been.
    pub held_peak_bytes: usize,
    /// The most that it may be; `usize::MAX` for no limit.
    pub limit_bytes: usize,
    /// Blocks handed out since the heap was made; a resize that moves a block counts as one.
    pub allocations: u64,
    /// Requests that failed for the limit.
    pub refusals: u64,
}

impl Heap {
    /// A heap without a limit. `None`: there is no memory for its books (about 10 KiB).
    ///
    /// The first [`tenure_base::ledger::NAME_BYTES_MAX`] bytes of the name stand in the ledger.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        Self::with_limit(name, UNLIMITED)
    }

    /// A heap that never holds more than `limit_bytes`: a request for which it would have to gives
    /// null, or asks first ([`Heap::on_limit`]). `None` as for [`Heap::new`].
    #[must_use]
    pub fn with_limit(name: &str, limit_bytes: usize) -> Option<Self> {
        lifecycle::install();
        current::with(|_| domain::open(name, limit_bytes))
            .flatten()
            .map(|domain| Self {
                id: domain.id(),
                domain,
            })
    }

    /// A block of at least `size` bytes, 16-byte aligned, its contents undefined; null when the
    /// limit or the memory does not allow it. As [`crate::allocate`] otherwise.
    #[inline]
    #[must_use]
    pub fn allocate(&self, size: usize) -> *mut u8 {
        match serve::allocate_fast(self.id, size) {
            Some(block) => block,
            None => serve::allocate_slow(self.domain, size, 1).0,
        }
    }

    /// As [`Heap::allocate`], with every byte of `size` zero.
    #[must_use]
    pub fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        let (block, zeroed) = match serve::allocate_fast(self.id, size) {
            Some(block) => (block, false),
            None => serve::allocate_slow(self.domain, size, 1),
        };
        if !block.is_null() && !zeroed {
            // SAFETY: the block was handed out just now and has at least `size` bytes.
            unsafe { block.write_bytes(0, size) };
        }
        block
    }

    /// As [`Heap::allocate`], at a multiple of `align`.
    ///
    /// # Panics
    /// When `align` is no power of two.
    #[must_use]
    pub fn allocate_aligned(&self, align: usize, size: usize) -> *mut u8 {
        assert!(align.is_power_of_two(), "{align} is no power of two");
        if align <= crate::ALIGN_MIN {
            return self.allocate(size);
        }
        serve::allocate_slow(self.domain, size, align).0
    }

    /// A block of at least `size` bytes that begins with the bytes of `block`, which is given back
    /// if it is another one; null, and `block` stays valid, when there is no memory. Null `block`
    /// allocates. A block stays in the heap that it is of, whichever heap is asked;
    /// [`crate::reallocate`] does the same.
    ///
    /// # Safety
    /// * As for [`crate::deallocate`].
    #[must_use]
    pub unsafe fn reallocate(&self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            return self.allocate(size);
        }
        // SAFETY: the caller's contract is the same.
        unsafe { crate::reallocate(block, size) }
    }

    /// Gives a block back. As [`crate::deallocate`], and quicker on the thread that allocated it.
    ///
    /// # Safety
    /// * As for [`crate::deallocate`].
    #[inline]
    pub unsafe fn deallocate(&self, block: *mut u8) {
        if !serve::deallocate_fast(self.id, block.expose_provenance()) {
            // SAFETY: the caller's contract is the same.
            unsafe { free::deallocate_slow(block) };
        }
    }

    /// The heap as a pointer for a C program, to be made a heap again by [`Heap::from_raw`].
    #[must_use]
    pub fn into_raw(self) -> *mut () {
        let heap = core::mem::ManuallyDrop::new(self);
        let place = core::ptr::from_ref(heap.domain).expose_provenance();
        // The end of the heap's number stands where addresses have nothing: see `from_raw`.
        core::ptr::without_provenance_mut(place | (heap.id as usize) << ADDRESS_BITS)
    }

    /// The heap that [`Heap::into_raw`] gave the pointer of, as often as wanted; dropped once, it
    /// ends. `None` for null and for a heap that has ended; of 65,536 heaps that its books serve
    /// later one is taken for it.
    ///
    /// # Safety
    /// * `raw` is null or was given by [`Heap::into_raw`].
    #[must_use]
    pub unsafe fn from_raw(raw: *mut ()) -> Option<core::mem::ManuallyDrop<Self>> {
        let place = raw.addr() & ((1 << ADDRESS_BITS) - 1);
        // SAFETY: by contract null or the address of a domain, which is exposed and never unmapped.
        let domain = unsafe { with_exposed_provenance::<Domain>(place).as_ref() }?;
        let id = domain.id();
        let is_same = id != 0 && id as usize & 0xffff == raw.addr() >> ADDRESS_BITS;
        is_same.then(|| core::mem::ManuallyDrop::new(Self { id, domain }))
    }

    /// Ends the heap; what [`Drop`] does.
    pub fn destroy(self) {}

    /// Whether a block of this heap that is in use starts at `block`. O(1); the address may be any.
    #[must_use]
    pub fn contains(&self, block: *const u8) -> bool {
        let address = block.expose_provenance();
        arenas::covering(address).is_some_and(|page| {
            let offset = address.wrapping_sub(page.start());
            self.has(page)
                && match page.kind() {
                    Kind::Huge => offset == 0,
                    _ => page.is_block_start(offset) && page.is_live(offset),
                }
        })
    }

    /// Whether the page is of this heap.
    fn has(&self, page: &Page) -> bool {
        if page.owner() & flag::OWNED == 0 {
            return false;
        }
        let domain = match page.kind() {
            Kind::Huge => Domain::of_huge(page),
            Kind::Blocks => Share::of(page).domain,
            Kind::None | Kind::Released => return false,
        };
        core::ptr::eq(domain, self.domain)
    }

    /// Visits every block in use. O(heap pages of the process); exact while no other thread works
    /// with the heap. The visitor must not allocate or free: the arena lock is held.
    pub fn for_each_block(&self, visit: &mut dyn FnMut(BlockInfo)) {
        arenas::for_each_page(&mut |page| {
            if !self.has(page) {
                return;
            }
            match page.kind() {
                Kind::Huge => visit(BlockInfo {
                    address: page.start(),
                    usable_bytes: page.huge_sizes().0,
                }),
                _ => for_each_in(page, visit),
            }
        });
    }

    /// The heap's numbers. O(threads that have used it); takes the heap's lock.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (mut frees, mut freed_bytes, mut allocated_bytes) = (0u64, 0u64, 0u64);
        let mut stats = Stats::default();
        self.domain.for_each_tally(&mut |tally: &domain::Tally| {
            frees += tally.frees.load(Ordering::Relaxed);
            freed_bytes += tally.freed_bytes.load(Ordering::Relaxed);
            stats.allocations += tally.allocations.load(Ordering::Relaxed);
            allocated_bytes += tally.allocated_bytes.load(Ordering::Relaxed);
        });
        stats.live_blocks = stats.allocations.saturating_sub(frees);
        stats.live_bytes = allocated_bytes.saturating_sub(freed_bytes);
        if let Some(reading) = self.domain.account.read() {
            stats.held_bytes = reading.held_bytes;
            stats.held_peak_bytes = reading.peak_bytes;
            stats.limit_bytes = reading.limit_bytes;
            stats.refusals = reading.refusals;
        }
        stats
    }

    /// Changes the limit; `usize::MAX` takes it away. What is held beyond it stays, and nothing is
    /// added until enough has been given back.
    pub fn set_limit(&self, bytes: usize) {
        self.domain.account.set_limit(bytes);
    }

    /// Chooses who is asked when a request meets the limit; `None`: nobody, the request fails. A
    /// request asks at most 16 times.
    ///
    /// # Examples
    /// A cache that makes room for itself:
    /// ```
    /// use std::sync::Mutex;
    /// use tenure_heap::{Answer, Heap, LimitHandler, deallocate};
    ///
    /// static CACHED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    ///
    /// let heap = Heap::with_limit("cache", 256 << 10).unwrap();
    /// heap.on_limit(Some(LimitHandler {
    ///     ask: |_, _| {
    ///         let oldest: Vec<usize> = CACHED.lock().unwrap().drain(..50).collect();
    ///         for address in oldest {
    ///             // SAFETY: blocks of the cache that nobody uses any more.
    ///             unsafe { deallocate(std::ptr::with_exposed_provenance_mut(address)) };
    ///         }
    ///         Answer::TryAgain
    ///     },
    ///     context: [0; 3],
    /// }));
    /// for _ in 0..10_000 {
    ///     let block = heap.allocate(1000);
    ///     assert!(!block.is_null());
    ///     CACHED.lock().unwrap().push(block.expose_provenance());
    /// }
    /// ```
    pub fn on_limit(&self, handler: Option<LimitHandler>) {
        self.domain.set_handler(handler);
    }

    /// Gives empty pages of the calling thread and of ended ones back, so that the heap holds less.
    /// Other threads do the same when they end or meet the limit.
    pub fn trim(&self) {
        if current::has_heap() {
            serve::trim(self.domain, current::raw());
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.domain.recover_lost();
        if counters::is_recording() {
            serve::tell_all_freed(self.domain);
        }
        self.domain.close();
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("id", &self.id)
            .field("stats", &self.stats())
            .finish()
    }
}

#[cfg(test)]
mod tests;

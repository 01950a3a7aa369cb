//! A thread's heap: for each size class the pages that may have a free block.
//!
//! **Shape:** a direct table for requests up to [`DIRECT_BYTES_MAX`] (one load from size to page),
//! a queue of pages for each class whose first page serves the next request, and a list of full
//! pages. **Invariants:**
//! * (a) every page on a queue or the full list names this heap as owner; pages on the full list
//!   carry the full flag there and pages on queues do not;
//! * (b) `direct[i]`, or `sampling.direct[i]` while blocks are sampled, is the first on the queue
//!   of the class of `16 i` bytes, or the empty page; the other table is empty;
//! * (c) of the pages on one queue at most one is `retired`: kept for the next request when it was
//!   empty last, and not told of when it empties again.
//!
//! Where allocations are counted or sampled the direct table holds the empty page throughout, so
//! that each request falls into the slow path and the fast path needs no test.

mod limited;

pub(crate) use self::limited::{may_carve, not_carved};

use crate::abandoned;
use crate::arenas;
use crate::batch::RemoteBatch;
use crate::block::Block;
use crate::counters::{self, Counting};
use crate::lot;
use crate::owned::Hands;
use crate::page::{EMPTY_PAGE, Page, flag};
use crate::queue::{PageQueue, page_at};
use crate::remote::BlockStack;
use crate::sampling::Sampling;
use crate::scavenger;
use crate::size_class::{self, CLASSES};
use core::cell::Cell;
use core::ptr::null;
use tenure_base::ledger::Account;

/// The largest request that the direct table serves.
pub(crate) const DIRECT_BYTES_MAX: usize = 4096;
/// A heap keeps an empty page for the next request itself when its blocks are not larger.
const KEPT_BLOCK_BYTES_MAX: usize = 64 << 10;
/// Blocks that are not larger profit from the order of addresses: an empty page of theirs links
/// them up anew.
const ORDERED_BLOCK_BYTES_MAX: usize = 512;
/// Entries of the direct table.
pub(crate) const DIRECT: usize = DIRECT_BYTES_MAX / 16 + 1;

/// A thread's heap. The cells belong to the thread that works with it; `delayed` to everybody.
#[repr(C, align(128))]
pub(crate) struct Heap {
    direct: [Cell<&'static Page>; DIRECT],
    queues: [PageQueue; CLASSES],
    retired: [Cell<*const Page>; CLASSES],
    full: PageQueue,
    pub(crate) batch: RemoteBatch,
    pub(crate) counting: Counting,
    counted: Cell<bool>,
    /// Counted, and not told of to a watcher.
    counted_alone: Cell<bool>,
    pub(crate) sampling: Sampling,
    /// Whether this is the heap of sampled blocks, which takes no page from others.
    is_twin: bool,
    /// Where this is a share of a first-class heap: that heap's account. It takes no page from
    /// others and gives none away.
    account: Cell<Option<&'static Account>>,
    /// The account has refused to let blocks be carved.
    pub(crate) refused: Cell<bool>,
    /// The thread's shares of first-class heaps.
    pub(crate) hands: Hands,
    /// The next idle heap, while this one is idle.
    pub(crate) next_idle: Cell<*const Heap>,
    /// Blocks of full pages that other threads have freed.
    delayed: Delayed,
}

/// On a cache line of its own, since other threads write it.
#[repr(align(64))]
struct Delayed(BlockStack);

// SAFETY: the cells are touched only by the thread whose slot names the heap, or under the lock of
// idle heaps while none does; `delayed` is atomic.
unsafe impl Sync for Heap {}

impl Heap {
    /// A heap without pages.
    pub(crate) const fn new() -> Self {
        Self {
            direct: [const { Cell::new(&EMPTY_PAGE) }; DIRECT],
            queues: [const { PageQueue::new() }; CLASSES],
            retired: [const { Cell::new(null()) }; CLASSES],
            full: PageQueue::new(),
            batch: RemoteBatch::new(),
            counting: Counting::none(),
            counted: Cell::new(false),
            counted_alone: Cell::new(false),
            sampling: Sampling::none(),
            is_twin: false,
            account: Cell::new(None),
            refused: Cell::new(false),
            hands: Hands::new(),
            next_idle: Cell::new(null()),
            delayed: Delayed(BlockStack::new()),
        }
    }

    /// The heap of sampled blocks.
    pub(crate) const fn new_twin() -> Self {
        let mut heap = Self::new();
        heap.is_twin = true;
        heap
    }

    /// Whether the heap takes no page from others and hands none to them.
    fn keeps_its_pages(&self) -> bool {
        self.is_twin || self.is_owned()
    }

    /// The page that serves a request of `size` ≤ [`DIRECT_BYTES_MAX`] bytes first.
    #[inline(always)]
    pub(crate) fn direct_page(&self, size: usize) -> &'static Page {
        debug_assert!(size <= DIRECT_BYTES_MAX);
        // SAFETY: size ≤ DIRECT_BYTES_MAX, so the index is at most that of the last entry.
        unsafe { self.direct.get_unchecked((size + 15) >> 4) }.get()
    }

    /// Whether each allocation and free is counted.
    pub(crate) fn is_counted(&self) -> bool {
        self.counted.get()
    }

    /// What pages of this heap carry as owner, without the full flag.
    pub(crate) fn owner_word(&self) -> usize {
        let counted = if self.counted.get() { flag::COUNTED } else { 0 };
        let owned = if self.is_owned() { flag::OWNED } else { 0 };
        core::ptr::from_ref(self).addr() | counted | owned
    }

    /// A thread is about to work with the heap, for a while or for one call.
    pub(crate) fn begin(&self) {
        if !counters::is_recording() {
            return;
        }
        self.counted.set(counters::is_on());
        self.counted_alone
            .set(counters::is_on() && !counters::is_watching());
        self.counting.renew();
        if counters::is_sampling() && !self.sampling.is_on() {
            self.sampling.restart(self.counting.gap(0));
        }
    }

    /// A block of the page at hand of `class`, unless a recorder is to be told of it.
    #[inline(always)]
    pub(crate) fn pop_unwatched(&self, class: usize) -> Option<Block> {
        if self.counted.get() || self.sampling.is_on() {
            return None;
        }
        self.pop_first(class).map(|(_, block)| block)
    }

    /// Whether blocks are counted and nothing else is done with them.
    #[inline(always)]
    pub(crate) fn is_counted_alone(&self) -> bool {
        self.counted_alone.get()
    }

    /// A block of the page at hand of `class`, without a look further.
    #[inline(always)]
    pub(crate) fn pop_first(&self, class: usize) -> Option<(&'static Page, Block)> {
        let page = self.queues[class].first()?;
        let block = page.pop().or_else(|| page.pop_local())?;
        Some((page, block))
    }

    /// Takes a block of `class`; `None`: out of memory.
    #[inline]
    pub(crate) fn take(&self, class: usize) -> Option<(&'static Page, Block)> {
        if let Some(page) = self.queues[class].first()
            && let Some(block) = page.pop()
        {
            return Some((page, block));
        }
        let page = self.page_with_free(class)?;
        Some((page, page.pop()?))
    }

    #[cold]
    #[inline(never)]
    fn page_with_free(&self, class: usize) -> Option<&'static Page> {
        self.batch.flush();
        loop {
            while let Some(page) = self.queues[class].first() {
                if page.refill() {
                    self.aim(class);
                    return Some(page);
                }
                if page.has_uncarved() {
                    return self.salvage(class);
                }
                self.set_aside(page);
            }
            if self.drain_delayed() && self.queues[class].first().is_some() {
                continue;
            }
            let page = match self.left_by_others(class) {
                Some(page) => page,
                None => arenas::new_page(class)?,
            };
            self.adopt(page);
        }
    }

    /// A page of `class` that a heap has parked or left behind; the caller owns it now.
    fn left_by_others(&self, class: usize) -> Option<&'static Page> {
        if self.keeps_its_pages() {
            return None;
        }
        lot::take(class).or_else(|| abandoned::claim(class))
    }

    /// Makes a page that the caller owns one of this heap's.
    pub(crate) fn adopt(&self, page: &'static Page) {
        page.collect_remote();
        if page.used() == 0 {
            self.uncharge(page);
            page.start_over();
        }
        page.watch_for_sparse();
        page.set_owner(self.owner_word());
        self.queues[page.class()].push_back(page);
        self.aim(page.class());
    }

    /// Lets the direct table point to the first page of the class's queue.
    fn aim(&self, class: usize) {
        let last = size_class::block_bytes(class);
        if last > DIRECT_BYTES_MAX || self.counted.get() {
            return;
        }
        let page = self.queues[class].first().unwrap_or(&EMPTY_PAGE);
        let table = if self.sampling.is_on() {
            &self.sampling.direct
        } else {
            &self.direct
        };
        if core::ptr::eq(table[last / 16].get(), page) {
            return;
        }
        let first = if class == 0 {
            0
        } else {
            size_class::block_bytes(class - 1) / 16 + 1
        };
        for entry in &table[first..=last / 16] {
            entry.set(page);
        }
    }

    /// Puts a page without a free block on the full list, unless blocks have just arrived.
    fn set_aside(&self, page: &'static Page) {
        if page.remote.set_full() {
            self.queues[page.class()].remove(page);
            self.forget_retired(page);
            page.watch_for_sparse();
            page.set_owner(self.owner_word() | flag::FULL);
            self.full.push_front(page);
            self.aim(page.class());
        }
    }

    /// Puts a page of the full list back on its queue.
    fn take_up(&self, page: &'static Page) {
        page.remote.clear_full();
        self.full.remove(page);
        page.set_owner(self.owner_word());
        self.queues[page.class()].push_back(page);
        self.aim(page.class());
    }

    /// Takes a block, marked free, of one of this heap's pages back, whatever the page's flags.
    pub(crate) fn put(&self, page: &'static Page, block: Block) {
        if page.owner() & flag::FULL != 0 {
            self.take_up(page);
        }
        if page.put(block) {
            self.fell(page);
        }
    }

    /// A page on a queue has fallen to its floor: it is empty, or sparse.
    #[cold]
    #[inline(never)]
    pub(crate) fn fell(&self, page: &'static Page) {
        if page.used() == 0 {
            self.emptied(page);
        } else if self.keeps_its_pages() || self.is_front(page) {
            page.watch_for_empty();
        } else {
            self.park(page);
        }
    }

    /// The last block of a page came back: keeps one empty page a class, gives others back.
    fn emptied(&self, page: &'static Page) {
        let class = page.class();
        if page.block_bytes() > KEPT_BLOCK_BYTES_MAX && !self.keeps_its_pages() {
            // Such a page may hold megabytes: the lot keeps it, for a while.
            return if scavenger::is_off() {
                self.give_up(page);
            } else {
                self.park(page);
            };
        }
        // SAFETY: `retired` holds null or a page of this heap's queue (invariant c).
        if let Some(kept) = unsafe { page_at(self.retired[class].get()) }
            && !core::ptr::eq(kept, page)
        {
            if kept.used() == 0 {
                return self.give_up(page);
            }
            kept.watch_for_empty();
        }
        self.retired[class].set(page);
        if page.block_bytes() <= ORDERED_BLOCK_BYTES_MAX {
            self.uncharge(page);
            page.start_over();
        }
        // While it is the one that is kept, emptying it again tells nothing new.
        page.watch_for_nothing();
    }

    fn is_front(&self, page: &'static Page) -> bool {
        self.queues[page.class()]
            .first()
            .is_some_and(|first| core::ptr::eq(first, page))
    }

    fn forget_retired(&self, page: &'static Page) {
        if core::ptr::eq(self.retired[page.class()].get(), page) {
            self.retired[page.class()].set(null());
        }
    }

    /// Takes a page off its queue.
    fn take_off(&self, page: &'static Page) {
        self.forget_retired(page);
        self.queues[page.class()].remove(page);
        self.aim(page.class());
    }

    /// Hands a page on a queue to the lot.
    fn park(&self, page: &'static Page) {
        self.take_off(page);
        lot::park(page, core::ptr::from_ref(self).addr());
    }

    /// Gives an empty page on a queue back to the arenas.
    fn give_up(&self, page: &'static Page) {
        self.take_off(page);
        self.uncharge(page);
        arenas::release_page(page);
    }

    /// Other threads hand blocks of full pages over; `link` as for `RemoteWord::push`.
    pub(crate) fn delay(&self, first: usize, link: impl FnMut(usize)) {
        self.delayed.0.push(first, link);
    }

    /// Takes what `delay` has brought; true when there was any.
    fn drain_delayed(&self) -> bool {
        let first = self.delayed.0.take();
        let mut link = core::ptr::with_exposed_provenance_mut(first);
        // SAFETY: the stack holds free blocks that are on no other list.
        while let Some(block) = unsafe { Block::from_link(link) } {
            link = block.next();
            let Some(page) = arenas::covering(block.address()) else {
                continue;
            };
            if page.owner() & !flag::ALL != core::ptr::from_ref(self).addr() {
                // The page changed hands while the block was on its way.
                crate::free::push_remote(page, block, block, 1);
                continue;
            }
            if page.owner() & flag::FULL != 0 {
                self.take_up(page);
            }
            if page.put(block) {
                self.fell(page);
            }
        }
        first != 0
    }

    /// Gives back what the heap holds and does not need: blocks freed on behalf of other threads,
    /// empty pages; and to the lot those that may have memory to spare.
    pub(crate) fn trim(&self) {
        self.batch.flush();
        self.drain_delayed();
        for queue in &self.queues {
            let mut next = queue.first();
            while let Some(page) = next {
                next = page.next_listed();
                page.collect_remote();
                if page.used() == 0 {
                    self.give_up(page);
                } else if !self.keeps_its_pages() && page.has_free_os_pages() {
                    self.park(page);
                }
            }
        }
    }

    /// The thread has ended: every page goes back to the arenas or waits, abandoned, for its last
    /// blocks to be freed by others.
    pub(crate) fn leave(&self) {
        self.trim();
        for class in 0..CLASSES {
            while let Some(page) = self.queues[class].pop_front() {
                abandoned::give_up(page);
            }
            self.retired[class].set(null());
            self.aim(class);
        }
        while let Some(page) = self.full.pop_front() {
            page.remote.clear_full();
            abandoned::give_up(page);
        }
        self.drain_delayed();
    }

    /// Walks invariants (a), (b) and (c), and those of every page.
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(feature = "check")]
    pub(crate) fn check(&self) {
        for (class, queue) in self.queues.iter().enumerate() {
            let mut next = queue.first();
            while let Some(page) = next {
                assert_eq!(page.owner() & !flag::HOLES, self.owner_word(), "(a)");
                assert_eq!(page.class(), class);
                page.check();
                // SAFETY: links of listed pages are listed pages or null.
                next = unsafe { page_at(page.next.get()) };
            }
        }
        let mut next = self.full.first();
        while let Some(page) = next {
            let word = self.owner_word() | flag::FULL;
            assert_eq!(page.owner() & !flag::HOLES, word, "(a)");
            page.check();
            // SAFETY: as above.
            next = unsafe { page_at(page.next.get()) };
        }
        let sampled = self.sampling.is_on();
        for index in 0..DIRECT {
            let first = self.queues[size_class::of(index * 16)].first();
            let shows = |table: &[Cell<&'static Page>], page: Option<&'static Page>| {
                core::ptr::eq(table[index].get(), page.unwrap_or(&EMPTY_PAGE))
            };
            let fast = first.filter(|_| !sampled && !self.counted.get());
            assert!(shows(&self.direct, fast), "(b)");
            assert!(
                shows(&self.sampling.direct, first.filter(|_| sampled)),
                "(b)"
            );
        }
        for (class, retired) in self.retired.iter().enumerate() {
            // SAFETY: null or a header, see `emptied`.
            if let Some(page) = unsafe { page_at(retired.get()) } {
                assert_eq!(page.class(), class, "(c)");
                assert_eq!(page.owner() & flag::FULL, 0, "(c)");
            }
        }
    }
}

//! What all threads share of one first-class heap, and each thread's share of it.
//!
//! **Shape:** a [`Domain`] for each heap with a list of [`Share`]s, each of which is a heap of the
//! kind that a thread has ([`crate::heap::Heap`]) and pays into the domain's account; huge blocks
//! are on a list of the domain. A thread finds its share in its [`Hands`]: a few slots by the
//! heap's number, and a list of all shares that it has.
//! **Invariants:**
//! * (a) a share has at most one holder, the heap of a living thread; nobody else works with it;
//! * (b) a page with [`flag::OWNED`] has a share as owner and keeps it until it is released; a huge
//!   block with the flag has a domain;
//! * (c) numbers of heaps are never used twice, so a slot that is stale matches nothing;
//! * (d) domains and shares are never unmapped; those of a destroyed heap serve another.
//!
//! **Locks:** the table's before a domain's, a domain's before those of the arenas.

use crate::arenas;
use crate::current;
use crate::heap::Heap;
use crate::owned::LimitHandler;
use crate::page::{Kind, Page, flag};
use crate::queue::PageQueue;
use core::cell::Cell;
use core::ptr::{null, null_mut, with_exposed_provenance, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use tenure_base::ledger::{Account, Kind as Manager, LEDGER};
use tenure_os::lock::Lock;

/// Slots of a thread: heaps that it uses in turn beyond these are looked for under a lock.
const SLOTS: usize = 8;
/// Holder of a share whose thread did not come along through a fork.
const LOST: usize = 1;

/// One first-class heap.
#[repr(align(128))]
pub(crate) struct Domain {
    /// The heap's number, 0 while there is none.
    id: AtomicU64,
    pub(crate) account: Account,
    /// What happened without a share: huge blocks, and blocks freed by other threads.
    pub(crate) besides: Tally,
    books: Lock<Books>,
    /// Every domain that was ever made; written once.
    next: Cell<*const Domain>,
    next_vacant: Cell<*const Domain>,
}

struct Books {
    shares: Cell<*const Share>,
    huge: PageQueue,
    handler: Option<LimitHandler>,
}

// SAFETY: the cells and lists are reached only under the lock.
unsafe impl Send for Books {}
// SAFETY: `next` is written before the domain is published under the table's lock, `next_vacant`
// only under it; the rest is atomic or locked.
unsafe impl Sync for Domain {}

/// Blocks handed out and come back.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) allocations: AtomicU64,
    pub(crate) allocated_bytes: AtomicU64,
    pub(crate) frees: AtomicU64,
    pub(crate) freed_bytes: AtomicU64,
}

impl Tally {
    const fn new() -> Self {
        Self {
            allocations: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
        }
    }

    fn clear(&self) {
        for word in [
            &self.allocations,
            &self.allocated_bytes,
            &self.frees,
            &self.freed_bytes,
        ] {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// Any thread: a block is handed out.
    pub(crate) fn allocated(&self, bytes: usize) {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        self.allocated_bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Any thread: a block comes back.
    pub(crate) fn freed(&self, bytes: usize) {
        self.frees.fetch_add(1, Ordering::Relaxed);
        self.freed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Any thread: a block has `more` or `less` bytes than before.
    pub(crate) fn grown(&self, more: usize, less: usize) {
        self.allocated_bytes
            .fetch_add(more as u64, Ordering::Relaxed);
        self.freed_bytes.fetch_add(less as u64, Ordering::Relaxed);
    }

    /// As [`Tally::allocated`], of the one thread that writes.
    #[inline(always)]
    pub(crate) fn allocated_alone(&self, bytes: usize) {
        add_alone(&self.allocations, 1);
        add_alone(&self.allocated_bytes, bytes as u64);
    }

    /// As [`Tally::freed`], of the one thread that writes.
    #[inline(always)]
    pub(crate) fn freed_alone(&self, bytes: usize) {
        add_alone(&self.frees, 1);
        add_alone(&self.freed_bytes, bytes as u64);
    }
}

#[inline(always)]
fn add_alone(word: &AtomicU64, by: u64) {
    let sum = word.load(Ordering::Relaxed).wrapping_add(by);
    word.store(sum, Ordering::Relaxed);
}

/// A thread's part of a first-class heap.
#[repr(C, align(128))]
pub(crate) struct Share {
    /// First, so that a page's owner is the address of the share too.
    pub(crate) heap: Heap,
    pub(crate) tally: Tally,
    /// The heap of the thread that has the share, by address; 0 for none.
    holder: AtomicUsize,
    pub(crate) domain: &'static Domain,
    /// Bytes in use that the account has been told of. The holder's.
    told_bytes: Cell<i64>,
    /// The next share of the domain; written once.
    next: Cell<*const Share>,
    /// The next share of the holder.
    next_held: Cell<*const Share>,
}

const _: () = assert!(core::mem::offset_of!(Share, heap) == 0);
const _: () = assert!(size_of::<Share>() <= 10 << 10);

// SAFETY: the cells are the holder's (invariant a), or, while there is none, of who holds the
// domain's lock; `next` is written before the share is published under that lock.
unsafe impl Sync for Share {}

impl Share {
    /// The share that owns a page of blocks with [`flag::OWNED`].
    #[inline]
    pub(crate) fn of(page: &Page) -> &'static Self {
        debug_assert!(page.kind() == Kind::Blocks && page.owner() & flag::OWNED != 0);
        // SAFETY: by invariant (b) the owner is a share, exposed when made and never unmapped.
        unsafe { &*with_exposed_provenance::<Self>(page.owner() & !flag::ALL) }
    }

    /// Whether the calling thread has the share.
    #[inline]
    pub(crate) fn is_callers(&self) -> bool {
        self.holder.load(Ordering::Relaxed) == core::ptr::from_ref(current::raw()).addr()
    }

    /// Tells the account how much is in use. Holder only.
    pub(crate) fn tell_used(&self) {
        let read = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let used = read(&self.tally.allocated_bytes).cast_signed()
            - read(&self.tally.freed_bytes).cast_signed();
        let before = self.told_bytes.replace(used);
        self.domain.account.move_used((used - before) as isize);
    }
}

/// A thread's shares. The thread's own.
pub(crate) struct Hands {
    slots: [Slot; SLOTS],
    first: Cell<*const Share>,
}

struct Slot {
    id: Cell<u64>,
    share: Cell<*const Share>,
}

impl Hands {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const {
                Slot {
                    id: Cell::new(0),
                    share: Cell::new(null()),
                }
            }; SLOTS],
            first: Cell::new(null()),
        }
    }

    /// The thread's share of the heap number `id`, when a slot has it.
    #[inline(always)]
    pub(crate) fn find(&self, id: u64) -> Option<&'static Share> {
        let slot = &self.slots[id as usize % SLOTS];
        // SAFETY: by invariant (c) the slot is that of the heap, and its share is this thread's
        // since it was put there (see `leave`); shares are never unmapped.
        (slot.id.get() == id).then(|| unsafe { &*slot.share.get() })
    }

    /// The thread ends: its shares are for others.
    pub(crate) fn leave(&self) {
        let mut next = self.first.replace(null());
        // SAFETY: the list has shares, which are never unmapped.
        while let Some(share) = unsafe { next.as_ref() } {
            next = share.next_held.get();
            let _held = share.domain.books.lock();
            share.heap.trim();
            share.tell_used();
            share.holder.store(0, Ordering::Relaxed);
        }
        for slot in &self.slots {
            slot.id.set(0);
        }
    }
}

impl Domain {
    const fn new() -> Self {
        Self {
            id: AtomicU64::new(0),
            account: Account::new(),
            besides: Tally::new(),
            books: Lock::new(Books {
                shares: Cell::new(null()),
                huge: PageQueue::new(),
                handler: None,
            }),
            next: Cell::new(null()),
            next_vacant: Cell::new(null()),
        }
    }

    /// The domain of a huge block with [`flag::OWNED`].
    pub(crate) fn of_huge(page: &Page) -> &'static Self {
        // SAFETY: by invariant (b) the owner is a domain, exposed when made and never unmapped.
        unsafe { &*with_exposed_provenance::<Self>(page.owner() & !flag::ALL) }
    }

    /// The heap's number; 0 when it has been destroyed.
    pub(crate) fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// The share of the thread that works with `thread`, found or made. `None`: out of memory.
    pub(crate) fn share(&'static self, thread: &'static Heap) -> Option<&'static Share> {
        let id = self.id();
        if let Some(share) = thread.hands.find(id) {
            return Some(share);
        }
        let share = self.claim(thread)?;
        let slot = &thread.hands.slots[id as usize % SLOTS];
        slot.share.set(share);
        slot.id.set(id);
        Some(share)
    }

    fn claim(&'static self, thread: &'static Heap) -> Option<&'static Share> {
        let books = self.books.lock();
        let me = core::ptr::from_ref(thread).addr();
        let held_by = |holder: usize| {
            books
                .shares()
                .find(|share| share.holder.load(Ordering::Relaxed) == holder)
        };
        if let Some(mine) = held_by(me) {
            return Some(mine);
        }
        let share = match held_by(0) {
            Some(idle) => idle,
            None => self.add_share(&books)?,
        };
        share.heap.join(&self.account);
        share.holder.store(me, Ordering::Relaxed);
        share.next_held.set(thread.hands.first.replace(share));
        Some(share)
    }

    fn add_share(&'static self, books: &Books) -> Option<&'static Share> {
        let place = arenas::take_bookkeeping(size_of::<Share>(), align_of::<Share>())?;
        let place = with_exposed_provenance_mut::<Share>(place);
        // SAFETY: fresh memory of the right size and alignment that is never given back.
        let share: &'static Share = unsafe {
            place.write(Share {
                heap: Heap::new(),
                tally: Tally::new(),
                holder: AtomicUsize::new(0),
                domain: self,
                told_bytes: Cell::new(0),
                next: Cell::new(books.shares.get()),
                next_held: Cell::new(null()),
            });
            &*place
        };
        books.shares.set(share);
        Some(share)
    }

    /// Gives back what shares that no thread has hold without need.
    pub(crate) fn trim_idle(&self) {
        let books = self.books.lock();
        for share in books.shares() {
            if share.holder.load(Ordering::Relaxed) == 0 {
                share.heap.trim();
            }
        }
    }

    /// Calls `visit` with the tallies of which the heap's numbers are the sums.
    pub(crate) fn for_each_tally(&self, mut visit: impl FnMut(&Tally)) {
        visit(&self.besides);
        for share in self.books.lock().shares() {
            visit(&share.tally);
        }
    }

    /// What is asked when the limit is met.
    pub(crate) fn handler(&self) -> Option<LimitHandler> {
        self.books.lock().handler
    }

    /// Chooses what is asked when the limit is met.
    pub(crate) fn set_handler(&self, handler: Option<LimitHandler>) {
        self.books.lock().handler = handler;
    }

    /// Puts a huge block that the caller has just made on the domain's list.
    pub(crate) fn adopt_huge(&'static self, page: &'static Page) {
        let books = self.books.lock();
        page.set_owner(core::ptr::from_ref(self).expose_provenance() | flag::OWNED);
        books.huge.push_back(page);
    }

    /// Takes a huge block off the list, which the caller gives back.
    pub(crate) fn remove_huge(&self, page: &'static Page) {
        self.books.lock().huge.remove(page);
    }

    /// Calls `visit` with every page and huge block. Nobody works with the heap meanwhile.
    pub(crate) fn for_each_page(&self, visit: &mut dyn FnMut(&'static Page)) {
        let (shares, huge) = {
            let books = self.books.lock();
            (books.shares.get(), books.huge.first())
        };
        let mut next = shares;
        // SAFETY: links of the list are shares, which are never unmapped, or null.
        while let Some(share) = unsafe { next.as_ref() } {
            next = share.next.get();
            share.heap.for_each_own_page(visit);
        }
        let mut next = huge;
        while let Some(page) = next {
            // SAFETY: links of listed pages are listed pages or null.
            next = unsafe { crate::queue::page_at(page.next.get()) };
            visit(page);
        }
    }

    /// Makes the pages of shares whose threads a fork has left behind ordinary ones again: those
    /// threads may have stopped in the middle of a change.
    pub(crate) fn recover_lost(&'static self) {
        let books = self.books.lock();
        for share in books.shares() {
            if share.holder.load(Ordering::Relaxed) != LOST {
                continue;
            }
            let place = core::ptr::from_ref(share).cast_mut();
            // SAFETY: the thread that had the share does not exist in this process, and nobody else
            // works with it; pages and delayed blocks of the old value are found below or dropped.
            unsafe { (&raw mut (*place).heap).write(Heap::new()) };
            share.heap.join(&self.account);
            let owner = core::ptr::from_ref(share).addr();
            arenas::for_each_page(&mut |page| {
                if page.kind() == Kind::Blocks && page.owner() & !flag::ALL == owner {
                    share.heap.recover(page);
                }
            });
            share.holder.store(0, Ordering::Relaxed);
        }
    }

    /// Gives everything back and makes the domain vacant. Nobody works with the heap any more.
    pub(crate) fn close(&'static self) {
        let mut table = TABLE.lock();
        let mut books = self.books.lock();
        self.id.store(0, Ordering::Relaxed);
        for share in books.shares() {
            share.heap.clear();
            share.tally.clear();
            share.told_bytes.set(0);
        }
        while let Some(page) = books.huge.pop_front() {
            self.account.uncharge(page.huge_sizes().0);
            arenas::release_huge(page);
        }
        books.handler = None;
        self.besides.clear();
        self.account.close();
        self.next_vacant.set(table.vacant);
        table.vacant = self;
    }
}

impl Books {
    fn shares(&self) -> impl Iterator<Item = &'static Share> {
        // SAFETY: the list has shares, which are never unmapped.
        let at = |share: *const Share| unsafe { share.as_ref() };
        core::iter::successors(at(self.shares.get()), move |share| at(share.next.get()))
    }
}

/// The domain that was made last; each leads to the one made before it. Domains are never removed.
static ALL: AtomicPtr<Domain> = AtomicPtr::new(null_mut());

fn all() -> impl Iterator<Item = &'static Domain> {
    // SAFETY: the list has domains, which are never unmapped; acquire pairs with the release in
    // `make`, so that each is seen whole.
    let at = |domain: *const Domain| unsafe { domain.as_ref() };
    core::iter::successors(at(ALL.load(Ordering::Acquire)), move |domain| {
        at(domain.next.get())
    })
}

/// What is guarded beside the list of all.
struct Table {
    vacant: *const Domain,
    last_id: u64,
}

// SAFETY: domains are shared by design.
unsafe impl Send for Table {}

static TABLE: Lock<Table> = Lock::new(Table {
    vacant: null(),
    last_id: 0,
});

/// A domain for a new heap. `None`: out of memory.
pub(crate) fn open(name: &str, limit_bytes: usize) -> Option<&'static Domain> {
    // Before the lock: it waits for the loader, within which another thread may wait for the table.
    tenure_os::join::join();
    let mut table = TABLE.lock();
    // SAFETY: the list has domains, which are never unmapped.
    let domain = match unsafe { table.vacant.as_ref() } {
        Some(vacant) => {
            table.vacant = vacant.next_vacant.get();
            vacant
        }
        None => make()?,
    };
    LEDGER.open(&domain.account, Manager::Heap, name, limit_bytes);
    table.last_id += 1;
    domain.id.store(table.last_id, Ordering::Relaxed);
    Some(domain)
}

/// A domain more. The caller holds the table's lock.
fn make() -> Option<&'static Domain> {
    let place = arenas::take_bookkeeping(size_of::<Domain>(), align_of::<Domain>())?;
    let place = with_exposed_provenance_mut::<Domain>(place);
    // SAFETY: fresh memory of the right size and alignment that is never given back.
    let made: &'static Domain = unsafe {
        place.write(Domain::new());
        &*place
    };
    made.next.set(ALL.load(Ordering::Relaxed));
    ALL.store(place, Ordering::Release);
    Some(made)
}

/// Takes every lock for a fork; [`release_after_fork`] gives them back.
pub(crate) fn hold_for_fork() {
    TABLE.hold();
    for domain in all() {
        domain.books.hold();
    }
}

/// Gives the locks back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    for domain in all() {
        // SAFETY: by contract this thread holds the lock since `hold_for_fork`. A domain that it
        // has made itself since then is not held, and nobody else knows it.
        unsafe { domain.books.release() };
    }
    // SAFETY: as above.
    unsafe { TABLE.release() };
}

/// In the child of a fork, while this thread passes through the locks that it holds: the shares of
/// all other threads are nobody's to work with.
pub(crate) fn forget_threads() {
    let me = core::ptr::from_ref(current::raw()).addr();
    for domain in all() {
        for share in domain.books.lock().shares() {
            let holder = share.holder.load(Ordering::Relaxed);
            if holder != 0 && holder != me {
                share.holder.store(LOST, Ordering::Relaxed);
            }
        }
    }
}

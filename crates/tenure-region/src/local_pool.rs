//! The classical pool: places of one size, a list of the free ones, one thread.
//!
//! **Shape:** chunks from the global allocator, each with twice the places of the one before, and a
//! *core*, a block of its own that never moves, with the head of the list and the table of chunks.
//! A place is the address of the core and a value; while it is free, the value's bytes hold the
//! address of the next free place. So a box is one word, and finds the list also after the pool has
//! moved (which it may when all boxes are gone or forgotten).
//! **Invariants:**
//! * (a) each place below a chunk's mark `carved` is free, or in use by one box, or was forgotten;
//! * (b) the list goes once through all free places that are carved, and no other;
//! * (c) `len` is the number of carved places that are not on the list;
//! * (d) `held_bytes` is the bytes of the core and of all chunks, as the account is told.
//!
//! **Cost:** a dozen instructions for a value that comes and goes, three words touched beside it.
//! Places are linked up as they are needed, 4 KiB at a time, so untouched chunks stay so. 8 bytes
//! beside each value, or its alignment if that is larger.
//!
//! **Not here:** other threads (`fixed_pool`), keys (`slots`), values that end without a drop each
//! (`typed`).

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::{NonNull, null_mut};

use tenure_base::ledger::Account;

use crate::books::Books;
use crate::refused::{Refused, give_up};

mod local_box;

pub use local_box::LocalBox;

/// Places that are linked up at once take so many bytes, and so does the first chunk.
const RUN_BYTES: usize = 4 << 10;
/// Chunks of a pool; the last one alone would be larger than any memory.
const CHUNKS: usize = 40;

/// Where the value of a place lies while there is one, and the next free place while not.
#[expect(
    dead_code,
    reason = "it gives the shape; addresses are followed by raw pointers"
)]
union Body<T> {
    next: *mut u8,
    value: core::mem::ManuallyDrop<MaybeUninit<T>>,
}

#[repr(C)]
struct Place<T> {
    core: *const Core,
    body: Body<T>,
}

#[derive(Clone, Copy)]
struct Chunk {
    /// Null for a chunk that is not there.
    start: *mut u8,
    /// Places that were linked up.
    carved: usize,
}

impl Chunk {
    const NONE: Self = Self {
        start: null_mut(),
        carved: 0,
    };
}

/// What boxes and the pool share. What each of them touches comes first.
#[repr(C)]
struct Core {
    /// The body of the first free place, or null.
    free: Cell<*mut u8>,
    len: Cell<usize>,
    held_bytes: Cell<usize>,
    /// The shape of a place.
    place: Layout,
    /// Places of a run, and of the first chunk.
    run: usize,
    chunks: [Cell<Chunk>; CHUNKS],
}

impl Core {
    const LAYOUT: Layout = Layout::new::<Self>();

    const fn new(place: Layout, run: usize) -> Self {
        Self {
            free: Cell::new(null_mut()),
            len: Cell::new(0),
            held_bytes: Cell::new(0),
            place,
            run,
            chunks: [const { Cell::new(Chunk::NONE) }; CHUNKS],
        }
    }

    /// Places of a chunk.
    const fn places(&self, number: usize) -> usize {
        self.run << number
    }

    /// `None` for more bytes than an address space has.
    fn layout(&self, number: usize) -> Option<Layout> {
        let bytes = self.place.size().checked_mul(self.places(number))?;
        Layout::from_size_align(bytes, self.place.align()).ok()
    }
}

/// The core of pools that have no memory: never written.
struct Shared(Core);
// SAFETY: it is only read: each write is to the core of a box, or behind a look at `is_made`.
unsafe impl Sync for Shared {}
static EMPTY: Shared = Shared(Core::new(Layout::new::<()>(), 0));

/// The memory of a pool. It knows nothing of the values, so that a value may hold boxes of its own
/// pool: the end of the pool looks at none.
struct Memory {
    core: Cell<NonNull<Core>>,
    is_told: Cell<bool>,
    books: Books,
}

impl Memory {
    const fn new(books: Books) -> Self {
        Self {
            core: Cell::new(Self::EMPTY),
            is_told: Cell::new(false),
            books,
        }
    }

    // SAFETY: the address of a static is not null.
    const EMPTY: NonNull<Core> = unsafe { NonNull::new_unchecked((&raw const EMPTY.0).cast_mut()) };

    #[inline(always)]
    fn core(&self) -> &Core {
        // SAFETY: the static, or the block that `make_core` made, which lives until `trim` or the
        // end of the pool puts another in its place; neither keeps this reference.
        unsafe { self.core.get().as_ref() }
    }

    /// Whether the pool has a core of its own.
    fn is_made(&self) -> bool {
        self.core.get() != Self::EMPTY
    }

    fn make_core(&self, place: Layout, run: usize) -> Result<(), Refused> {
        if !self.is_told.replace(true) {
            self.books.open();
        }
        let made = self.request(Core::LAYOUT)?.cast::<Core>();
        // SAFETY: the block just made has the layout of a core.
        unsafe { made.write(Core::new(place, run)) };
        self.core.set(made);
        self.core().held_bytes.set(Core::LAYOUT.size());
        Ok(())
    }

    /// Makes the smallest chunk that is not there.
    fn make_chunk(&self, core: &Core) -> Result<usize, Refused> {
        let is_gone = |number: &usize| core.chunks[*number].get().start.is_null();
        let number = (0..CHUNKS).find(is_gone).ok_or(Refused::Full)?;
        let layout = core.layout(number).ok_or(Refused::TooLarge)?;
        let start = self.request(layout)?.as_ptr();
        core.chunks[number].set(Chunk { start, carved: 0 });
        core.held_bytes.set(core.held_bytes.get() + layout.size());
        Ok(number)
    }

    /// Memory, on the books. The layout is not empty.
    fn request(&self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        self.books.hold_used(layout.size())?;
        // SAFETY: neither a core nor a place is without bytes.
        NonNull::new(unsafe { alloc(layout) }).ok_or_else(|| {
            self.books.release_used(layout.size());
            Refused::NoMemory
        })
    }

    /// Frees a chunk of which no place is on the list or in use.
    fn give_back(&self, core: &Core, number: usize) {
        let start = core.chunks[number].replace(Chunk::NONE).start;
        let Some(layout) = core.layout(number).filter(|_| !start.is_null()) else {
            return;
        };
        core.held_bytes.set(core.held_bytes.get() - layout.size());
        // SAFETY: `make_chunk` allocated it with this layout, and nobody looks at it again.
        unsafe { dealloc(start, layout) };
        self.books.release_used(layout.size());
    }

    /// Frees the core of a pool without chunks.
    fn give_back_core(&self) {
        let core = self.core.replace(Self::EMPTY);
        // SAFETY: `make_core` allocated it with this layout. Boxes would lie in chunks, so none
        // knows it.
        unsafe { dealloc(core.as_ptr().cast(), Core::LAYOUT) };
        self.books.release_used(Core::LAYOUT.size());
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.is_made() {
            let core = self.core();
            (0..CHUNKS).for_each(|number| self.give_back(core, number));
            self.give_back_core();
        }
        self.books.close();
    }
}

/// Values of one type that come and go, on one thread, and never move meanwhile.
///
/// The pool drops no value: a box does. A box that is forgotten keeps its place until
/// [`reset`](LocalPool::reset) or the end of the pool.
///
/// # Examples
/// ```
/// use tenure_region::{LocalBox, LocalPool};
/// struct Node<'p> {
///     key: u32,
///     next: Option<LocalBox<'p, Node<'p>>>,
/// }
/// let nodes = LocalPool::new();
/// let last = nodes.alloc(Node { key: 2, next: None });
/// let first = nodes.alloc(Node { key: 1, next: Some(last) });
/// assert_eq!(first.next.as_ref().map(|next| next.key), Some(2));
/// drop(first);
/// assert_eq!(nodes.len(), 0);
/// assert_eq!(size_of::<Option<LocalBox<'_, Node<'_>>>>(), 8);
/// ```
pub struct LocalPool<T> {
    memory: Memory,
    /// Boxes have the values; the pool only makes them.
    values: PhantomData<*const T>,
}

// SAFETY: who moves the pool has no box of it, so all of its memory goes along; values that were
// forgotten in it are never looked at again.
unsafe impl<T: Send> Send for LocalPool<T> {}

impl<T> LocalPool<T> {
    /// From a place's start to its value.
    const BODY: usize = offset_of!(Place<T>, body);
    /// Places of a run, and of the first chunk.
    const RUN: usize = {
        let fitting = RUN_BYTES / size_of::<Place<T>>();
        if fitting == 0 { 1 } else { fitting }
    };

    /// No values and no memory.
    ///
    /// # Examples
    /// ```
    /// const NONE: tenure_region::LocalPool<u8> = tenure_region::LocalPool::new();
    /// assert_eq!(NONE.held_bytes(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_books(Books::NONE)
    }

    /// The same; what is held is told to the ledger under this name. The account is this pool's
    /// alone until it is dropped.
    ///
    /// # Examples
    /// ```
    /// use tenure_base::ledger::Account;
    /// static ACCOUNT: Account = Account::new();
    /// let nodes = tenure_region::LocalPool::named("nodes", &ACCOUNT);
    /// let node = nodes.alloc(1u64);
    /// assert_eq!(ACCOUNT.held_bytes(), nodes.held_bytes());
    /// # drop(node);
    /// ```
    #[must_use]
    pub const fn named(name: &'static str, account: &'static Account) -> Self {
        Self::with_books(Books::new(name, account))
    }

    const fn with_books(books: Books) -> Self {
        Self {
            memory: Memory::new(books),
            values: PhantomData,
        }
    }

    /// Moves a value into the pool. O(1); amortized one request to the allocator for as many values
    /// as the pool has had.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`LocalPool`].
    #[inline]
    pub fn alloc(&self, value: T) -> LocalBox<'_, T> {
        match self.try_alloc(value) {
            Ok(place) => place,
            Err((_, why)) => give_up(why),
        }
    }

    /// As [`LocalPool::alloc`].
    ///
    /// # Errors
    /// The value, and why: [`Refused::NoMemory`], [`Refused::Limit`] by the account (also when less
    /// than the next chunk is left), or [`Refused::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::LocalPool::new();
    /// assert_eq!(*pool.try_alloc(1).unwrap(), 1);
    /// ```
    #[inline]
    pub fn try_alloc(&self, value: T) -> Result<LocalBox<'_, T>, (T, Refused)> {
        let mut core = self.memory.core();
        if core.free.get().is_null() {
            match self.refill() {
                Ok(made) => core = made,
                Err(why) => return Err((value, why)),
            }
        }
        let place = core.free.get();
        // SAFETY: a place on the list is free, and its body holds the next one (invariant b).
        core.free.set(unsafe { place.cast::<*mut u8>().read() });
        core.len.set(core.len.get() + 1);
        // SAFETY: the place is on no list now and nobody else's; its body has room for a value,
        // aligned, and is not null.
        Ok(unsafe {
            place.cast::<T>().write(value);
            LocalBox::new(NonNull::new_unchecked(place.cast()))
        })
    }

    /// Puts free places on the list, which is empty.
    #[cold]
    #[inline(never)]
    fn refill(&self) -> Result<&Core, Refused> {
        if !self.memory.is_made() {
            let place = Layout::new::<Place<T>>();
            self.memory.make_core(place, Self::RUN)?;
        }
        let core = self.memory.core();
        let has_room = |number: &usize| {
            let chunk = core.chunks[*number].get();
            !chunk.start.is_null() && chunk.carved < core.places(*number)
        };
        let number = match (0..CHUNKS).find(has_room) {
            Some(number) => number,
            None => self.memory.make_chunk(core)?,
        };
        Self::carve(core, number);
        Ok(core)
    }

    /// Links up the next run of a chunk.
    fn carve(core: &Core, number: usize) {
        let cell = &core.chunks[number];
        let Chunk { start, carved } = cell.get();
        let end = (carved + Self::RUN).min(core.places(number));
        let mut free = core.free.get();
        for at in (carved..end).rev() {
            // SAFETY: a place of the chunk, behind all that are in use; the body follows the word.
            unsafe {
                let place = start.add(at * size_of::<Place<T>>());
                place.cast::<*const Core>().write(core);
                let body = place.add(Self::BODY);
                body.cast::<*mut u8>().write(free);
                free = body;
            }
        }
        core.free.set(free);
        cell.set(Chunk { start, carved: end });
    }

    /// Values that have not come back, forgotten ones included.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::LocalPool::new();
    /// let (a, b) = (pool.alloc(1), pool.alloc(2));
    /// drop(a);
    /// assert_eq!(pool.len(), 1);
    /// # drop(b);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.memory.core().len.get()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes from the allocator.
    ///
    /// # Examples
    /// See [`LocalPool::trim`].
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.memory.core().held_bytes.get()
    }

    /// Gives the chunks back in which no value lies, and all memory when there is none. O(free
    /// places).
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::LocalPool::new();
    /// let many: Vec<_> = (0..10_000).map(|n| pool.alloc(n)).collect();
    /// drop(many);
    /// pool.trim();
    /// assert_eq!(pool.held_bytes(), 0);
    /// ```
    pub fn trim(&self) {
        if !self.memory.is_made() {
            return;
        }
        let core = self.memory.core();
        let mut free = [0; CHUNKS];
        let places = || {
            core::iter::successors(NonNull::new(core.free.get()), |place| {
                // SAFETY: a free place holds the next one (invariant b); the list is as it was
                // when the place was met.
                NonNull::new(unsafe { place.cast::<*mut u8>().read() })
            })
            .map(NonNull::as_ptr)
        };
        places().for_each(|place| free[Self::chunk_of(core, place)] += 1);
        let goes = |number: usize| {
            let chunk = core.chunks[number].get();
            !chunk.start.is_null() && free[number] == chunk.carved
        };
        // Those that stay, in their order, each written when the walk is behind it.
        let (mut first, mut last) = (null_mut::<u8>(), null_mut::<u8>());
        for place in places().filter(|place| !goes(Self::chunk_of(core, *place))) {
            if last.is_null() {
                first = place;
            } else {
                // SAFETY: a free place, whose own next one was read before: the walk is past it.
                unsafe { last.cast::<*mut u8>().write(place) };
            }
            last = place;
        }
        if !last.is_null() {
            // SAFETY: as above; the walk has ended.
            unsafe { last.cast::<*mut u8>().write(null_mut()) };
        }
        core.free.set(first);
        for number in (0..CHUNKS).filter(|number| goes(*number)) {
            self.memory.give_back(core, number);
        }
        if core.held_bytes.get() == Core::LAYOUT.size() {
            self.memory.give_back_core();
        }
    }

    /// The chunk that a place lies in; the larger ones, which have most, are looked at first.
    fn chunk_of(core: &Core, place: *mut u8) -> usize {
        let has = |number: &usize| {
            let start = core.chunks[*number].get().start.addr();
            // A chunk that is there has a layout, so its bytes are a number.
            start != 0
                && place.addr().wrapping_sub(start)
                    < core.places(*number).wrapping_mul(size_of::<Place<T>>())
        };
        let found = (0..CHUNKS).rev().find(has);
        found.unwrap_or_else(|| unreachable!("a place lies in a chunk"))
    }

    /// Takes all places back at once, those of values that were leaked or forgotten too; their
    /// drops do not run. O(1): the memory is kept.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{LocalBox, LocalPool};
    /// let mut pool = LocalPool::new();
    /// let first: &mut u32 = LocalBox::leak(pool.alloc(1));
    /// *first += (0..100).map(|n| *LocalBox::leak(pool.alloc(n))).sum::<u32>();
    /// assert_eq!((*first, pool.len()), (4951, 101));
    /// pool.reset();
    /// assert!(pool.is_empty());
    /// ```
    pub fn reset(&mut self) {
        if !self.memory.is_made() {
            return;
        }
        let core = self.memory.core();
        core.free.set(null_mut());
        core.len.set(0);
        for chunk in &core.chunks {
            let start = chunk.get().start;
            chunk.set(Chunk { start, carved: 0 });
        }
    }

    /// Walks the invariants of this file, in their order.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        let core = self.memory.core();
        let mut carved = 0;
        let mut held_bytes = if self.memory.is_made() {
            Core::LAYOUT.size()
        } else {
            0
        };
        for number in 0..CHUNKS {
            let chunk = core.chunks[number].get();
            if chunk.start.is_null() {
                assert_eq!(chunk.carved, 0, "(a)");
                continue;
            }
            assert!(chunk.carved <= core.places(number), "(a)");
            carved += chunk.carved;
            held_bytes += core.layout(number).unwrap().size();
        }
        let (mut free, mut place) = (std::collections::BTreeSet::new(), core.free.get());
        while !place.is_null() {
            assert!(free.insert(place.addr()), "(b): {place:p} comes twice");
            let chunk = core.chunks[Self::chunk_of(core, place)].get();
            let offset = place.addr() - chunk.start.addr() - Self::BODY;
            assert_eq!(offset % size_of::<Place<T>>(), 0, "(b)");
            assert!(offset / size_of::<Place<T>>() < chunk.carved, "(b)");
            // SAFETY: a place below the mark of its chunk, and free.
            let (owner, next) = unsafe {
                let owner = place.sub(Self::BODY).cast::<*const Core>().read();
                (owner, place.cast::<*mut u8>().read())
            };
            assert!(core::ptr::eq(owner, core), "(b)");
            place = next;
        }
        assert_eq!(core.len.get(), carved - free.len(), "(c)");
        assert_eq!(core.held_bytes.get(), held_bytes, "(d)");
        assert!(self.memory.books.is_at(held_bytes), "(d)");
    }
}

impl<T> Default for LocalPool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> core::fmt::Debug for LocalPool<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LocalPool")
            .field("len", &self.len())
            .field("held_bytes", &self.held_bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! All arenas: where slices come from, and which header describes an address.
//!
//! The first arena is as large as the address space allows (64 GiB, stepping down); an address in
//! it finds its header by one subtraction and one shift. Further arenas come when it is full, or
//! from the start where the address space is limited; a two-level table finds them. An address that
//! no arena has is *foreign*: it is told apart without being followed.
//!
//! **Locks:** one, around the books of all arenas; taken once a page or huge block, never a block.
//! While memory goes to the kernel the lock is open: a *piece*, a run of free slices, is withdrawn
//! under the lock, purged, and put back under it. There is at most one at a time, and the table
//! names it, so that a fork in between loses nothing.

mod pieces;

use self::pieces::Piece;
pub(crate) use self::pieces::{after_fork_in_child, age, dirty_bytes, purge};
use crate::arena::{Arena, Beside, Books, GRANULE_BYTES, GRANULE_SHIFT};
use crate::page::{Kind, Page, slices_for};
use crate::slices::{SLICE_BYTES, SLICE_SHIFT};
use crate::{counters, limit, scavenger, size_class};
use core::ops::Range;
use core::ptr::{null_mut, with_exposed_provenance, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU16, AtomicUsize, Ordering};
use tenure_base::align_up;
use tenure_os::lock::Lock;
use tenure_os::process;
use tenure_vm::Bump;

/// The first arena where the address space has no limit.
const FIRST_BYTES_MAX: usize = 64 << 30;
/// No arena is smaller, unless the limit on the address space is.
const ARENA_BYTES_MIN: usize = 2 * GRANULE_BYTES;
/// A further arena where the address space has no limit.
const FURTHER_BYTES: usize = 16 << 30;
/// How many there can be.
const ARENAS_MAX: usize = 1024;
/// Free memory that stays with the heap however small the heap is, where no scavenger runs.
const DIRTY_BYTES_MIN: usize = 64 << 20;
/// Bits of an address that a program can have.
const ADDRESS_BITS: u32 = 48;
const LEAF_BITS: u32 = 12;

type Leaf = [AtomicU16; 1 << LEAF_BITS];

/// The start, known length and headers of the first arena, for the shortest path.
static FIRST_START: AtomicUsize = AtomicUsize::new(0);
static FIRST_KNOWN_BYTES: AtomicUsize = AtomicUsize::new(0);
static FIRST_HEADERS: AtomicUsize = AtomicUsize::new(0);

/// Which arena a granule belongs to: a leaf for 64 GiB each, entries are index + 1.
static MAP: [AtomicPtr<Leaf>; 1 << (ADDRESS_BITS - GRANULE_SHIFT - LEAF_BITS)] =
    [const { AtomicPtr::new(null_mut()) }; 1 << (ADDRESS_BITS - GRANULE_SHIFT - LEAF_BITS)];

static ARENAS: [AtomicPtr<Books>; ARENAS_MAX] = [const { AtomicPtr::new(null_mut()) }; ARENAS_MAX];

/// OS pages in heap pages and huge blocks that the program or the heap may have written.
static HELD_PAGES: AtomicUsize = AtomicUsize::new(0);
static HELD_PAGES_PEAK: AtomicUsize = AtomicUsize::new(0);
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(4096);
static LIMITED: AtomicBool = AtomicBool::new(false);

/// What the lock guards beside the books themselves.
struct Table {
    /// Entries of `ARENAS` ever used.
    count: usize,
    /// Memory for books and leaves.
    bump: Bump,
    /// Places of books of arenas that are gone, each holding the address of the next; 0 ends.
    vacant: usize,
    /// What is on its way to the kernel.
    piece: Option<Piece>,
}

static TABLE: Lock<Table> = Lock::new(Table {
    count: 0,
    bump: Bump::new(),
    vacant: 0,
    piece: None,
});

impl Table {
    fn place_for_books(&mut self) -> Option<*mut Books> {
        if self.vacant == 0 {
            let place = self
                .bump
                .take(size_of::<Books>(), align_of::<Books>())
                .ok()?;
            return Some(with_exposed_provenance_mut(place));
        }
        let place = with_exposed_provenance_mut::<usize>(self.vacant);
        // SAFETY: `vacate` put the place on the list and wrote the next one's address there.
        self.vacant = unsafe { place.read() };
        Some(place.cast())
    }

    /// Takes back a place whose books have been moved out.
    fn vacate(&mut self, place: *mut Books) {
        // SAFETY: the place holds no value any more, is large enough for a word and aligned.
        unsafe { place.cast::<usize>().write(self.vacant) };
        self.vacant = place.expose_provenance();
    }
}

/// Numbers of all arenas together, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) reserved: usize,
    pub(crate) in_use: usize,
    pub(crate) dirty_free: usize,
    pub(crate) tables: usize,
}

/// Makes the first arena; called once, before any block exists.
pub(crate) fn start() {
    PAGE_BYTES.store(process::page_bytes(), Ordering::Relaxed);
    let mut table = TABLE.lock();
    if table.count == 0 {
        add_arena(&mut table, SLICE_BYTES);
    }
}

/// Calls `then` with the header of the first arena's slice that holds `address`, which need not be
/// the first slice of its page; `None` when the address lies elsewhere.
#[inline(always)]
pub(crate) fn in_first_arena<R>(
    address: usize,
    then: impl FnOnce(&'static Page) -> R,
) -> Option<R> {
    let offset = address.wrapping_sub(FIRST_START.load(Ordering::Relaxed));
    if offset >= FIRST_KNOWN_BYTES.load(Ordering::Relaxed) {
        return None;
    }
    let headers = FIRST_HEADERS.load(Ordering::Relaxed);
    let header = headers + (offset >> SLICE_SHIFT) * size_of::<Page>();
    // SAFETY: headers of the first arena are committed for every known slice, valid when zeroed,
    // shared by design and never unmapped.
    Some(then(unsafe { &*with_exposed_provenance::<Page>(header) }))
}

fn books(index: usize) -> Option<*mut Books> {
    let books = ARENAS[index].load(Ordering::Acquire);
    (!books.is_null()).then_some(books)
}

fn arena(index: usize) -> Option<&'static Arena> {
    // SAFETY: books in the table are initialised and stay in place; the `arena` part is only read
    // or atomic. An arena is removed only when no block of it is left.
    books(index).map(|books| unsafe { &(*books).arena })
}

/// All arenas, in no order; one that is made or given back meanwhile may be left out.
pub(crate) fn all() -> impl Iterator<Item = &'static Arena> {
    (0..ARENAS_MAX).filter_map(arena)
}

/// The arena that has `address` in its known part.
pub(crate) fn arena_of(address: usize) -> Option<&'static Arena> {
    let offset = address.wrapping_sub(FIRST_START.load(Ordering::Relaxed));
    if offset < FIRST_KNOWN_BYTES.load(Ordering::Relaxed) {
        return arena(0);
    }
    if address >> ADDRESS_BITS != 0 {
        return None;
    }
    let granule = address >> GRANULE_SHIFT;
    let leaf = MAP[granule >> LEAF_BITS].load(Ordering::Acquire);
    if leaf.is_null() {
        return None;
    }
    // SAFETY: leaves are zeroed memory of the right size that is never given back.
    let entry = unsafe { &(*leaf)[granule & ((1 << LEAF_BITS) - 1)] }.load(Ordering::Acquire);
    let arena = arena((entry as usize).checked_sub(1)?)?;
    (address.wrapping_sub(arena.start()) < arena.known_bytes()).then_some(arena)
}

/// The header of the page or block that covers `address`; `None` when it lies in no arena.
pub(crate) fn covering(address: usize) -> Option<&'static Page> {
    arena_of(address).map(|arena| arena.covering(address))
}

/// A page of `class` with nothing carved; the caller owns it. `None`: out of memory.
pub(crate) fn new_page(class: usize) -> Option<&'static Page> {
    let count = slices_for(size_class::block_bytes(class));
    let (arena, range, _) = take(count, 1)?;
    let start = arena.start() + (range.start << SLICE_SHIFT);
    let page = arena.header(range.start);
    arena.set_heads(range);
    page.format(class, start, arena.side_tables(start));
    Some(page)
}

/// Gives the slices of a page back that the caller owns and that has no block in use.
pub(crate) fn release_page(page: &'static Page) {
    if page.has_holes() {
        purge_empty(page);
    }
    page.unformat();
    let range = slice_range(page.start(), page.slice_count());
    if let Some(arena) = arena_of(page.start()) {
        arena.clear_heads(range);
    }
    give_back(page.start(), page.slice_count());
}

/// A block of its own of `usable` bytes (whole OS pages) in `count` slices at a multiple of `align`
/// bytes, and whether it reads as zero. `None`: out of memory, or the limit of the process.
pub(crate) fn new_huge(
    count: usize,
    usable: usize,
    requested: usize,
    align: usize,
) -> Option<(&'static Page, bool)> {
    let (arena, range, zeroed) = take(count, align.div_ceil(SLICE_BYTES).max(1))?;
    let start = arena.start() + (range.start << SLICE_SHIFT);
    if !touch(start, 0, usable) {
        give_back(start, count);
        return None;
    }
    let page = arena.header(range.start);
    page.format_huge(start, count, usable, requested);
    Some((page, zeroed))
}

/// Gives a huge block back.
pub(crate) fn release_huge(page: &'static Page) {
    page.unformat();
    give_back(page.start(), page.slice_count());
}

/// Makes a huge block `usable` bytes long where it lies. False, and nothing changed, when the
/// slices behind it are in use or the process may hold no more.
pub(crate) fn resize_huge(page: &'static Page, usable: usize, requested: usize) -> bool {
    let (count, wanted) = (page.slice_count(), usable.div_ceil(SLICE_BYTES));
    let start = page.start();
    let (before, _) = page.huge_sizes();
    if wanted > count {
        let _table = TABLE.lock();
        let Some((books, slice)) = locked_books(start) else {
            return false;
        };
        if !books.extend(slice, count, wanted - count) {
            return false;
        }
    }
    if usable > before && !touch(start, before, usable) {
        if wanted > count {
            give_back(start + (count << SLICE_SHIFT), wanted - count);
        }
        return false;
    }
    // A block that grows keeps the room that it has; one that shrinks gives it back.
    let kept = if usable < before {
        wanted
    } else {
        wanted.max(count)
    };
    page.resize_huge(kept, usable, requested);
    if kept < count {
        give_back(start + (kept << SLICE_SHIFT), count - kept);
    }
    true
}

/// log2 of [`page_bytes`].
pub(crate) fn page_shift() -> u32 {
    page_bytes().trailing_zeros()
}

/// Bytes of an OS page, as read at the start.
pub(crate) fn page_bytes() -> usize {
    PAGE_BYTES.load(Ordering::Relaxed)
}

/// Whether the address space is limited, and not to be spent on room.
pub(crate) fn is_limited() -> bool {
    LIMITED.load(Ordering::Relaxed)
}

/// Notes that the first `bytes` of a huge block, whole OS pages, have been moved away and read as
/// zero now.
pub(crate) fn forget_contents(page: &'static Page, bytes: usize) {
    let _table = TABLE.lock();
    let page_bytes = PAGE_BYTES.load(Ordering::Relaxed);
    if let Some((books, slice)) = locked_books(page.start()) {
        let pages = books.forget_touched(slice, bytes / page_bytes, page_bytes);
        no_longer_held(pages);
    }
}

fn slice_range(start: usize, count: usize) -> Range<usize> {
    let first = arena_of(start).map_or(0, |arena| (start - arena.start()) >> SLICE_SHIFT);
    first..first + count
}

/// The books and slice number of an address in use. The caller holds the lock.
fn locked_books(start: usize) -> Option<(&'static mut Books, usize)> {
    let arena = arena_of(start)?;
    let slice = (start - arena.start()) >> SLICE_SHIFT;
    (0..ARENAS_MAX).map_while(books).find_map(|books| {
        // SAFETY: the lock is held by the caller, so this is the only exclusive reference; the
        // shared `arena` part is read through it only in atomics and constants.
        let books = unsafe { &mut *books };
        (books.arena.start() == arena.start()).then_some((books, slice))
    })
}

fn take(count: usize, align: usize) -> Option<(&'static Arena, Range<usize>, bool)> {
    let mut table = TABLE.lock();
    if let Some(found) = take_somewhere(&table, count, align) {
        return Some(found);
    }
    let least = count.checked_add(align)?.checked_mul(SLICE_BYTES)?;
    let before = HELD_PAGES.load(Ordering::Relaxed);
    if !add_arena(&mut table, least) {
        // The address space is used up: what is free may at least be given back to the kernel.
        purge_locked(&table);
        if HELD_PAGES.load(Ordering::Relaxed) == before {
            table.piece.as_ref()?;
            drop(table);
            pieces::wait_for_piece();
            table = TABLE.lock();
        }
    }
    take_somewhere(&table, count, align)
}

fn take_somewhere(
    table: &Table,
    count: usize,
    align: usize,
) -> Option<(&'static Arena, Range<usize>, bool)> {
    (0..table.count)
        .filter_map(|index| Some((index, books(index)?)))
        .find_map(|(index, books)| {
            // SAFETY: the lock is held (the table is borrowed), so no other exclusive reference
            // exists.
            let taken = unsafe { &mut *books }.take(count, align)?;
            let arena = arena(index)?;
            if index == 0 {
                FIRST_KNOWN_BYTES.store(arena.known_bytes(), Ordering::Release);
            }
            Some((arena, taken.start..taken.start + count, taken.zeroed))
        })
}

fn give_back(start: usize, count: usize) {
    put_back(start, count);
    scavenger::poke();
}

fn put_back(start: usize, count: usize) {
    let mut table = TABLE.lock();
    let Some((books, slice)) = locked_books(start) else {
        return;
    };
    books.give_back(slice..slice + count);
    let dirty_bytes = books.dirty_free() * PAGE_BYTES.load(Ordering::Relaxed);
    if dirty_bytes > idle_bytes_max() && !scavenger::sees_to_it() {
        no_longer_held(books.purge());
    }
    if books.is_empty() && books.arena.start() != FIRST_START.load(Ordering::Relaxed) {
        remove_if_spare(&mut table, books.arena.start());
    }
}

/// What may lie idle where no scavenger runs.
pub(crate) fn idle_bytes_max() -> usize {
    DIRTY_BYTES_MIN.max(held_bytes() / 4)
}

/// Gives an empty further arena back, unless it is the only empty one of ordinary size.
fn remove_if_spare(table: &mut Table, start: usize) {
    let mut empties = 0;
    let mut spare = None;
    for index in 1..table.count {
        let Some(books) = books(index) else { continue };
        // SAFETY: the lock is held, so nobody changes the books while they are read.
        let (arena_start, is_empty, len) = unsafe {
            (
                (*books).arena.start(),
                (*books).is_empty(),
                (*books).arena.len(),
            )
        };
        empties += usize::from(is_empty);
        if arena_start == start {
            spare = Some((index, books, len));
        }
    }
    let Some((index, books, len)) = spare else {
        return;
    };
    if empties < 2 && len <= ARENA_BYTES_MIN {
        return;
    }
    ARENAS[index].store(null_mut(), Ordering::Release);
    set_map(start, len, 0);
    // SAFETY: the entry is out of the table and the lock is held, so the value has no other user;
    // its place is vacated below.
    let gone = unsafe { books.read() };
    table.vacate(books);
    no_longer_held(gone.dirty_free());
    // SAFETY: no slice of the arena is in use, so nobody holds an address in it.
    unsafe { gone.release() };
}

/// Adds an arena with room for `least` bytes; false when the address space has none.
fn add_arena(table: &mut Table, least: usize) -> bool {
    let Some(index) = (0..ARENAS_MAX).find(|index| books(*index).is_none()) else {
        return false;
    };
    let beside = Beside {
        slack: counters::is_recording(),
        tags: counters::is_watching(),
    };
    let limit = process::address_space_limit_bytes();
    LIMITED.store(limit.is_some(), Ordering::Relaxed);
    let wished = match (limit, index) {
        (None, 0) => FIRST_BYTES_MAX,
        (None, _) => FURTHER_BYTES,
        // Tags take as much again as the blocks.
        (Some(limit), 0) => usize::try_from(limit / if beside.tags { 8 } else { 4 })
            .unwrap_or(usize::MAX)
            .min(FIRST_BYTES_MAX),
        (Some(_), _) => ARENA_BYTES_MIN,
    };
    if least > usize::MAX / 2 {
        return false;
    }
    let least = align_up(least, GRANULE_BYTES);
    let mut len = align_up(wished, GRANULE_BYTES)
        .max(ARENA_BYTES_MIN)
        .max(least);
    loop {
        if let Ok(books) = Books::reserve(len, beside) {
            return install(table, index, books);
        }
        if len == least {
            return false;
        }
        len = align_up(len / 2, GRANULE_BYTES).max(least);
    }
}

fn install(table: &mut Table, index: usize, new: Books) -> bool {
    let (start, len, headers) = (new.arena.start(), new.arena.len(), new.arena.headers());
    let place = if make_leaves(table, start, len) {
        table.place_for_books()
    } else {
        None
    };
    let Some(place) = place else {
        // SAFETY: the arena was made just now and nobody knows of it.
        unsafe { new.release() };
        return false;
    };
    // SAFETY: the place has the right size and alignment, and nobody else has it.
    unsafe { place.write(new) };
    ARENAS[index].store(place, Ordering::Release);
    set_map(start, len, index as u16 + 1);
    table.count = table.count.max(index + 1);
    if index == 0 {
        FIRST_HEADERS.store(headers, Ordering::Relaxed);
        FIRST_START.store(start, Ordering::Release);
    }
    true
}

fn granules(start: usize, len: usize) -> Range<usize> {
    start >> GRANULE_SHIFT..(start + len).div_ceil(GRANULE_BYTES)
}

fn make_leaves(table: &mut Table, start: usize, len: usize) -> bool {
    let granules = granules(start, len);
    (granules.start >> LEAF_BITS..=(granules.end - 1) >> LEAF_BITS).all(|leaf| {
        if leaf >= MAP.len() {
            return false;
        }
        if MAP[leaf].load(Ordering::Relaxed).is_null() {
            let Ok(fresh) = table.bump.take(size_of::<Leaf>(), align_of::<Leaf>()) else {
                return false;
            };
            MAP[leaf].store(with_exposed_provenance_mut(fresh), Ordering::Release);
        }
        true
    })
}

fn set_map(start: usize, len: usize, entry: u16) {
    for granule in granules(start, len) {
        let leaf = MAP[granule >> LEAF_BITS].load(Ordering::Relaxed);
        // SAFETY: `make_leaves` has made the leaf before the arena was published.
        let slot = unsafe { &(*leaf)[granule & ((1 << LEAF_BITS) - 1)] };
        slot.store(entry, Ordering::Release);
    }
}

/// Notes that the bytes `from..to` of the page or block at `start`, the caller's, may be written
/// from now on. False, and nothing changed, when the process may hold no more.
#[must_use]
pub(crate) fn touch(start: usize, from: usize, to: usize) -> bool {
    let Some(arena) = arena_of(start) else {
        return true;
    };
    let offset = start - arena.start();
    let range = offset + from..offset + to;
    if limit::is_on() && !may_hold(arena.fresh_in(range.clone(), page_shift())) {
        return false;
    }
    let fresh = arena.touch(range, page_shift());
    if fresh > 0 {
        hold(fresh);
    }
    true
}

/// Whether so many OS pages more may be held; they count against the limit of the process then.
pub(crate) fn may_hold(os_pages: usize) -> bool {
    limit::charge(os_pages * page_bytes())
}

fn hold(os_pages: usize) {
    let held = HELD_PAGES.fetch_add(os_pages, Ordering::Relaxed) + os_pages;
    HELD_PAGES_PEAK.fetch_max(held, Ordering::Relaxed);
    counters::tell_held(held * PAGE_BYTES.load(Ordering::Relaxed));
}

/// Notes that so many OS pages inside heap pages have been given to the kernel.
pub(crate) fn note_given_back(os_pages: usize) {
    no_longer_held(os_pages);
}

/// Notes that so many OS pages that had been given back may be written again, each of which
/// [`may_hold`] has granted.
pub(crate) fn note_taken_again(os_pages: usize) {
    if os_pages > 0 {
        hold(os_pages);
    }
}

/// Gives the OS pages of a heap page to the kernel that hold no carved block and still something of
/// what was there before; returns how many. The caller owns the page.
pub(crate) fn purge_uncarved(page: &Page) -> usize {
    let purged = purge_behind_carved(page);
    note_given_back(purged);
    purged
}

/// Gives all memory of a heap page without a block in use to the kernel; returns how many OS pages
/// that were. It has no holes afterwards and nothing carved. The caller owns the page.
pub(crate) fn purge_empty(page: &Page) -> usize {
    // What is a hole counts as touched still, and was taken from what is held before.
    let holes = page.forget_holes();
    page.forget_blocks();
    let purged = purge_behind_carved(page).saturating_sub(holes);
    note_given_back(purged);
    purged
}

fn purge_behind_carved(page: &Page) -> usize {
    let Some(arena) = arena_of(page.start()) else {
        return 0;
    };
    let first = (page.start() - arena.start()) >> SLICE_SHIFT;
    let end = page.carved_bytes();
    (0..page.slice_count())
        .map(|slice| {
            let kept = end.saturating_sub(slice << SLICE_SHIFT).min(SLICE_BYTES);
            arena.purge_behind(first + slice, kept.div_ceil(page_bytes()))
        })
        .sum()
}

/// Bytes of heap pages and huge blocks that may hold something: in use or kept for later.
pub(crate) fn held_bytes() -> usize {
    HELD_PAGES.load(Ordering::Relaxed) * PAGE_BYTES.load(Ordering::Relaxed)
}

/// The most that [`held_bytes`] has been.
pub(crate) fn held_peak_bytes() -> usize {
    HELD_PAGES_PEAK.load(Ordering::Relaxed) * PAGE_BYTES.load(Ordering::Relaxed)
}

fn no_longer_held(pages: usize) {
    if pages > 0 {
        let held = HELD_PAGES.fetch_sub(pages, Ordering::Relaxed) - pages;
        limit::uncharge(pages * page_bytes());
        counters::tell_held(held * PAGE_BYTES.load(Ordering::Relaxed));
    }
}

fn purge_locked(table: &Table) -> usize {
    let mut purged = 0;
    for books in (0..table.count).filter_map(books) {
        // SAFETY: the lock is held (the table is borrowed), so no other reference is exclusive.
        purged += unsafe { &mut *books }.purge();
    }
    no_longer_held(purged);
    purged
}

/// Sums over all arenas.
pub(crate) fn totals() -> Totals {
    let table = TABLE.lock();
    let page_bytes = PAGE_BYTES.load(Ordering::Relaxed);
    let mut sum = Totals {
        tables: table.bump.held_bytes(),
        ..Totals::default()
    };
    for books in (0..table.count).filter_map(books) {
        // SAFETY: the lock is held, so nobody changes the books while they are read.
        let books = unsafe { &*books };
        sum.reserved += books.total() << SLICE_SHIFT;
        sum.in_use += books.in_use() << SLICE_SHIFT;
        sum.dirty_free += books.dirty_free() * page_bytes;
        sum.tables += books.table_bytes();
    }
    sum
}

/// Visits the header of every page and huge block. The lock is held meanwhile: the visitor must
/// not allocate.
pub(crate) fn for_each_page(visit: &mut dyn FnMut(&'static Page)) {
    let table = TABLE.lock();
    for index in 0..table.count {
        let (Some(books), Some(arena)) = (books(index), arena(index)) else {
            continue;
        };
        // SAFETY: the lock is held, so nobody changes the books while they are read.
        let frontier = unsafe { (*books).frontier() }.min(arena.known_bytes() >> SLICE_SHIFT);
        let mut slice = 0;
        while slice < frontier {
            let page = arena.header(slice);
            match page.kind() {
                Kind::Blocks | Kind::Huge => {
                    visit(page);
                    slice += page.slice_count().max(1);
                }
                Kind::None | Kind::Released => slice += 1,
            }
        }
    }
}

/// A heap's memory: zeroed, kept for ever.
pub(crate) fn take_bookkeeping(len: usize, align: usize) -> Option<usize> {
    TABLE.lock().bump.take(len, align).ok()
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    TABLE.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { TABLE.release() };
}

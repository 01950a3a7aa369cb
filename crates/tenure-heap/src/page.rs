//! A heap page's header: which blocks of one size are free, and who may say so.
//!
//! **Shape:** 128 bytes beside the memory it describes, one header for each slice of an arena; a
//! page of several slices uses its first one's. The first cache line belongs to the owner, the
//! second also to others. The blocks start at the slice's first byte and are *carved* (linked up
//! for the first time) in steps, so that a page touches only the memory it needs.
//!
//! **Who may touch what:** the plain cells only the owner, that is the thread whose heap `owner`
//! names, or, while `remote` lacks its owned flag, nobody until somebody sets it. Atomics: anybody.
//!
//! **Invariants:**
//! * (a) blocks in use + blocks on `free` + blocks on `local` + blocks in holes = blocks carved; a
//!   block freed by another thread counts as in use until the owner has taken it from `remote`;
//! * (b) `carved_bytes` is a multiple of the block size and at most `capacity_bytes`;
//! * (c) every block on a list carries the free mark;
//! * (d) `start` is the slice's first byte, so offsets in the page are `address - start`.

use crate::block::{Block, FreeBlock};
use crate::remote::RemoteWord;
use crate::size_class::{self, LARGEST_BYTES};
use crate::slices::{SLICE_BYTES, SLICE_SHIFT};
use crate::watch::{TAG_BYTES, Tag, Watched};
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What is carved at a time, when a block is not larger.
const CARVE_BYTES: usize = 4096;

/// Low bits of [`Page::owner`]; heaps are aligned well above.
pub(crate) mod flag {
    /// The page is on its heap's list of full pages.
    pub(crate) const FULL: usize = 1;
    /// Each allocation and free of the page is counted.
    pub(crate) const COUNTED: usize = 2;
    /// Some of the page's memory has been given back: see `holes.rs`. Stays when the owner changes.
    pub(crate) const HOLES: usize = 4;
    /// The page, or the huge block, belongs to a first-class heap (`owned`).
    pub(crate) const OWNED: usize = 8;
    /// All of them.
    pub(crate) const ALL: usize = FULL | COUNTED | HOLES | OWNED;
}

/// A floor that no page falls to.
const NO_FLOOR: u32 = 1 << 31;

/// What a header describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Nothing: the slice is free, or inside a page or block that starts before it.
    None = 0,
    /// Blocks of one size class.
    Blocks = 1,
    /// One block of its own.
    Huge = 2,
    /// What the header described has been given back, and nothing new begins here.
    Released = 3,
}

/// A heap page's header.
#[repr(C, align(128))]
pub(crate) struct Page {
    owner: AtomicUsize,
    free: Cell<*mut FreeBlock>,
    local: Cell<*mut FreeBlock>,
    /// ceil(2^64 / block size): one multiplication tells index and remainder of an offset.
    divisor: Cell<u64>,
    carved_bytes: AtomicU32,
    /// Blocks in use less `floor`, so that the fall to it is the fall to zero.
    above: Cell<u32>,
    block_bytes: Cell<u32>,
    class: Cell<u8>,
    kind: AtomicU8,
    /// OS pages of this header's own slice that are holes, a bit each.
    pub(crate) holes: AtomicU16,
    pub(crate) next: Cell<*const Page>,
    pub(crate) prev: Cell<*const Page>,

    pub(crate) remote: RemoteWord,
    start: Cell<usize>,
    /// The owner is told when so few blocks are in use.
    floor: Cell<u32>,
    slices: Cell<u32>,
    /// A huge block's usable bytes.
    huge_bytes: Cell<usize>,
    /// A huge block's requested bytes, when counted.
    huge_requested_bytes: Cell<usize>,
    /// Where the slack of each block is noted (two bytes a block), 0 when nothing is counted.
    pub(crate) slack_table: Cell<usize>,
    /// Of a huge block: its tag. Of a page of blocks: where their tags are, 0 when nothing is
    /// watched; and of a page in the lot, the heap that parked it.
    words: [AtomicU64; 2],
}

const _: () = assert!(size_of::<Page>() == 128);
const _: () = assert!(core::mem::offset_of!(Page, remote) == 64);

// SAFETY: the module's rule says which thread may touch the plain cells; ownership passes only
// through `remote`, whose orders make the last owner's writes visible to the next.
unsafe impl Sync for Page {}

/// The page of every class of a heap that has none: never has a free block, is never written.
pub(crate) static EMPTY_PAGE: Page = Page {
    owner: AtomicUsize::new(0),
    free: Cell::new(null_mut()),
    local: Cell::new(null_mut()),
    divisor: Cell::new(0),
    carved_bytes: AtomicU32::new(0),
    above: Cell::new(0),
    block_bytes: Cell::new(0),
    class: Cell::new(0),
    kind: AtomicU8::new(Kind::None as u8),
    holes: AtomicU16::new(0),
    next: Cell::new(core::ptr::null()),
    prev: Cell::new(core::ptr::null()),
    remote: RemoteWord::owned(),
    start: Cell::new(0),
    floor: Cell::new(0),
    slices: Cell::new(0),
    huge_bytes: Cell::new(0),
    huge_requested_bytes: Cell::new(0),
    slack_table: Cell::new(0),
    words: [const { AtomicU64::new(0) }; 2],
};

/// Where what is kept beside the blocks of a page begins; 0 where nothing is.
#[derive(Clone, Copy, Default)]
pub(crate) struct SideTables {
    /// Two bytes a block: how much of it was not asked for.
    pub(crate) slack: usize,
    /// [`TAG_BYTES`] a block.
    pub(crate) tags: usize,
}

/// Slices of a page whose blocks have `block_bytes`: at least eight blocks a page.
pub(crate) const fn slices_for(block_bytes: usize) -> usize {
    if block_bytes <= SLICE_BYTES / 8 {
        1
    } else if block_bytes <= SLICE_BYTES {
        8
    } else {
        64
    }
}

/// Bytes that are carved at a time into blocks of `block_bytes`.
pub(crate) const fn carve_step_bytes(block_bytes: usize) -> usize {
    if block_bytes > CARVE_BYTES {
        block_bytes
    } else {
        CARVE_BYTES / block_bytes * block_bytes
    }
}

/// Slices of the largest kind of page.
pub(crate) const PAGE_SLICES_MAX: usize = slices_for(LARGEST_BYTES);

impl Page {
    /// Makes a page of `class` over fresh slices that begin at `start`; nothing is carved yet.
    pub(crate) fn format(&self, class: usize, start: usize, tables: SideTables) {
        let block_bytes = size_class::block_bytes(class);
        let slices = slices_for(block_bytes);
        self.free.set(null_mut());
        self.local.set(null_mut());
        self.divisor.set(u64::MAX / block_bytes as u64 + 1);
        self.carved_bytes.store(0, Ordering::Relaxed);
        self.above.set(0);
        self.floor.set(0);
        self.block_bytes.set(block_bytes as u32);
        self.class.set(class as u8);
        self.remote.reset();
        self.start.set(start);
        self.slices.set(slices as u32);
        self.slack_table.set(tables.slack);
        self.set_words(Tag([tables.tags as u64, 0]));
        self.kind.store(Kind::Blocks as u8, Ordering::Relaxed);
    }

    /// Makes a block of its own over fresh slices that begin at `start`.
    pub(crate) fn format_huge(&self, start: usize, slices: usize, usable: usize, requested: usize) {
        self.owner.store(0, Ordering::Relaxed);
        self.carved_bytes.store(0, Ordering::Relaxed);
        self.class.set(size_class::huge_class(usable) as u8);
        self.start.set(start);
        self.slices.set(slices as u32);
        self.huge_bytes.set(usable);
        self.huge_requested_bytes.set(requested);
        self.set_words(Tag::NONE);
        self.kind.store(Kind::Huge as u8, Ordering::Relaxed);
    }

    /// Notes a huge block's new extent; its counting class stays the one it was allocated in.
    pub(crate) fn resize_huge(&self, slices: usize, usable: usize, requested: usize) {
        self.slices.set(slices as u32);
        self.huge_bytes.set(usable);
        self.huge_requested_bytes.set(requested);
    }

    /// Says that the slices are about to be given back.
    pub(crate) fn unformat(&self) {
        self.owner.store(0, Ordering::Relaxed);
        self.kind.store(Kind::Released as u8, Ordering::Relaxed);
    }

    /// What the header describes.
    pub(crate) fn kind(&self) -> Kind {
        match self.kind.load(Ordering::Relaxed) {
            1 => Kind::Blocks,
            2 => Kind::Huge,
            3 => Kind::Released,
            _ => Kind::None,
        }
    }

    /// The heap that owns the page, by address, with [`flag`]s in the low bits; 0 for none.
    #[inline(always)]
    pub(crate) fn owner(&self) -> usize {
        self.owner.load(Ordering::Relaxed)
    }

    /// Names the owner. Only the thread that owns the page by `remote` calls this.
    pub(crate) fn set_owner(&self, owner: usize) {
        let holes = self.owner() & flag::HOLES;
        self.owner.store(owner | holes, Ordering::Relaxed);
    }

    /// Says whether the page has holes. Owner only.
    pub(crate) fn set_has_holes(&self, has: bool) {
        let holes = if has { flag::HOLES } else { 0 };
        self.owner
            .store(self.owner() & !flag::HOLES | holes, Ordering::Relaxed);
    }

    /// Whether some of its memory has been given back.
    #[inline(always)]
    pub(crate) fn has_holes(&self) -> bool {
        self.owner() & flag::HOLES != 0
    }

    fn set_words(&self, tag: Tag) {
        for (word, value) in self.words.iter().zip(tag.0) {
            word.store(value, Ordering::Relaxed);
        }
    }

    fn word(&self, index: usize) -> u64 {
        self.words[index].load(Ordering::Relaxed)
    }

    /// Notes the heap, by address, that hands the page to the lot.
    pub(crate) fn set_parked_by(&self, heap: usize) {
        self.words[1].store(heap as u64, Ordering::Relaxed);
    }

    /// Of a page in the lot: the heap that parked it, 0 for none.
    pub(crate) fn parked_by(&self) -> usize {
        self.word(1) as usize
    }

    /// The size class of the blocks.
    pub(crate) fn class(&self) -> usize {
        self.class.get() as usize
    }

    /// Bytes of a block.
    pub(crate) fn block_bytes(&self) -> usize {
        self.block_bytes.get() as usize
    }

    /// First byte.
    pub(crate) fn start(&self) -> usize {
        self.start.get()
    }

    /// Slices that the page covers.
    pub(crate) fn slice_count(&self) -> usize {
        self.slices.get() as usize
    }

    /// A huge block's (usable, requested) bytes.
    pub(crate) fn huge_sizes(&self) -> (usize, usize) {
        (self.huge_bytes.get(), self.huge_requested_bytes.get())
    }

    /// Blocks in use, those included that other threads have freed and the owner not yet taken.
    pub(crate) fn used(&self) -> u32 {
        self.above.get().wrapping_add(self.floor.get())
    }

    /// Blocks in use without those that others have freed and handed over.
    pub(crate) fn live(&self) -> u32 {
        self.used().saturating_sub(self.remote.waiting())
    }

    /// Has the owner told when no more than `floor` blocks are in use; more are now, or `floor` is
    /// none that is fallen to. Owner only.
    fn set_floor(&self, floor: u32) {
        let used = self.used();
        self.floor.set(floor);
        self.above.set(used.wrapping_sub(floor));
    }

    /// Has the owner told when the last block comes back.
    pub(crate) fn watch_for_empty(&self) {
        self.set_floor(0);
    }

    /// Has the owner not told of anything.
    pub(crate) fn watch_for_nothing(&self) {
        self.set_floor(NO_FLOOR);
    }

    /// Has the owner told when whole OS pages are likely to be free: see [`Page::sparse_blocks`].
    pub(crate) fn watch_for_sparse(&self) {
        let floor = self.sparse_blocks();
        self.set_floor(if self.used() > floor { floor } else { 0 });
    }

    /// Whether so few blocks are in use that some OS page must be free. The owner knows.
    pub(crate) fn has_free_os_pages(&self) -> bool {
        let os_pages = self.carved_bytes() >> crate::arenas::page_shift();
        (self.used() as usize) < os_pages.min(self.block_index(self.carved_bytes()))
    }

    /// Blocks in use from which on downwards the page is *sparse*: a good part of its OS pages hold
    /// no block. With k blocks strewn at random over n OS pages e^(-k/n) of the pages are free: a
    /// quarter at k = 5n/4. Larger blocks leave whole OS pages one by one.
    pub(crate) fn sparse_blocks(&self) -> u32 {
        let carved = self.carved_bytes();
        let os_pages = carved >> crate::arenas::page_shift();
        let blocks = self.block_index(carved);
        (os_pages * 5 / 4).min(blocks / 4) as u32
    }

    /// Bytes whose blocks have been linked up at least once.
    pub(crate) fn carved_bytes(&self) -> usize {
        self.carved_bytes.load(Ordering::Relaxed) as usize
    }

    /// Bytes of all blocks that have room.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.block_index(self.slice_count() << SLICE_SHIFT) * self.block_bytes()
    }

    /// Whether a carved block starts `offset` bytes behind the page's start.
    ///
    /// n is a multiple of d exactly when n · ceil(2^64/d) mod 2^64 < ceil(2^64/d), for 32-bit n and
    /// d (Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019).
    #[inline(always)]
    pub(crate) fn is_block_start(&self, offset: usize) -> bool {
        let divisor = self.divisor.get();
        (offset as u64).wrapping_mul(divisor) < divisor
            && offset < self.carved_bytes.load(Ordering::Relaxed) as usize
    }

    /// ceil(2^64 / block size).
    pub(crate) fn divisor(&self) -> u64 {
        self.divisor.get()
    }

    /// Whether a block would start at `offset`, carved or not, within the page.
    pub(crate) fn is_place(&self, offset: usize) -> bool {
        let divisor = self.divisor.get();
        (offset as u64).wrapping_mul(divisor) < divisor && offset < self.capacity_bytes()
    }

    /// The number of the block that holds the byte at `offset`.
    pub(crate) fn block_index(&self, offset: usize) -> usize {
        ((offset as u128 * u128::from(self.divisor.get())) >> 64) as usize
    }

    /// The number of the block that starts at `address`.
    #[inline]
    fn index_at(&self, address: usize) -> usize {
        self.block_index(address - self.start())
    }

    /// Notes a block's slack and, where blocks are watched, its tag. The block's holder only.
    #[inline]
    pub(crate) fn keep(&self, address: usize, slack: u16, tag: Option<Tag>) {
        let index = self.index_at(address);
        if let Some(entry) = self.slack_entry(index) {
            // SAFETY: see `slack_entry`; nobody else has this block, so nobody else this entry.
            unsafe { entry.write(slack) };
        }
        if let (Some(tag), Some(entry)) = (tag, self.tag_entry(index)) {
            // SAFETY: see `tag_entry`; as above.
            unsafe { entry.write(tag) };
        }
    }

    /// The first of what [`Page::keep`] noted.
    #[inline]
    pub(crate) fn slack(&self, address: usize) -> u16 {
        // SAFETY: as in `keep`.
        self.slack_entry(self.index_at(address))
            .map_or(0, |entry| unsafe { entry.read() })
    }

    /// What [`Page::keep`] noted: 0 and [`Tag::NONE`] where nothing is counted or watched.
    #[inline]
    pub(crate) fn kept(&self, address: usize) -> (u16, Tag) {
        let index = self.index_at(address);
        // SAFETY: as in `keep`.
        unsafe {
            (
                self.slack_entry(index).map_or(0, |entry| entry.read()),
                self.tag_entry(index)
                    .map_or(Tag::NONE, |entry| entry.read()),
            )
        }
    }

    /// The arena has [`crate::arena::SLACK_BYTES`] committed for each known slice, room for an
    /// entry for each of the smallest blocks; larger pages have fewer blocks than their first slice
    /// has entries.
    #[inline]
    fn slack_entry(&self, index: usize) -> Option<*mut u16> {
        let table = self.slack_table.get();
        (table != 0).then(|| core::ptr::with_exposed_provenance_mut(table + index * 2))
    }

    /// As for [`Page::slack_entry`], with [`crate::arena::TAGS_BYTES`] for each slice.
    #[inline]
    fn tag_entry(&self, index: usize) -> Option<*mut Tag> {
        let table = self.word(0) as usize;
        (table != 0).then(|| core::ptr::with_exposed_provenance_mut(table + index * TAG_BYTES))
    }

    /// Keeps a huge block's tag. The block's holder only.
    pub(crate) fn set_huge_tag(&self, tag: Tag) {
        debug_assert_eq!(self.kind(), Kind::Huge);
        self.set_words(tag);
    }

    /// The tag of the block that starts at `address`; [`Tag::NONE`] where nothing is watched.
    pub(crate) fn tag(&self, address: usize) -> Tag {
        if self.kind() == Kind::Huge {
            Tag([self.word(0), self.word(1)])
        } else {
            self.kept(address).1
        }
    }

    /// A huge block as a watcher sees it.
    pub(crate) fn watched_huge(&self) -> Watched {
        let (usable_bytes, requested_bytes) = self.huge_sizes();
        Watched {
            address: self.start(),
            requested_bytes,
            usable_bytes,
        }
    }

    /// The block at `address`, of which `slack` bytes were not asked for, as a watcher sees it.
    #[inline]
    pub(crate) fn watched(&self, address: usize, slack: u16) -> Watched {
        let usable_bytes = self.block_bytes();
        Watched {
            address,
            requested_bytes: usable_bytes - slack as usize,
            usable_bytes,
        }
    }

    /// Takes a free block. Owner only.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<Block> {
        // SAFETY: by invariant (c) the list holds free blocks of this page, and the owner alone
        // takes them.
        let block = unsafe { Block::from_link(self.free.get()) }?;
        self.free.set(block.next());
        self.above.set(self.above.get().wrapping_add(1));
        block.mark_used();
        Some(block)
    }

    /// As [`Page::pop`], of the blocks that the owner has freed, when the free list is empty.
    #[inline(always)]
    pub(crate) fn pop_local(&self) -> Option<Block> {
        if self.local.get().is_null() {
            return None;
        }
        self.free.set(self.local.replace(null_mut()));
        self.pop()
    }

    /// Puts a block of this page back that has been marked free; true when the page has fallen to
    /// its floor. Owner only.
    #[inline(always)]
    pub(crate) fn put(&self, block: Block) -> bool {
        block.set_next(self.local.get());
        self.local.set(block.link());
        let above = self.above.get().wrapping_sub(1);
        self.above.set(above);
        above == 0
    }

    /// Fills the empty free list: from what the owner freed, from what others freed, or by carving.
    /// False when every block is in use. Owner only.
    pub(crate) fn refill(&self) -> bool {
        self.refill_carved() || self.carve()
    }

    /// As [`Page::refill`], from blocks that are carved already.
    pub(crate) fn refill_carved(&self) -> bool {
        if !self.free.get().is_null() {
            return true;
        }
        if !self.local.get().is_null() {
            self.free.set(self.local.replace(null_mut()));
            return true;
        }
        self.collect_remote() || self.refill_hole()
    }

    /// Forgets the lists of a page without a block in use: its blocks are linked up anew, in the
    /// order of addresses, which the caches of the machine are made for. Owner only.
    pub(crate) fn start_over(&self) {
        debug_assert_eq!(self.used(), 0);
        if self.has_holes() {
            crate::arenas::purge_empty(self);
        }
        self.forget_blocks();
    }

    /// No block is linked up any more. Owner only, of a page without a block in use or in a hole.
    pub(crate) fn forget_blocks(&self) {
        self.free.set(null_mut());
        self.local.set(null_mut());
        self.carved_bytes.store(0, Ordering::Relaxed);
    }

    /// Takes what the owner freed onto the free list. Owner only.
    pub(crate) fn collect_local(&self) {
        if let Some(last) = last_of(self.local.get()) {
            last.set_next(self.free.get());
            self.free.set(self.local.replace(null_mut()));
        }
    }

    /// The free list: its first block's link.
    pub(crate) fn free_list(&self) -> *mut FreeBlock {
        self.free.get()
    }

    /// Replaces the free list. Owner only; invariants (a) and (c) are the caller's.
    pub(crate) fn set_free_list(&self, first: *mut FreeBlock) {
        self.free.set(first);
    }

    /// Takes what other threads have freed onto the free list; true when there was any. Owner only.
    pub(crate) fn collect_remote(&self) -> bool {
        let (first, count) = self.remote.take();
        if first == 0 {
            return false;
        }
        let before = self
            .free
            .replace(core::ptr::with_exposed_provenance_mut(first));
        if !before.is_null()
            && let Some(last) = last_of(self.free.get())
        {
            last.set_next(before);
        }
        let used = self.used() - count;
        if used <= self.floor.get() {
            // Nobody tells of a fall that happens here: the owner is looking at the page anyway.
            self.floor.set(0);
        }
        self.above.set(used.wrapping_sub(self.floor.get()));
        true
    }

    /// Whether blocks can still be carved.
    pub(crate) fn has_uncarved(&self) -> bool {
        self.carved_bytes() < self.capacity_bytes()
    }

    /// Links up the next few blocks in address order. False when all are carved, or the limit of
    /// the first-class heap that has the page, or of the process, allows none. Owner only.
    fn carve(&self) -> bool {
        let carved = self.carved_bytes();
        let capacity = self.capacity_bytes();
        if carved == capacity {
            return false;
        }
        let block_bytes = self.block_bytes();
        let count =
            (carve_step_bytes(block_bytes) / block_bytes).min((capacity - carved) / block_bytes);
        let end = carved + count * block_bytes;
        let is_owned = self.owner() & flag::OWNED != 0;
        if is_owned && !crate::heap::may_carve(self, end - carved) {
            return false;
        }
        if !crate::arenas::touch(self.start(), carved, end) {
            if is_owned {
                crate::heap::not_carved(self, end - carved);
            }
            return false;
        }
        let mut link = self.free.get();
        for offset in (carved..end).step_by(block_bytes).rev() {
            // SAFETY: the page's slices are committed up to its capacity, and bytes beyond
            // `carved` have been given to nobody.
            let block = unsafe { Block::at(self.start() + offset) };
            block.set_next(link);
            block.mark_free();
            link = block.link();
        }
        self.free.set(link);
        self.carved_bytes.store(end as u32, Ordering::Relaxed);
        true
    }

    /// Walks invariants (a), (b) and (c), and that of the holes.
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(feature = "check")]
    pub(crate) fn check(&self) {
        self.check_holes();
        let block_bytes = self.block_bytes();
        let carved = self.carved_bytes();
        assert_eq!(carved % block_bytes, 0, "(b)");
        assert!(carved <= self.capacity_bytes(), "(b)");
        let mut free = 0;
        for list in [self.free.get(), self.local.get()] {
            let mut link = list;
            // SAFETY: by invariant (c) the lists hold free blocks of this page.
            while let Some(block) = unsafe { Block::from_link(link) } {
                assert!(self.is_block_start(block.address() - self.start()), "(c)");
                assert!(block.is_free(), "(c)");
                free += 1;
                assert!(free <= carved / block_bytes, "(a): a list goes round");
                link = block.next();
            }
        }
        let blocks = carved / block_bytes;
        let in_holes = (0..blocks).filter(|index| self.is_in_hole(*index)).count();
        assert_eq!(free + in_holes + self.used() as usize, blocks, "(a)");
    }
}

/// The last block of a list of free blocks that the caller owns.
fn last_of(first: *mut FreeBlock) -> Option<Block> {
    // SAFETY: lists hold free blocks, and this one is the caller's.
    let first = unsafe { Block::from_link(first) };
    // SAFETY: as above.
    let next = |block: &Block| unsafe { Block::from_link(block.next()) };
    core::iter::successors(first, next).last()
}

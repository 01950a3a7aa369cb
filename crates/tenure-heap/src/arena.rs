//! An arena: one reservation cut into slices, with the tables that describe them beside it.
//!
//! **Shape:** regions that grow in step with the frontier of the slices in use: the slices
//! themselves, a [`Page`] header for each, one byte each for "how much was touched" and "how far
//! is the first slice of my page", and, when a recorder wants them, [`SLACK_BYTES`] each for the
//! slack of the blocks and [`TAGS_BYTES`] each for their tags.
//! **Invariants:** (a) headers, slack and tags are committed below `known_bytes`; (b) a slice in
//! use is committed; (c) `dirty_free` = OS pages touched in slices that are free or withdrawn;
//! (d) `withdrawn` = slices that are neither free nor in use, since their memory is on its way to
//! the kernel.
//!
//! The books are kept under the one lock of [`crate::arenas`]; what is read without it is atomic.

use crate::page::{PAGE_SLICES_MAX, Page, SideTables};
use crate::slices::{Age, SLICE_BYTES, SLICE_SHIFT, SliceMap};
use crate::watch::TAG_BYTES;
use core::ops::Range;
use core::ptr::with_exposed_provenance;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use tenure_base::{Align, bits};
use tenure_os::memory;
use tenure_vm::{OutOfMemory, Region};

/// Arenas start at multiples of this, so that an address finds its arena by a table.
pub(crate) const GRANULE_BYTES: usize = 1 << GRANULE_SHIFT;
/// log2 of [`GRANULE_BYTES`].
pub(crate) const GRANULE_SHIFT: u32 = 24;

/// Slack table of a slice: two bytes for each of the smallest blocks that fit.
pub(crate) const SLACK_BYTES: usize = SLICE_BYTES / crate::block::BLOCK_BYTES_MIN * 2;

/// Tags of a slice: one for each of the smallest blocks that fit.
pub(crate) const TAGS_BYTES: usize = SLICE_BYTES / crate::block::BLOCK_BYTES_MIN * TAG_BYTES;

const HEADER_BYTES: usize = size_of::<Page>();

/// What every thread may ask of an arena.
pub(crate) struct Arena {
    start: usize,
    len: usize,
    /// Bytes from the start whose headers are committed; grows only.
    known_bytes: AtomicUsize,
    headers: usize,
    slack: usize,
    tags: usize,
    touched: &'static [AtomicU8],
    head_distance: &'static [AtomicU8],
}

/// What is kept under the lock.
pub(crate) struct Books {
    pub(crate) arena: Arena,
    data: Region,
    headers: Region,
    tables: Region,
    slack: Region,
    tags: Region,
    slices: SliceMap<'static>,
    dirty_free: usize,
    withdrawn: usize,
}

/// OS pages touched in free slices of all arenas, for a look without the lock.
static DIRTY_PAGES: AtomicUsize = AtomicUsize::new(0);

/// OS pages that the heap keeps and that no page or block uses.
pub(crate) fn dirty_pages() -> usize {
    DIRTY_PAGES.load(Ordering::Relaxed)
}

/// Slices that have just been taken.
pub(crate) struct Taken {
    pub(crate) start: usize,
    /// All of them read as zero.
    pub(crate) zeroed: bool,
}

impl Arena {
    /// First address.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Bytes reserved.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes from the start that may hold blocks.
    pub(crate) fn known_bytes(&self) -> usize {
        self.known_bytes.load(Ordering::Acquire)
    }

    /// Where the headers lie.
    pub(crate) fn headers(&self) -> usize {
        self.headers
    }

    /// The header of a slice below `known_bytes`.
    pub(crate) fn header(&self, slice: usize) -> &'static Page {
        debug_assert!(slice << SLICE_SHIFT < self.known_bytes());
        let address = self.headers + slice * HEADER_BYTES;
        // SAFETY: by invariant (a) the header is committed; zeroed memory is a valid header, and
        // headers are shared by design. An arena goes away only when no block of it is left.
        unsafe { &*with_exposed_provenance::<Page>(address) }
    }

    /// The header of the page or block that covers `address`, which lies below `known_bytes`.
    pub(crate) fn covering(&self, address: usize) -> &'static Page {
        let slice = (address - self.start) >> SLICE_SHIFT;
        let distance = self.head_distance[slice].load(Ordering::Relaxed) as usize;
        self.header(slice - distance)
    }

    /// What is kept beside the blocks of the page that starts at `start`.
    pub(crate) fn side_tables(&self, start: usize) -> SideTables {
        let slice = (start - self.start) >> SLICE_SHIFT;
        let entry = |table: usize, bytes: usize| match table {
            0 => 0,
            table => table + slice * bytes,
        };
        SideTables {
            slack: entry(self.slack, SLACK_BYTES),
            tags: entry(self.tags, TAGS_BYTES),
        }
    }

    /// Says which slice begins the page that covers `slices`.
    pub(crate) fn set_heads(&self, slices: Range<usize>) {
        debug_assert!(slices.len() <= PAGE_SLICES_MAX);
        for (distance, slice) in slices.enumerate() {
            self.head_distance[slice].store(distance as u8, Ordering::Relaxed);
        }
    }

    /// Forgets what `set_heads` said.
    pub(crate) fn clear_heads(&self, slices: Range<usize>) {
        for slice in slices {
            self.head_distance[slice].store(0, Ordering::Relaxed);
        }
    }

    /// Notes that the bytes `range` from the arena's start may be written; returns the OS pages
    /// that this is true of for the first time.
    pub(crate) fn touch(&self, range: Range<usize>, page_shift: u32) -> usize {
        let mut fresh = 0;
        let mut at = range.start;
        while at < range.end {
            let slice = at >> SLICE_SHIFT;
            let end = range.end.min((slice + 1) << SLICE_SHIFT);
            let last = end - (slice << SLICE_SHIFT) - 1;
            let pages = (last >> page_shift) as u8 + 1;
            let before = self.touched[slice].load(Ordering::Relaxed);
            if pages > before {
                self.touched[slice].store(pages, Ordering::Relaxed);
                fresh += (pages - before) as usize;
            }
            at = end;
        }
        fresh
    }

    /// How many OS pages [`Arena::touch`] would find.
    pub(crate) fn fresh_in(&self, range: Range<usize>, page_shift: u32) -> usize {
        let mut fresh = 0;
        let mut at = range.start;
        while at < range.end {
            let slice = at >> SLICE_SHIFT;
            let end = range.end.min((slice + 1) << SLICE_SHIFT);
            let pages = ((end - (slice << SLICE_SHIFT) - 1) >> page_shift) + 1;
            fresh += pages.saturating_sub(self.touched[slice].load(Ordering::Relaxed) as usize);
            at = end;
        }
        fresh
    }

    /// Gives the OS pages of a slice in use behind the first `kept` to the kernel, as far as they
    /// have been touched; returns how many. They belong to no block, and the caller answers for it.
    pub(crate) fn purge_behind(&self, slice: usize, kept: usize) -> usize {
        let touched = self.touched[slice].load(Ordering::Relaxed) as usize;
        if touched <= kept {
            return 0;
        }
        let page_bytes = tenure_os::process::page_bytes();
        let start = self.start + (slice << SLICE_SHIFT) + kept * page_bytes;
        // SAFETY: the OS pages are committed since they were touched, and by contract nobody's.
        unsafe { memory::purge(start, (touched - kept) * page_bytes) };
        self.touched[slice].store(kept as u8, Ordering::Relaxed);
        touched - kept
    }

    /// OS pages of `slices` that may hold something.
    pub(crate) fn touched_in(&self, slices: Range<usize>) -> usize {
        self.touched[slices]
            .iter()
            .map(|pages| pages.load(Ordering::Relaxed) as usize)
            .sum()
    }

    /// Gives the memory of withdrawn slices to the kernel, with what is kept beside it.
    ///
    /// # Safety
    /// * The slices are withdrawn by the caller, or free and the lock is held.
    pub(crate) unsafe fn purge(&self, run: Range<usize>) {
        // SAFETY: by contract nobody uses the slices; they have been committed since they were
        // touched, and their contents, slack and tags belong to no block.
        unsafe {
            memory::purge(
                self.start + (run.start << SLICE_SHIFT),
                run.len() << SLICE_SHIFT,
            );
            if self.slack != 0 {
                let slack = self.slack + run.start * SLACK_BYTES;
                memory::purge(slack, run.len() * SLACK_BYTES);
            }
            if self.tags != 0 {
                let tags = self.tags + run.start * TAGS_BYTES;
                memory::purge(tags, run.len() * TAGS_BYTES);
            }
        }
    }
}

impl Books {
    /// Reserves an arena of `len` bytes (a multiple of the granule) and its tables.
    pub(crate) fn reserve(len: usize, beside: Beside) -> Result<Self, OutOfMemory> {
        let granule = Align::new(GRANULE_BYTES).ok_or(OutOfMemory)?;
        let mut set = Regions::default();
        match set.fill(len, granule, beside) {
            Ok(()) => Ok(Self::over(len, set)),
            Err(error) => {
                set.release();
                Err(error)
            }
        }
    }

    fn over(len: usize, set: Regions) -> Self {
        let total = len >> SLICE_SHIFT;
        let words = bits::words_for(total);
        let table = set.tables.start();
        // SAFETY: `fill` has reserved and committed room for the words twice and for twice `total`
        // bytes in `tables`; it is zeroed, belongs to this arena alone and lives as long as it. The
        // four parts do not overlap, and zero is a valid value of all of them.
        let (free, aged, touched, head_distance) = unsafe {
            let free = core::ptr::with_exposed_provenance_mut::<u64>(table);
            let bytes = with_exposed_provenance::<AtomicU8>(table + 2 * words * 8);
            (
                core::slice::from_raw_parts_mut(free, words),
                core::slice::from_raw_parts_mut(free.add(words), words),
                core::slice::from_raw_parts(bytes, total),
                core::slice::from_raw_parts(bytes.add(total), total),
            )
        };
        Self {
            arena: Arena {
                start: set.data.start(),
                len,
                known_bytes: AtomicUsize::new(0),
                headers: set.headers.start(),
                slack: set.slack.start(),
                tags: set.tags.start(),
                touched,
                head_distance,
            },
            data: set.data,
            headers: set.headers,
            tables: set.tables,
            slack: set.slack,
            tags: set.tags,
            slices: SliceMap::new(free, aged, touched, total),
            dirty_free: 0,
            withdrawn: 0,
        }
    }

    /// Takes `count` slices, the first at a multiple of `align` slices in the address space.
    pub(crate) fn take(&mut self, count: usize, align: usize) -> Option<Taken> {
        let phase = (self.arena.start >> SLICE_SHIFT) % align;
        let start = self.slices.allocate(count, align, phase)?;
        if self.commit(start + count).is_err() {
            self.slices.release(start..start + count);
            return None;
        }
        let dirty = self.arena.touched_in(start..start + count);
        self.no_longer_dirty(dirty);
        Some(Taken {
            start,
            zeroed: dirty == 0,
        })
    }

    /// Takes `more` slices behind `start..start + count`; false when they are not free.
    pub(crate) fn extend(&mut self, start: usize, count: usize, more: usize) -> bool {
        if !self.slices.extend(start, count, more) {
            return false;
        }
        let begin = start + count;
        if self.commit(begin + more).is_err() {
            self.slices.release(begin..begin + more);
            return false;
        }
        self.no_longer_dirty(self.arena.touched_in(begin..begin + more));
        true
    }

    fn no_longer_dirty(&mut self, pages: usize) {
        self.dirty_free -= pages;
        DIRTY_PAGES.fetch_sub(pages, Ordering::Relaxed);
    }

    fn commit(&mut self, end: usize) -> Result<(), OutOfMemory> {
        self.data.commit_to(end << SLICE_SHIFT)?;
        let frontier = self.slices.frontier();
        self.headers.commit_to(frontier * HEADER_BYTES)?;
        if !self.slack.is_empty() {
            self.slack.commit_to(frontier * SLACK_BYTES)?;
        }
        if !self.tags.is_empty() {
            self.tags.commit_to(frontier * TAGS_BYTES)?;
        }
        // Release pairs with the acquire in `known_bytes`: the headers are there.
        self.arena
            .known_bytes
            .store(frontier << SLICE_SHIFT, Ordering::Release);
        Ok(())
    }

    /// Gives slices back that are in use.
    pub(crate) fn give_back(&mut self, slices: Range<usize>) {
        let pages = self.arena.touched_in(slices.clone());
        self.dirty_free += pages;
        DIRTY_PAGES.fetch_add(pages, Ordering::Relaxed);
        self.slices.release(slices);
    }

    /// OS pages touched in slices that are not in use.
    pub(crate) fn dirty_free(&self) -> usize {
        self.dirty_free
    }

    /// Slices in use.
    pub(crate) fn in_use(&self) -> usize {
        self.slices.in_use() - self.withdrawn
    }

    /// Whether no slice is in use or withdrawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.slices.in_use() == 0
    }

    /// Slices in all.
    pub(crate) fn total(&self) -> usize {
        self.slices.total()
    }

    /// Slices that have been in use since the start.
    pub(crate) fn frontier(&self) -> usize {
        self.slices.frontier()
    }

    /// Bytes committed for the tables.
    pub(crate) fn table_bytes(&self) -> usize {
        self.headers.committed_bytes()
            + self.tables.committed_bytes()
            + self.slack.committed_bytes()
            + self.tags.committed_bytes()
    }

    /// Gives the memory of all free slices to the kernel; returns the OS pages given. Slices that
    /// somebody has withdrawn are that one's to give.
    pub(crate) fn purge(&mut self) -> usize {
        let mut purged = 0;
        let mut at = 0;
        while let Some(run) = self.slices.next_dirty(at..usize::MAX, Age::Any, usize::MAX) {
            at = run.end;
            // SAFETY: the slices are free, and the lock is held for as long as `self` is borrowed.
            unsafe { self.arena.purge(run.clone()) };
            purged += self.untouch(run);
        }
        purged
    }

    /// The next run of free slices within `within` that may hold something, at most `slices_max` of
    /// it, is withdrawn for [`Arena::purge`].
    pub(crate) fn withdraw(
        &mut self,
        within: Range<usize>,
        age: Age,
        slices_max: usize,
    ) -> Option<Range<usize>> {
        let run = self.slices.next_dirty(within, age, slices_max)?;
        self.slices.withdraw(run.clone());
        self.withdrawn += run.len();
        Some(run)
    }

    /// Withdrawn slices are free again, and read as zero; returns the OS pages that they had.
    pub(crate) fn restore_purged(&mut self, run: Range<usize>) -> usize {
        self.restore(run.clone());
        self.untouch(run)
    }

    /// Withdrawn slices are free again; what they hold nobody knows.
    pub(crate) fn restore(&mut self, run: Range<usize>) {
        self.withdrawn -= run.len();
        self.slices.release(run);
    }

    fn untouch(&mut self, run: Range<usize>) -> usize {
        let pages = self.arena.touched_in(run.clone());
        for slice in run {
            self.arena.touched[slice].store(0, Ordering::Relaxed);
        }
        self.no_longer_dirty(pages);
        pages
    }

    /// What is free now has been so at the last tick from here on.
    pub(crate) fn age(&mut self) {
        self.slices.age();
    }

    /// The first `pages` OS pages from slice `start` on, in use, have been moved away and read as
    /// zero now; returns how many no longer count as touched. Of a slice whose pages were not all
    /// moved the rest may hold something still: it stays touched.
    pub(crate) fn forget_touched(&self, start: usize, pages: usize, page_bytes: usize) -> usize {
        let slice_pages = (SLICE_BYTES / page_bytes).max(1);
        let mut forgotten = 0;
        for (slice, first) in (start..).zip((0..pages).step_by(slice_pages)) {
            let touched = &self.arena.touched[slice];
            let before = touched.load(Ordering::Relaxed) as usize;
            if before <= pages - first {
                touched.store(0, Ordering::Relaxed);
                forgotten += before;
            }
        }
        forgotten
    }

    /// Gives everything back.
    ///
    /// # Safety
    /// * No slice is in use, and nobody holds an address or a header of the arena.
    pub(crate) unsafe fn release(self) {
        DIRTY_PAGES.fetch_sub(self.dirty_free, Ordering::Relaxed);
        let set = Regions {
            data: self.data,
            headers: self.headers,
            tables: self.tables,
            slack: self.slack,
            tags: self.tags,
        };
        set.release();
    }
}

/// What is kept beside the blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    /// How much of each was not asked for.
    pub(crate) slack: bool,
    /// A recorder's tag of each.
    pub(crate) tags: bool,
}

/// The regions of an arena before they have a meaning.
struct Regions {
    data: Region,
    headers: Region,
    tables: Region,
    slack: Region,
    tags: Region,
}

impl Default for Regions {
    fn default() -> Self {
        Self {
            data: Region::empty(),
            headers: Region::empty(),
            tables: Region::empty(),
            slack: Region::empty(),
            tags: Region::empty(),
        }
    }
}

impl Regions {
    fn fill(&mut self, len: usize, granule: Align, beside: Beside) -> Result<(), OutOfMemory> {
        let total = len >> SLICE_SHIFT;
        let page = Align::new(tenure_os::process::page_bytes()).ok_or(OutOfMemory)?;
        self.data = Region::reserve(len, granule)?;
        self.headers = Region::reserve(total * HEADER_BYTES, page)?;
        self.tables = Region::reserve(bits::words_for(total) * 16 + total * 2, page)?;
        self.tables.commit_to(self.tables.len())?;
        if beside.slack {
            self.slack = Region::reserve(total * SLACK_BYTES, page)?;
        }
        if beside.tags {
            self.tags = Region::reserve(total * TAGS_BYTES, page)?;
        }
        Ok(())
    }

    fn release(self) {
        for region in [self.data, self.headers, self.tables, self.slack, self.tags] {
            // SAFETY: either the arena was never made, or `Books::release` has been promised that
            // nobody uses it.
            unsafe { region.release() };
        }
    }
}

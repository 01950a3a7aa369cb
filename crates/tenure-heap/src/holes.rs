//! Holes: memory inside a heap page that is given back while other blocks of the page are in use.
//!
//! An OS page of which every block is free can go back to the kernel. The links of the free list
//! lie in the blocks, so blocks that lie in a hole, if only in part, are on no list; they are known
//! by the hole alone, and linked up again when the page runs out of others.
//!
//! **Shape:** a bit for each OS page, in the header of the slice that it lies in.
//! **Invariants:** (a) a block that overlaps a hole is free, carved and on no list; (b) the owner
//! word has [`flag::HOLES`](crate::page::flag::HOLES) exactly if there is a hole; then frees take
//! the general path, which knows that a block in a hole is free though it carries no mark.
//!
//! Owner only, but for [`Page::is_in_hole`] and [`Page::is_live`], which anybody may ask of a block
//! that is in use, or is said to be.

use crate::arenas;
use crate::block::{BLOCK_BYTES_MIN, Block};
use crate::page::Page;
use crate::slices::{SLICE_BYTES, SLICE_SHIFT};
use core::ops::Range;
use core::ptr::{null_mut, with_exposed_provenance};
use core::sync::atomic::Ordering;
use tenure_base::bits;
use tenure_os::memory;

/// Blocks of a page at most: larger pages have larger blocks.
const BLOCKS_MAX: usize = SLICE_BYTES / BLOCK_BYTES_MIN;

/// A bit for each block of a page.
struct BlockSet([u64; BLOCKS_MAX / 64]);

impl BlockSet {
    fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    fn has_all(&self, range: Range<usize>) -> bool {
        bits::count_range(&self.0, range.clone()) == range.len()
    }
}

impl Page {
    /// The header of the page's slice number `slice`, which keeps that slice's holes.
    fn header_of(&self, slice: usize) -> &'static Self {
        debug_assert!(slice < self.slice_count());
        let address = core::ptr::from_ref(self).expose_provenance();
        // SAFETY: headers lie side by side, one for each slice, committed as long as the slices
        // are in use, and shared by design.
        unsafe { &*with_exposed_provenance::<Self>(address + slice * size_of::<Self>()) }
    }

    /// Where the bit of an OS page is: the header that has it, and the bit.
    fn hole_bit(&self, os_page: usize) -> (&'static Self, u16) {
        let in_slice = SLICE_BYTES / arenas::page_bytes();
        let header = self.header_of(os_page / in_slice);
        (header, 1 << (os_page % in_slice))
    }

    fn is_hole(&self, os_page: usize) -> bool {
        let (header, bit) = self.hole_bit(os_page);
        header.holes.load(Ordering::Relaxed) & bit != 0
    }

    fn set_hole(&self, os_page: usize, is_hole: bool) {
        let (header, bit) = self.hole_bit(os_page);
        let before = header.holes.load(Ordering::Relaxed);
        let after = if is_hole { before | bit } else { before & !bit };
        header.holes.store(after, Ordering::Relaxed);
    }

    /// The OS pages that a carved block lies in.
    fn os_pages_of(&self, index: usize) -> Range<usize> {
        let (os, block) = (arenas::page_bytes(), self.block_bytes());
        index * block / os..(index * block + block).div_ceil(os)
    }

    /// The carved blocks that overlap an OS page.
    fn blocks_of(&self, os_page: usize) -> Range<usize> {
        let os = arenas::page_bytes();
        let carved = self.carved_bytes();
        let first = self.block_index(os_page * os);
        let end = ((os_page + 1) * os).min(carved);
        first..self.block_index(end.saturating_sub(1)) + 1
    }

    /// Whether a carved block overlaps a hole, and so is free and on no list.
    pub(crate) fn is_in_hole(&self, index: usize) -> bool {
        self.has_holes() && self.os_pages_of(index).any(|os_page| self.is_hole(os_page))
    }

    /// Whether the carved block that starts at `offset` is in use.
    pub(crate) fn is_live(&self, offset: usize) -> bool {
        if self.has_holes() && self.is_in_hole(self.block_index(offset)) {
            return false;
        }
        // SAFETY: a carved block starts here, and its first words are only read.
        !unsafe { Block::at(self.start() + offset) }.is_free()
    }

    /// OS pages that are holes.
    pub(crate) fn hole_pages(&self) -> usize {
        if !self.has_holes() {
            return 0;
        }
        (0..self.slice_count())
            .map(|slice| self.header_of(slice).holes.load(Ordering::Relaxed))
            .map(|holes| holes.count_ones() as usize)
            .sum()
    }

    /// Gives the OS pages to the kernel of which every block is free, and those behind the last
    /// carved block; returns how many. At most one system call for each run of them.
    pub(crate) fn punch(&self) -> usize {
        self.collect_remote();
        self.collect_local();
        let mut purged = arenas::purge_uncarved(self);
        let free = self.free_blocks();
        let os = arenas::page_bytes();
        let carved = self.carved_bytes();
        // The next block to be carved may share the last OS page with the last one carved.
        let os_pages = if carved == self.capacity_bytes() {
            carved.div_ceil(os)
        } else {
            carved / os
        };
        let is_fresh = |page: usize| {
            page < os_pages && !self.is_hole(page) && free.has_all(self.blocks_of(page))
        };
        let mut at = 0;
        let mut holes = 0;
        while let Some(first) = (at..os_pages).find(|page| is_fresh(*page)) {
            at = (first..=os_pages)
                .find(|page| !is_fresh(*page))
                .unwrap_or(os_pages);
            // First, so that the blocks are known to be free at every moment.
            (first..at).for_each(|page| self.set_hole(page, true));
            self.set_has_holes(true);
            // SAFETY: the pages lie in this heap page, and each byte of them in a block that is
            // free, or behind all blocks. The links that are lost are those of blocks that are
            // taken off the list below.
            unsafe { memory::purge(self.start() + first * os, (at - first) * os) };
            holes += at - first;
        }
        if holes > 0 {
            self.relink(&free);
            arenas::note_given_back(holes);
            purged += holes;
        }
        purged
    }

    /// Which carved blocks are free, the remote list aside.
    fn free_blocks(&self) -> BlockSet {
        let mut free = BlockSet([0; BLOCKS_MAX / 64]);
        let mut link = self.free_list();
        // SAFETY: the list holds free blocks of this page, the owner's.
        while let Some(block) = unsafe { Block::from_link(link) } {
            free.insert(self.block_index(block.address() - self.start()));
            link = block.next();
        }
        if self.has_holes() {
            let blocks = self.block_index(self.carved_bytes());
            (0..blocks)
                .filter(|index| self.is_in_hole(*index))
                .for_each(|index| free.insert(index));
        }
        free
    }

    /// Makes the free list anew, in the order of addresses, of those `free` blocks that lie in no
    /// hole.
    fn relink(&self, free: &BlockSet) {
        let mut first = null_mut();
        for index in (0..self.block_index(self.carved_bytes())).rev() {
            if bits::get(&free.0, index) && !self.is_in_hole(index) {
                // SAFETY: a free block of this page that was on the list, so nobody else's.
                let block = unsafe { Block::at(self.start() + index * self.block_bytes()) };
                block.set_next(first);
                first = block.link();
            }
        }
        self.set_free_list(first);
    }

    /// Links the blocks of the lowest hole up again, as much of it as has one block. False when
    /// there is no hole, or the process may hold no more.
    pub(crate) fn refill_hole(&self) -> bool {
        if !self.has_holes() {
            return false;
        }
        let os_pages = (self.slice_count() << SLICE_SHIFT) / arenas::page_bytes();
        let Some(first) = (0..os_pages).find(|page| self.is_hole(*page)) else {
            return false;
        };
        let mut end = first;
        while end < os_pages && self.is_hole(end) && self.free_list().is_null() {
            if !arenas::may_hold(1) {
                break;
            }
            self.set_hole(end, false);
            end += 1;
            let overlapping = self.blocks_of(first).start..self.blocks_of(end - 1).end;
            self.link_up(overlapping);
        }
        arenas::note_taken_again(end - first);
        self.set_has_holes((first..os_pages).any(|page| self.is_hole(page)));
        !self.free_list().is_null()
    }

    /// Links up those of the blocks, free and on no list, that lie in no hole any more.
    fn link_up(&self, blocks: Range<usize>) {
        for index in blocks.rev() {
            if !self.is_in_hole(index) {
                // SAFETY: the block lay in a hole, so it is free, and no list has it.
                let block = unsafe { Block::at(self.start() + index * self.block_bytes()) };
                block.set_next(self.free_list());
                block.mark_free();
                self.set_free_list(block.link());
            }
        }
    }

    /// Forgets the holes of a page that is about to be released; returns how many OS pages they
    /// had.
    pub(crate) fn forget_holes(&self) -> usize {
        let holes = self.hole_pages();
        if holes > 0 {
            for slice in 0..self.slice_count() {
                self.header_of(slice).holes.store(0, Ordering::Relaxed);
            }
            self.set_has_holes(false);
        }
        holes
    }

    /// Walks invariants (a) and (b) as far as they concern the bits.
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(feature = "check")]
    pub(crate) fn check_holes(&self) {
        let bits: u32 = (0..self.slice_count())
            .map(|slice| {
                self.header_of(slice)
                    .holes
                    .load(Ordering::Relaxed)
                    .count_ones()
            })
            .sum();
        assert_eq!(bits != 0, self.has_holes(), "(b)");
        let mut link = self.free_list();
        // SAFETY: the list holds free blocks of this page.
        while let Some(block) = unsafe { Block::from_link(link) } {
            let index = self.block_index(block.address() - self.start());
            assert!(!self.is_in_hole(index), "(a)");
            link = block.next();
        }
    }
}

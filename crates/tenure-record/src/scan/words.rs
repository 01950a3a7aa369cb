//! Reads memory word by word and tells which words point into blocks.

use super::index::{Hit, Index};
use super::ways::Ways;
use core::ptr::with_exposed_provenance;
use tenure_os::present::{PageMap, Presence, look_shared};
use tenure_os::readable::is_readable;
use tenure_trace::graph::Way;

const WORD_BYTES: usize = 8;
/// Words that may be pointers are collected, so that what they point to comes from memory at the
/// same time.
const BATCH: usize = 32;
/// Memory whose pages are looked up before it is read, from so many bytes on.
const LOOK_UP_BYTES: usize = 256 << 10;

/// Pages of shared memory that are looked up at a time.
const SHARED_PAGES: usize = 512;

/// A word that points into a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// Where the word lies.
    pub(crate) address: usize,
    /// The block.
    pub(crate) hit: Hit,
    /// How.
    pub(crate) way: Way,
}

/// What reading needs.
pub(crate) struct Words<'a> {
    index: &'a Index,
    ways: &'a Ways<'a>,
    pages: Option<PageMap>,
    page_bytes: usize,
    batch: [(usize, usize); BATCH],
    len: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(index: &'a Index, ways: &'a Ways<'a>, page_bytes: usize) -> Self {
        Self {
            index,
            ways,
            pages: PageMap::open().ok(),
            page_bytes,
            batch: [(0, 0); BATCH],
            len: 0,
        }
    }

    /// Reads the words of a block, which is committed memory of the heap's.
    ///
    /// # Safety
    /// * The memory is mapped readable, and stays so.
    pub(crate) unsafe fn read(&mut self, start: usize, end: usize, tell: &mut impl FnMut(Found)) {
        if end - start >= LOOK_UP_BYTES {
            self.read_present(start, end, tell);
        } else {
            // SAFETY: by contract.
            unsafe { self.read_all(start, end, tell) };
        }
        self.flush(tell);
    }

    /// Reads those pages of `start..end` that hold anything and can be read; gives the bytes read.
    pub(crate) fn read_mapping(
        &mut self,
        start: usize,
        end: usize,
        tell: &mut impl FnMut(Found),
    ) -> u64 {
        let bytes = self.read_present(start, end, tell);
        self.flush(tell);
        bytes
    }

    /// As [`Words::read_mapping`], of a mapping of shared memory.
    pub(crate) fn read_shared(
        &mut self,
        start: usize,
        end: usize,
        tell: &mut impl FnMut(Found),
    ) -> u64 {
        let mut bytes = 0;
        let mut answers = [0; SHARED_PAGES];
        let mut at = start & !(self.page_bytes - 1);
        while at < end {
            let pages = (end - at).div_ceil(self.page_bytes).min(SHARED_PAGES);
            if look_shared(at, &mut answers[..pages]) {
                for number in (0..pages).filter(|&number| answers[number] & 1 == 1) {
                    let page = at + number * self.page_bytes;
                    let (from, to) = (page.max(start), (page + self.page_bytes).min(end));
                    // SAFETY: the kernel has just said that there is a page, in a readable
                    // mapping, and no other thread runs that could unmap it.
                    unsafe { self.read_all(from, to, tell) };
                    bytes += (to - from) as u64;
                }
            }
            at += pages * self.page_bytes;
        }
        self.flush(tell);
        bytes
    }

    /// A word that lies in no memory: a register, at `address` of its group.
    pub(crate) fn look_at(&mut self, address: usize, word: usize, tell: &mut impl FnMut(Found)) {
        self.note(address, word, tell);
        self.flush(tell);
    }

    fn read_present(&mut self, start: usize, end: usize, tell: &mut impl FnMut(Found)) -> u64 {
        let mut bytes = 0;
        let mut at = start;
        while at < end {
            let next = ((at & !(self.page_bytes - 1)) + self.page_bytes).min(end);
            let presence = match &mut self.pages {
                Some(pages) => pages.look(at),
                None => Presence::Elsewhere,
            };
            let may_read = match presence {
                Presence::Absent => false,
                Presence::Present => true,
                Presence::Elsewhere => is_readable(at & !(self.page_bytes - 1)),
            };
            if may_read {
                // SAFETY: the kernel has just said that there is a page, in a readable mapping,
                // and no other thread runs that could unmap it.
                unsafe { self.read_all(at, next, tell) };
                bytes += (next - at) as u64;
            }
            at = next;
        }
        bytes
    }

    /// # Safety
    /// * The memory is mapped readable, and stays so.
    #[inline]
    unsafe fn read_all(&mut self, start: usize, end: usize, tell: &mut impl FnMut(Found)) {
        let mut at = start.next_multiple_of(WORD_BYTES);
        while at + WORD_BYTES <= end {
            // SAFETY: by contract, and aligned. Volatile: the memory is the program's.
            let word = unsafe { with_exposed_provenance::<usize>(at).read_volatile() };
            if self.index.may_hold(word) {
                self.note(at, word, tell);
            }
            at += WORD_BYTES;
        }
    }

    #[inline]
    fn note(&mut self, address: usize, word: usize, tell: &mut impl FnMut(Found)) {
        self.batch[self.len] = (address, word);
        self.len += 1;
        let _ = self.index.place(word);
        if self.len == BATCH {
            self.flush(tell);
        }
    }

    fn flush(&mut self, tell: &mut impl FnMut(Found)) {
        for &(address, word) in &self.batch[..self.len] {
            if let Some(found) = self.resolve(address, word) {
                tell(found);
            }
        }
        self.len = 0;
    }

    /// What the word at `address` points to, if that is a block.
    #[inline]
    pub(crate) fn resolve(&self, address: usize, word: usize) -> Option<Found> {
        let hit = self.index.find(word)?;
        let way = self.ways.of(&hit)?;
        Some(Found { address, hit, way })
    }
}

/// The whole words of `bytes` bytes at `start`.
///
/// # Safety
/// * The memory is mapped readable, and stays so; `start` is a multiple of 8.
#[inline(always)]
pub(crate) unsafe fn of(start: usize, bytes: usize) -> impl Iterator<Item = usize> {
    (0..bytes / WORD_BYTES).map(move |number| {
        let place = with_exposed_provenance::<usize>(start + WORD_BYTES * number);
        // SAFETY: by contract. Volatile: the memory is the program's.
        unsafe { place.read_volatile() }
    })
}

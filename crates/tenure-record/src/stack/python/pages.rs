//! Reading memory that belongs to somebody else, and may not be there.
//!
//! **Shape:** a table of the pages that the kernel has called readable, one for each of its slots.
//! **Why that is enough:** what is read are structures that the interpreter keeps alive while this
//! thread runs code of theirs. The kernel is asked about each page once, so that a pointer that is
//! none (an unknown build, a structure in the middle of a change) is found out and not followed.
//! **Cost:** two comparisons; about 100 ns for a page that is not in the table.

use core::ptr::with_exposed_provenance;
use tenure_os::readable::is_readable;

const PAGE_BYTES_LOG2: u32 = 12;
const PAGE_BYTES: usize = 1 << PAGE_BYTES_LOG2;
const SLOTS_LOG2: u32 = 9;
const SLOTS: usize = 1 << SLOTS_LOG2;
/// Spreads the numbers of pages: those of arenas would share few slots.
const SPREAD: usize = 0x9e37_79b9_7f4a_7c15;
/// Addresses of programs lie below.
const ADDRESS_END: usize = 1 << 47;

/// The pages that are known to be readable; all zero: none.
pub(super) struct Pages {
    /// Number of a page, or 0.
    slots: [usize; SLOTS],
}

impl Pages {
    /// None is known.
    pub(super) const fn new() -> Self {
        Self { slots: [0; SLOTS] }
    }

    /// Forgets what is known.
    pub(super) fn clear(&mut self) {
        self.slots.fill(0);
    }

    /// Whether `bytes` bytes at `addr`, less than a page, can be read.
    #[inline(always)]
    pub(super) fn have(&mut self, addr: usize, bytes: usize) -> bool {
        let page = addr >> PAGE_BYTES_LOG2;
        let is_in_one = addr % PAGE_BYTES + bytes <= PAGE_BYTES;
        self.has(page) && (is_in_one || self.has(page + 1))
    }

    #[inline(always)]
    fn has(&mut self, page: usize) -> bool {
        (self.slots[Self::slot_of(page)] == page && page != 0) || self.ask(page)
    }

    #[inline(always)]
    const fn slot_of(page: usize) -> usize {
        page.wrapping_mul(SPREAD) >> (usize::BITS - SLOTS_LOG2)
    }

    #[cold]
    #[inline(never)]
    fn ask(&mut self, page: usize) -> bool {
        let addr = page << PAGE_BYTES_LOG2;
        if page == 0 || addr >= ADDRESS_END || !is_readable(addr) {
            return false;
        }
        self.slots[Self::slot_of(page)] = page;
        true
    }

    /// A structure of `bytes` bytes at `addr`, a multiple of 8 and less than a page, that can be
    /// read; `None` where it cannot.
    #[inline(always)]
    pub(super) fn structure(&mut self, addr: usize, bytes: usize) -> Option<Structure> {
        let can_read = addr.is_multiple_of(8) && self.have(addr, bytes);
        can_read.then_some(Structure { addr, bytes })
    }

    /// The word at `addr`; `None` where there is none.
    #[inline(always)]
    pub(super) fn word(&mut self, addr: usize) -> Option<usize> {
        if !addr.is_multiple_of(8) || !self.have(addr, 8) {
            return None;
        }
        // SAFETY: aligned, and on a page that the kernel has called readable; see the first lines.
        Some(unsafe { with_exposed_provenance::<usize>(addr).read_volatile() })
    }

    /// The four bytes at `addr` as a number.
    #[inline(always)]
    pub(super) fn single(&mut self, addr: usize) -> Option<u32> {
        if !addr.is_multiple_of(4) || !self.have(addr, 4) {
            return None;
        }
        // SAFETY: as in `word`.
        Some(unsafe { with_exposed_provenance::<u32>(addr).read_volatile() })
    }

    /// The two bytes at `addr` as a number.
    pub(super) fn half(&mut self, addr: usize) -> Option<u16> {
        if !addr.is_multiple_of(2) || !self.have(addr, 2) {
            return None;
        }
        // SAFETY: as in `word`.
        Some(unsafe { with_exposed_provenance::<u16>(addr).read_volatile() })
    }

    /// The byte at `addr`.
    #[inline(always)]
    pub(super) fn byte(&mut self, addr: usize) -> Option<u8> {
        if !self.have(addr, 1) {
            return None;
        }
        // SAFETY: as in `word`; a byte needs no alignment.
        Some(unsafe { with_exposed_provenance::<u8>(addr).read_volatile() })
    }
}

/// A structure that can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Structure {
    addr: usize,
    bytes: usize,
}

impl Structure {
    /// The word at `offset`; zero outside of the structure, or between words.
    #[inline(always)]
    pub(super) fn word(self, offset: usize) -> usize {
        if !offset.is_multiple_of(8) || offset + 8 > self.bytes {
            return 0;
        }
        // SAFETY: `Pages` has seen that all of the structure can be read, and that it is aligned.
        unsafe { with_exposed_provenance::<usize>(self.addr + offset).read_volatile() }
    }

    /// The four bytes at `offset` as a number; zero as for [`Structure::word`].
    #[inline(always)]
    pub(super) fn single(self, offset: usize) -> u32 {
        if !offset.is_multiple_of(4) || offset + 4 > self.bytes {
            return 0;
        }
        // SAFETY: as in `word`.
        unsafe { with_exposed_provenance::<u32>(self.addr + offset).read_volatile() }
    }

    /// The byte at `offset`; zero as for [`Structure::word`].
    #[inline(always)]
    pub(super) fn byte(self, offset: usize) -> u8 {
        if offset >= self.bytes {
            return 0;
        }
        // SAFETY: as in `word`.
        unsafe { with_exposed_provenance::<u8>(self.addr + offset).read_volatile() }
    }
}

#[cfg(test)]
mod tests {
    //! Present and absent memory.

    use super::*;

    #[test]
    fn what_is_not_mapped_is_not_read() {
        let mut pages = Pages::new();
        let page = tenure_os::process::page_bytes();
        let start = tenure_os::memory::reserve(2 * page).unwrap();
        assert_eq!(pages.word(start), None);
        // SAFETY: the first page of the reservation made above.
        unsafe { tenure_os::memory::commit(start, page).unwrap() };
        assert_eq!(pages.word(start), Some(0));
        assert_eq!(pages.word(start + page - 8), Some(0));
        assert_eq!(pages.byte(start + page - 1), Some(0));
        assert!(!pages.have(start + page - 4, 8), "it ends beyond the page");
        for nowhere in [0, 8, start + page, usize::MAX - 7, ADDRESS_END, 1 << 60] {
            assert_eq!(pages.word(nowhere), None, "{nowhere:x}");
            assert_eq!(pages.byte(nowhere), None, "{nowhere:x}");
        }
    }

    #[test]
    fn numbers_are_read_where_they_are_aligned() {
        let words = [0x0102_0304_0506_0708_usize, 0];
        let addr = words.as_ptr().expose_provenance();
        let mut pages = Pages::new();
        assert_eq!(pages.word(addr), Some(words[0]));
        assert_eq!(pages.single(addr + 4), Some(0x0102_0304));
        assert_eq!(pages.half(addr + 2), Some(0x0506));
        assert_eq!(pages.byte(addr + 7), Some(1));
        assert_eq!(pages.word(addr + 4), None);
        assert_eq!(pages.single(addr + 2), None);
        assert_eq!(pages.half(addr + 1), None);
        let structure = pages.structure(addr, 16).unwrap();
        assert_eq!((structure.word(0), structure.word(8)), (words[0], 0));
        assert_eq!((structure.single(4), structure.byte(7)), (0x0102_0304, 1));
        for beyond in [1, 12, 16, 4096] {
            assert_eq!(structure.word(beyond), 0, "{beyond}");
        }
        assert_eq!((structure.single(14), structure.single(16)), (0, 0));
        assert_eq!(structure.byte(16), 0);
        assert!(pages.structure(addr + 4, 16).is_none());
    }
}

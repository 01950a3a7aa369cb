//! Which pages of this process hold anything: `/proc/self/pagemap`.
//!
//! A page that was never written is not there and reads as zero: who looks for what a program keeps
//! can pass over it, and spares the kernel making it.
//!
//! **Cost:** one read for 512 pages, about 20 µs.

use crate::files::FileError;
use crate::raw;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags};

const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
/// Pages that are asked for at a time.
const BATCH: usize = 512;

/// What is known of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing was ever written to it, or it is not mapped.
    Absent,
    /// It is in RAM.
    Present,
    /// It is in swap, or marked by the kernel in some way: reading it may fail.
    Elsewhere,
}

/// The open file.
#[derive(Debug)]
pub struct PageMap {
    file: OwnedFd,
    page_bytes: usize,
    entries: [u64; BATCH],
    /// The page whose entry comes first, and how many there are.
    first: usize,
    len: usize,
}

impl PageMap {
    /// Opens it.
    ///
    /// # Errors
    /// Any of [`FileError`], as when there is no `/proc`.
    pub fn open() -> Result<Self, FileError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Self {
            file: rustix::fs::openat(CWD, c"/proc/self/pagemap", flags, Mode::empty())?,
            page_bytes: crate::process::page_bytes(),
            entries: [0; BATCH],
            first: 0,
            len: 0,
        })
    }

    /// What is known of the page of `address`. Addresses that rise are cheap.
    pub fn look(&mut self, address: usize) -> Presence {
        let page = address / self.page_bytes;
        if page.wrapping_sub(self.first) >= self.len {
            self.fill(page);
        }
        match self.entries.get(page.wrapping_sub(self.first)) {
            // What cannot be read may be anything.
            None => Presence::Elsewhere,
            Some(_) if self.len == 0 => Presence::Elsewhere,
            Some(entry) if entry & SWAPPED != 0 => Presence::Elsewhere,
            Some(entry) if entry & PRESENT != 0 => Presence::Present,
            Some(_) => Presence::Absent,
        }
    }

    fn fill(&mut self, page: usize) {
        self.first = page;
        self.len = 0;
        let mut bytes = [0_u8; BATCH * 8];
        let read = rustix::io::pread(&self.file, &mut bytes, page as u64 * 8).unwrap_or(0);
        for (entry, word) in self.entries.iter_mut().zip(bytes[..read].chunks_exact(8)) {
            *entry = u64::from_le_bytes(word.try_into().unwrap_or_default());
        }
        self.len = read / 8;
    }
}

/// Looks at the pages from `start` on, a multiple of the page size, in a mapping of shared memory:
/// a bit 0 in the answer says that the page is in RAM, whoever wrote to it. The page tables of a
/// process, and of its copy even less, do not tell that. False where the kernel does not say.
///
/// One system call, and no page is made by it.
pub fn look_shared(start: usize, answers: &mut [u8]) -> bool {
    let bytes = answers.len() * crate::process::page_bytes();
    let place = answers.as_mut_ptr().expose_provenance();
    // The kernel writes one byte for each page, which `answers` has.
    raw::call(raw::MINCORE, [start, bytes, place, 0, 0]) == 0
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;

    #[test]
    fn only_pages_that_were_written_are_present() {
        let page = crate::process::page_bytes();
        let start = crate::memory::map(700 * page).unwrap();
        for index in [3, 640] {
            let place = core::ptr::with_exposed_provenance_mut::<u8>(start + index * page);
            // SAFETY: mapped above for this test alone.
            unsafe { place.write_volatile(1) };
        }
        let mut map = PageMap::open().unwrap();
        for index in 0..700 {
            let expected = match index {
                3 | 640 => Presence::Present,
                _ => Presence::Absent,
            };
            assert_eq!(map.look(start + index * page), expected, "{index}");
        }
        assert_eq!(map.look(start + 3 * page), Presence::Present);
    }

    #[test]
    fn shared_pages_that_another_has_written_are_in_memory() {
        use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
        let page = crate::process::page_bytes();
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let file = rustix::fs::memfd_create(c"shared", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        rustix::fs::ftruncate(&file, 5 * page as u64).unwrap();
        rustix::io::pwrite(&file, b"here", 3 * page as u64).unwrap();
        let anywhere = core::ptr::null_mut();
        // SAFETY: fresh mappings of this test alone, unmapped at its end.
        unsafe {
            let start = mmap(anywhere, 5 * page, access, MapFlags::SHARED, &file, 0).unwrap();
            let mut answers = [0xfe; 5];
            assert!(look_shared(start.addr(), &mut answers));
            assert_eq!(answers.map(|answer| answer & 1), [0, 0, 0, 1, 0]);
            munmap(start, 5 * page).unwrap();
            assert!(!look_shared(start.addr(), &mut answers));
            let none = mmap_anonymous(anywhere, 5 * page, access, MapFlags::SHARED).unwrap();
            assert!(look_shared(none.addr(), &mut answers));
            assert_eq!(answers.map(|answer| answer & 1), [0; 5]);
            munmap(none, 5 * page).unwrap();
        }
    }
}

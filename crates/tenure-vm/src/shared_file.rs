//! A file whose bytes are the process's memory, and that grows by segments.
//!
//! **Shape:** `segment 0 | segment 1 | …`, each a range of the file with a mapping of its own, so
//! that growing moves nothing. A mapping begins and ends on an OS page; where a segment does not,
//! the page between two is mapped twice and shows the same bytes in both.
//! **Invariants:** (a) segments follow each other without a gap; (b) the file is at least as long
//! as their end, and its room is reserved; (c) the file is open only within a call.
//! **Cost:** four system calls to create or grow. Reserving touches each disk block once.
//!
//! **Not here:** what the bytes mean, and where the file lies: whoever grows it says its path
//! again.

use core::ffi::CStr;
use tenure_base::{align_down, align_up};
use tenure_os::files::{self, File, FileError, Identity};
use tenure_os::process::page_bytes;

/// How often a file can grow: with doubling, enough for any machine.
const SEGMENTS_MAX: usize = 40;

/// A range of the file and where it is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First byte, counted in the file.
    pub offset: u64,
    /// Length in bytes.
    pub len: usize,
    /// Address of the first byte.
    pub addr: usize,
}

impl Segment {
    const EMPTY: Self = Self {
        offset: 0,
        len: 0,
        addr: 0,
    };

    fn end(&self) -> u64 {
        self.offset + self.len as u64
    }

    /// The pages that the mapping covers: their offset in the file, their start and length.
    fn pages(&self) -> (u64, usize, usize) {
        let before = (self.offset % page_bytes() as u64) as usize;
        let len = align_up(before + self.len, page_bytes());
        (self.offset - before as u64, self.addr - before, len)
    }
}

/// A file mapped shared: what is stored there is in the file, whatever becomes of the process.
///
/// There is no `Drop`: the mappings live as long as the process, or until [`SharedFile::orphan`].
#[derive(Debug)]
pub struct SharedFile {
    identity: Identity,
    segments: [Segment; SEGMENTS_MAX],
    count: usize,
}

impl SharedFile {
    /// Makes the file `path`, which must not exist, with `len` bytes of zero, and maps them.
    ///
    /// # Errors
    /// Any of [`FileError`]; the file is removed again then, unless it existed.
    pub fn create(path: &CStr, len: usize) -> Result<Self, FileError> {
        let file = File::create(path)?;
        let made = file.identity().and_then(|identity| {
            let mut shared = Self {
                identity,
                segments: [Segment::EMPTY; SEGMENTS_MAX],
                count: 0,
            };
            shared.add(&file, len)?;
            Ok(shared)
        });
        if made.is_err() {
            files::remove(path);
        }
        made
    }

    /// Bytes in all segments.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments().last().map_or(0, Segment::end)
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The segments in the order of the file.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments[..self.count]
    }

    /// The address of the byte at `offset`, of which `len` bytes lie together.
    #[must_use]
    pub fn address(&self, offset: u64, len: usize) -> Option<usize> {
        let inside = |s: &&Segment| s.offset <= offset && offset + len as u64 <= s.end();
        let segment = self.segments().iter().find(inside)?;
        Some(segment.addr + (offset - segment.offset) as usize)
    }

    /// Adds a segment of `len` bytes of zero at the end. `path` is where the file was made; the
    /// program may have closed any descriptor meanwhile, so it is opened again, and must be the
    /// same.
    ///
    /// # Errors
    /// [`FileError::Replaced`] where `path` is now another file; any other of [`FileError`]. What
    /// was mapped before stays.
    pub fn grow(&mut self, path: &CStr, len: usize) -> Result<(), FileError> {
        let file = File::open(path)?;
        if file.identity()? != self.identity {
            return Err(FileError::Replaced);
        }
        self.add(&file, len)
    }

    fn add(&mut self, file: &File, len: usize) -> Result<(), FileError> {
        let offset = self.len();
        if self.count == SEGMENTS_MAX {
            return Err(FileError::Exhausted);
        }
        let first_page = align_down(offset as usize, page_bytes());
        let pages_len = align_up(offset as usize + len, page_bytes()) - first_page;
        file.reserve(first_page as u64, pages_len as u64)?;
        let start = file.map(first_page as u64, pages_len)?;
        let addr = start + (offset as usize - first_page);
        self.segments[self.count] = Segment { offset, len, addr };
        self.count += 1;
        Ok(())
    }

    /// Makes the new file `path`, as long as this one and zero, and maps it at the same addresses:
    /// every pointer into the old file now leads into the new one, which this becomes.
    ///
    /// # Errors
    /// Any of [`FileError`]. Some addresses may then show the new file already; [`Self::orphan`]
    /// takes both away.
    ///
    /// # Safety
    /// * Nobody needs the old contents at these addresses, nor uses them during the call.
    pub unsafe fn replace(&mut self, path: &CStr) -> Result<(), FileError> {
        let file = File::create(path)?;
        let replaced = self.map_all_to(&file, align_up(self.len() as usize, page_bytes()) as u64);
        if replaced.is_err() {
            files::remove(path);
        }
        replaced
    }

    fn map_all_to(&mut self, file: &File, len: u64) -> Result<(), FileError> {
        file.reserve(0, len)?;
        self.identity = file.identity()?;
        for segment in self.segments() {
            let (offset, start, len) = segment.pages();
            // SAFETY: these pages were mapped by `add` for this file; by the contract of `replace`,
            // the only caller, nobody needs what they show.
            unsafe { file.map_over(start, offset, len)? };
        }
        Ok(())
    }

    /// Cuts the tie to the file: the addresses stay valid and show private zeroes, so that a stray
    /// store harms nobody.
    ///
    /// # Safety
    /// * Nobody needs the contents at these addresses, nor uses them during the call.
    pub unsafe fn orphan(self) {
        for segment in self.segments() {
            let (_, start, len) = segment.pages();
            // SAFETY: the pages were mapped by `add`, and are not needed by contract. Without
            // memory for it the mapping stays as it is; stores there then reach the old file.
            let _ = unsafe { files::map_blank_over(start, len) };
        }
    }
}

#[cfg(test)]
mod tests;

//! A file that is an array in memory: it grows at its end and never moves.
//!
//! **Shape:** address space is reserved for the longest it may become; the file is mapped shared
//! over the front of it, and more of the file behind that as it grows. So an element has one
//! address for good, which a plain multiplication finds.
//! **Invariants:** (a) the first `len` bytes of the range are the file's, and their room on disk is
//! reserved; (b) the rest of the range may not be touched; (c) `len` is a multiple of the OS page;
//! (d) the file is open only within a call.
//! **Cost:** five system calls to create, four to grow.
//!
//! **Not here:** what the bytes mean, and where the file lies: whoever grows it says its path
//! again. [`crate::SharedFile`] is for files without a known limit, whose parts may lie apart.

use core::ffi::CStr;
use tenure_base::align_up;
use tenure_os::files::{self, File, FileError, Identity};
use tenure_os::memory;
use tenure_os::process::page_bytes;

/// The most that a file grows by beyond what was asked for.
const STEP_BYTES_MAX: usize = 64 << 20;

/// A growing file at fixed addresses.
///
/// There is no `Drop`: the range lives as long as the process.
#[derive(Debug)]
pub struct SharedArray {
    identity: Identity,
    start: usize,
    len: usize,
    reserved: usize,
}

impl SharedArray {
    /// Makes the file `path`, which must not exist, with at least `len` bytes of zero, and maps
    /// them at the front of a range of `most` bytes. Where the address space has no such room, half
    /// of it is tried and so on, down to `len`.
    ///
    /// # Errors
    /// Any of [`FileError`]; the file is removed again then, unless it existed.
    pub fn create(path: &CStr, len: usize, most: usize) -> Result<Self, FileError> {
        let len = align_up(len.max(1), page_bytes());
        let file = File::create(path)?;
        let made = Self::over(&file, len, most);
        if made.is_err() {
            files::remove(path);
        }
        made
    }

    /// An array of nothing, for the time that another one is elsewhere.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            identity: Identity::NONE,
            start: 0,
            len: 0,
            reserved: 0,
        }
    }

    fn over(file: &File, len: usize, most: usize) -> Result<Self, FileError> {
        let identity = file.identity()?;
        let (start, reserved) = reserve(len, most)?;
        let mut array = Self {
            identity,
            start,
            len: 0,
            reserved,
        };
        if let Err(error) = array.extend(file, len) {
            // SAFETY: the range was reserved just now, and nobody knows of it.
            unsafe { memory::unmap(start, reserved) };
            return Err(error);
        }
        Ok(array)
    }

    /// Address of the first byte.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Bytes that may be used.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The most bytes that it may grow to.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.reserved
    }

    /// Makes at least `len` bytes usable: twice as many as before, or 64 MiB more. `path` is where
    /// the file was made. New bytes are zero.
    ///
    /// # Errors
    /// [`FileError::Exhausted`] beyond what was reserved; [`FileError::Replaced`] where `path` is
    /// now another file; any other of [`FileError`]. What was usable stays so.
    pub fn grow_to(&mut self, path: &CStr, len: usize) -> Result<(), FileError> {
        if len <= self.len {
            return Ok(());
        }
        if len > self.reserved {
            return Err(FileError::Exhausted);
        }
        let file = File::open(path)?;
        if file.identity()? != self.identity {
            return Err(FileError::Replaced);
        }
        let step = self.len.min(STEP_BYTES_MAX);
        let generous = len.max(self.len + step).min(self.reserved);
        self.extend(&file, align_up(generous, page_bytes()))
    }

    fn extend(&mut self, file: &File, len: usize) -> Result<(), FileError> {
        let more = len - self.len;
        file.reserve(self.len as u64, more as u64)?;
        // SAFETY: by invariant (b) this part of our own reservation is used by nobody.
        unsafe { file.map_over(self.start + self.len, self.len as u64, more)? };
        self.len = len;
        Ok(())
    }

    /// Makes the new file `path`, as long as this one, lets `fill` write its bytes (given the
    /// address of the old bytes and that of the new ones, which are zero) and maps it in place of
    /// the old one, which keeps what it has.
    ///
    /// # Errors
    /// Any of [`FileError`]; the old file is mapped still, and the new one removed.
    ///
    /// # Safety
    /// * Nobody else uses the bytes during the call.
    pub unsafe fn replace(
        &mut self,
        path: &CStr,
        fill: impl FnOnce(usize, usize),
    ) -> Result<(), FileError> {
        let file = File::create(path)?;
        // SAFETY: as for this function.
        let replaced = unsafe { self.replace_by(&file, fill) };
        if replaced.is_err() {
            files::remove(path);
        }
        replaced
    }

    unsafe fn replace_by(
        &mut self,
        file: &File,
        fill: impl FnOnce(usize, usize),
    ) -> Result<(), FileError> {
        file.reserve(0, self.len as u64)?;
        let identity = file.identity()?;
        let place = file.map(0, self.len)?;
        fill(self.start, place);
        // SAFETY: mapped above for this call alone.
        unsafe { memory::unmap(place, self.len) };
        // SAFETY: the pages are our own (invariant a), and by contract nobody uses them now.
        unsafe { file.map_over(self.start, 0, self.len)? };
        self.identity = identity;
        Ok(())
    }

    /// Gives the addresses back; the file keeps what it has.
    ///
    /// # Safety
    /// * Nobody uses an address of the array any more.
    pub unsafe fn release(self) {
        // SAFETY: the range is this array's own, and unused by contract.
        unsafe { memory::unmap(self.start, self.reserved) };
    }

    /// Cuts the tie to the file: the addresses stay valid and show private zeroes, so that a stray
    /// store harms nobody.
    ///
    /// # Safety
    /// * Nobody needs the contents, nor uses them during the call.
    pub unsafe fn orphan(&mut self) {
        // SAFETY: the pages are our own (invariant a) and not needed by contract. Without memory
        // for it the mapping stays as it is; stores there then reach the old file.
        let _ = unsafe { files::map_blank_over(self.start, self.len) };
    }
}

/// Address space of `most` bytes, or half as often as needed, but `len` at least.
fn reserve(len: usize, most: usize) -> Result<(usize, usize), FileError> {
    let mut size = align_up(most.max(len), page_bytes());
    loop {
        match memory::reserve(size) {
            Ok(start) => return Ok((start, size)),
            Err(_) if size / 2 >= len => size = align_up(size / 2, page_bytes()),
            Err(_) => return Err(FileError::Exhausted),
        }
    }
}

#[cfg(test)]
mod tests;

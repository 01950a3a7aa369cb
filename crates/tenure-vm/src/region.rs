//! A reservation whose front part is committed and grows on demand.
//!
//! **Shape:** `start .. start + committed` may be read and written, `.. start + len` is reserved
//! and faults when touched. **Invariants:** (a) `committed <= len`; (b) both are multiples of the
//! OS page; (c) `start` is a multiple of the alignment asked for.
//! **Cost:** growing is one `mprotect`, at least [`STEP_BYTES_MIN`] and up to an eighth of what is
//! committed at a time, so O(log) calls for small programs and rare ones for large.

use tenure_base::{Align, align_up};
use tenure_os::memory::{self, OutOfMemory};
use tenure_os::process::page_bytes;

/// The least that one growth commits.
const STEP_BYTES_MIN: usize = 256 << 10;
/// The most that one growth commits beyond what was asked for.
const STEP_BYTES_MAX: usize = 64 << 20;

/// Reserved address space with a committed front.
///
/// Owns the range; [`Region::release`] gives it back (there is no `Drop`: most regions live as long
/// as the process).
///
/// # Examples
/// ```
/// use tenure_base::Align;
/// use tenure_vm::Region;
/// let mut region = Region::reserve(1 << 30, Align::new(1 << 16).unwrap()).unwrap();
/// region.commit_to(100_000).unwrap();
/// assert!(region.committed_bytes() >= 100_000);
/// assert_eq!(region.start() % (1 << 16), 0);
/// ```
#[derive(Debug)]
pub struct Region {
    start: usize,
    len: usize,
    committed: usize,
}

impl Region {
    /// A region of nothing, for a static's start.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            start: 0,
            len: 0,
            committed: 0,
        }
    }

    /// Reserves `len` bytes (rounded up to OS pages) at a multiple of `align`.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the address space has no such room; with an alignment above the OS page
    /// the room needed is `len + align` for a moment.
    pub fn reserve(len: usize, align: Align) -> Result<Self, OutOfMemory> {
        let page = page_bytes();
        let len = Align::new(page)
            .and_then(|page| page.up(len))
            .ok_or(OutOfMemory)?;
        if align.bytes() <= page {
            return Ok(Self {
                start: memory::reserve(len)?,
                len,
                committed: 0,
            });
        }
        let wide = len.checked_add(align.bytes()).ok_or(OutOfMemory)?;
        let low = memory::reserve(wide)?;
        let start = align_up(low, align.bytes());
        let end = low + wide;
        // SAFETY: the parts before `start` and behind `start + len` belong to the reservation made
        // just now, and nobody knows of them yet.
        unsafe {
            if start > low {
                memory::unmap(low, start - low);
            }
            if end > start + len {
                memory::unmap(start + len, end - start - len);
            }
        }
        Ok(Self {
            start,
            len,
            committed: 0,
        })
    }

    /// First address.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Bytes reserved.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is reserved.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes at the front that may be used.
    #[must_use]
    pub const fn committed_bytes(&self) -> usize {
        self.committed
    }

    /// Makes at least the first `bytes` usable. What is new reads as zero.
    ///
    /// # Errors
    /// [`OutOfMemory`] when `bytes` exceeds the region or the kernel will not promise the memory;
    /// the region is unchanged then.
    pub fn commit_to(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        if bytes <= self.committed {
            return Ok(());
        }
        if bytes > self.len {
            return Err(OutOfMemory);
        }
        let page = page_bytes();
        let step = (self.committed / 8).clamp(STEP_BYTES_MIN, STEP_BYTES_MAX);
        let generous = align_up(bytes.max(self.committed + step), page).min(self.len);
        // SAFETY: the range lies in this region's own reservation.
        if unsafe { memory::commit(self.start + self.committed, generous - self.committed) }.is_ok()
        {
            self.committed = generous;
            return Ok(());
        }
        let exact = align_up(bytes, page);
        // SAFETY: as above.
        unsafe { memory::commit(self.start + self.committed, exact - self.committed)? };
        self.committed = exact;
        Ok(())
    }

    /// Gives the whole range back to the kernel.
    ///
    /// # Safety
    /// * Nobody uses an address of the region any more.
    pub unsafe fn release(self) {
        if self.len > 0 {
            // SAFETY: the range is this region's own, and unused by contract.
            unsafe { memory::unmap(self.start, self.len) };
        }
    }
}

#[cfg(test)]
mod tests;

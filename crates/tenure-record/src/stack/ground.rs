//! The part of the current stack that is known to be readable.
//!
//! **Shape:** a range `low..high` of whole pages around the stack pointer. It begins as the page of
//! the stack pointer and grows upwards as frames further out are read, each page asked of the
//! kernel once. When the stack pointer leaves the range, as when a program switches to another
//! stack, it begins anew. So no list of mappings is needed, and neither a guard page nor a stack
//! that has been unmapped is read.
//! **Invariants:** (a) `low <= high`, both multiples of the page; (b) every page in the range could
//! be read when it was entered.
//! **Cost:** about 100 ns for a page that is met for the first time; else two comparisons.

use core::ptr::with_exposed_provenance;
use tenure_os::readable::is_readable;

const PAGE_BYTES: usize = 4096;
/// How far below the range the stack pointer may lie for the range to be extended to it.
const DOWN_BYTES_MAX: usize = 64 << 10;
/// The largest frame that is believed.
const UP_BYTES_MAX: usize = 64 << 20;
const WORD_BYTES: usize = 8;

/// What is known to be readable; all zero: nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ground {
    low: usize,
    high: usize,
}

impl Ground {
    /// Makes `sp` the place from which frames are read upwards; false where nothing can be read.
    #[inline(always)]
    pub(crate) fn stand(&mut self, sp: usize) -> bool {
        if sp.wrapping_sub(self.low) < self.high.wrapping_sub(self.low)
            && sp.is_multiple_of(WORD_BYTES)
        {
            return true;
        }
        self.stand_anew(sp)
    }

    #[cold]
    #[inline(never)]
    fn stand_anew(&mut self, sp: usize) -> bool {
        if !sp.is_multiple_of(WORD_BYTES) {
            return false;
        }
        let page = sp & !(PAGE_BYTES - 1);
        if page < self.low && self.low - page <= DOWN_BYTES_MAX {
            let is_joined = (page..self.low).step_by(PAGE_BYTES).all(is_readable);
            if is_joined {
                self.low = page;
                return true;
            }
        }
        if !is_readable(page) {
            *self = Self::default();
            return false;
        }
        self.low = page;
        self.high = page + PAGE_BYTES;
        true
    }

    /// Whether everything below `end` can be read, from the place where [`Ground::stand`] was last
    /// told to be.
    #[inline(always)]
    pub(crate) fn reaches(&mut self, end: usize) -> bool {
        end <= self.high || self.extend(end)
    }

    #[cold]
    #[inline(never)]
    fn extend(&mut self, end: usize) -> bool {
        if end - self.high > UP_BYTES_MAX {
            return false;
        }
        while self.high < end {
            if !is_readable(self.high) {
                return false;
            }
            self.high += PAGE_BYTES;
        }
        true
    }

    /// Asks the kernel once more about the page of `addr`, for a place that no table vouches for.
    pub(crate) fn can_still_read(&self, addr: usize) -> bool {
        is_readable(addr & !(PAGE_BYTES - 1))
    }

    /// The word at `addr`.
    ///
    /// # Safety
    /// * `addr` is a multiple of 8 and lies in the range: at or above the stack pointer that
    ///   [`Ground::stand`] accepted, and eight bytes below an end that [`Ground::reaches`].
    #[inline(always)]
    pub(crate) unsafe fn word(&self, addr: usize) -> usize {
        debug_assert!(
            addr >= self.low && addr + WORD_BYTES <= self.high,
            "{addr:x} {self:x?}"
        );
        debug_assert!(addr.is_multiple_of(WORD_BYTES));
        // SAFETY: the page was readable when it entered the range (b), and belongs to the stack on
        // which this thread runs, or that the frames walked so far lead through: it stays mapped.
        unsafe { self.word_outside(addr) }
    }

    /// The word at `addr`, wherever that is.
    ///
    /// # Safety
    /// * `addr` is a multiple of 8, and what is there can be read and stays mapped during the call.
    #[inline(always)]
    pub(crate) unsafe fn word_outside(&self, addr: usize) -> usize {
        // SAFETY: by contract. The read is volatile because the memory belongs to the program's
        // functions.
        unsafe { with_exposed_provenance::<usize>(addr).read_volatile() }
    }
}

#[cfg(test)]
mod tests;

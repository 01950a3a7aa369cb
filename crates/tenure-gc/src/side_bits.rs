//! A bit for each word of a reservation, beside it: which words begin an object, which are marked.

use core::ptr::with_exposed_provenance_mut;

use tenure_base::Align;
use tenure_base::bits::WORD_BITS;
use tenure_os::process::page_bytes;
use tenure_vm::{OutOfMemory, Region};

/// Bits for a reservation, one for 8 bytes. They are committed as the reservation is.
pub(crate) struct SideBits {
    space: Region,
    words: *mut u64,
}

impl SideBits {
    /// All zero, for as many bits as there will ever be.
    pub(crate) fn reserve(bits: usize) -> Result<Self, OutOfMemory> {
        let page = Align::new(page_bytes()).ok_or(OutOfMemory)?;
        let space = Region::reserve(bits / 8, page)?;
        let words = with_exposed_provenance_mut(space.start());
        Ok(Self { space, words })
    }

    /// Makes the first `bits` bits usable.
    pub(crate) fn commit_to(&mut self, bits: usize) -> Result<(), OutOfMemory> {
        self.space.commit_to(bits / 8)
    }

    /// Sets a bit; whether it was zero.
    #[inline]
    pub(crate) fn set(&mut self, index: usize) -> bool {
        debug_assert!(index / 8 < self.space.committed_bytes());
        let mask = 1 << (index % WORD_BITS);
        // SAFETY: who asks has an address in the committed front of the reservation, so its bit is
        // committed, and the bits are reached through `self` alone.
        unsafe {
            let word = self.words.add(index / WORD_BITS);
            let old = word.read();
            word.write(old | mask);
            old & mask == 0
        }
    }

    /// Reads a bit.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> bool {
        debug_assert!(index / 8 < self.space.committed_bytes());
        // SAFETY: as in `set`.
        let word = unsafe { self.words.add(index / WORD_BITS).read() };
        word >> (index % WORD_BITS) & 1 == 1
    }

    /// `count` words of bits from bit `first` on, which is the first of a word.
    pub(crate) fn words(&self, first: usize, count: usize) -> &[u64] {
        assert!((first / WORD_BITS + count) * 8 <= self.space.committed_bytes());
        // SAFETY: committed, as checked; nobody writes while `self` is borrowed.
        unsafe { core::slice::from_raw_parts(self.words.add(first / WORD_BITS), count) }
    }

    /// Gives the memory of `count` words from bit `first` on back to the kernel. They are zero.
    pub(crate) fn purge(&mut self, first: usize, count: usize) {
        debug_assert!(self.words(first, count).iter().all(|&word| word == 0));
        let bytes = count * 8;
        if bytes.is_multiple_of(page_bytes()) {
            // SAFETY: committed memory of this value, and zero afterwards as before.
            unsafe { tenure_os::memory::purge(self.space.start() + first / 8, bytes) };
        }
    }

    /// The same, to be written.
    pub(crate) fn words_mut(&mut self, first: usize, count: usize) -> &mut [u64] {
        assert!((first / WORD_BITS + count) * 8 <= self.space.committed_bytes());
        // SAFETY: committed, as checked; `self` is borrowed alone.
        unsafe { core::slice::from_raw_parts_mut(self.words.add(first / WORD_BITS), count) }
    }
}

impl Drop for SideBits {
    fn drop(&mut self) {
        let space = core::mem::replace(&mut self.space, Region::empty());
        // SAFETY: the words are reached through this value alone, which ends.
        unsafe { space.release() };
    }
}

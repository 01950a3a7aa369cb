//! A region: the words of memory that blocks are placed in, or that metadata is kept in.
//!
//! **Shape.** Words of eight bytes, counted from zero. Everything above speaks of offsets, so a
//! region may lie at another address tomorrow: in a mapped file, or in another process.
//!
//! **Not here.** Pointers. [`Heap::pointer`](crate::Heap::pointer) makes them for regions of cells.

use core::cell::Cell;

/// Bytes in a word of a region.
pub const WORD_BYTES: usize = 8;

/// Words that a strategy may read and write; each access is O(1) and checks its bounds.
///
/// A load beyond the end gives zero and a store there does nothing: damaged metadata may send a
/// strategy anywhere, and must not take the program with it.
///
/// # Examples
/// ```
/// use tenure_place::Region;
/// let mut words = [0u64; 4];
/// let mut region = &mut words[..];
/// region.store(3, 7);
/// assert_eq!((region.load(3), region.load(4)), (7, 0));
/// ```
pub trait Region {
    /// How many words there are.
    fn words(&self) -> usize;

    /// The word at `index`; zero beyond the end.
    fn load(&self, index: usize) -> u64;

    /// Sets the word at `index`; nothing beyond the end.
    fn store(&mut self, index: usize, value: u64);

    /// The address of the first word, for alignment; 0 where it may change or is not known, and
    /// alignment is then counted from the region's start.
    fn origin(&self) -> usize {
        0
    }

    /// Copies `count` words from `from` to the lower `to`; the two may overlap.
    fn copy_down(&mut self, from: usize, to: usize, count: usize) {
        debug_assert!(to <= from, "copies down: to {to}, from {from}");
        for index in 0..count {
            let word = self.load(from + index);
            self.store(to + index, word);
        }
    }
}

/// A region whose bytes hold what was written: the contents of blocks can be read and moved.
pub trait Reachable: Region {}

/// What a load beyond the end gives. Out of line: it happens to damaged metadata only.
#[cold]
#[inline(never)]
fn beyond_the_end() -> u64 {
    0
}

impl Region for &mut [u64] {
    #[inline]
    fn words(&self) -> usize {
        self.len()
    }

    #[inline]
    fn load(&self, index: usize) -> u64 {
        match self.get(index) {
            Some(&word) => word,
            None => beyond_the_end(),
        }
    }

    #[inline]
    fn store(&mut self, index: usize, value: u64) {
        if let Some(word) = self.get_mut(index) {
            *word = value;
        }
    }

    fn origin(&self) -> usize {
        self.as_ptr().addr()
    }
}

impl Reachable for &mut [u64] {}

/// Words owned by the heap itself. They move with it, so alignment counts from their start.
impl<const N: usize> Region for [u64; N] {
    #[inline]
    fn words(&self) -> usize {
        N
    }

    #[inline]
    fn load(&self, index: usize) -> u64 {
        match self.get(index) {
            Some(&word) => word,
            None => beyond_the_end(),
        }
    }

    #[inline]
    fn store(&mut self, index: usize, value: u64) {
        if let Some(word) = self.get_mut(index) {
            *word = value;
        }
    }
}

impl<const N: usize> Reachable for [u64; N] {}

/// Words that are also reached by pointers: of a static, or of mapped memory.
///
/// Metadata goes through the cells and contents through pointers made of the same cells, so
/// neither invalidates the other.
impl Region for &[Cell<u64>] {
    #[inline]
    fn words(&self) -> usize {
        self.len()
    }

    #[inline]
    fn load(&self, index: usize) -> u64 {
        match self.get(index) {
            Some(word) => word.get(),
            None => beyond_the_end(),
        }
    }

    #[inline]
    fn store(&mut self, index: usize, value: u64) {
        if let Some(word) = self.get(index) {
            word.set(value);
        }
    }

    fn origin(&self) -> usize {
        self.as_ptr().addr()
    }
}

impl Reachable for &[Cell<u64>] {}

/// Memory that the processor does not reach: of a device, or a file not mapped. Only its length is
/// known, so metadata must lie [out of band](crate::Table).
///
/// # Examples
/// ```
/// use tenure_place::{OutOfReach, Region};
/// let video = OutOfReach::new(64 << 20);
/// assert_eq!(video.words(), 8 << 20);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OutOfReach {
    bytes: usize,
}

impl OutOfReach {
    /// `bytes` of such memory, rounded down to words.
    #[must_use]
    pub const fn new(bytes: usize) -> Self {
        Self { bytes }
    }
}

impl Region for OutOfReach {
    fn words(&self) -> usize {
        self.bytes / WORD_BYTES
    }

    fn load(&self, _index: usize) -> u64 {
        0
    }

    fn store(&mut self, _index: usize, _value: u64) {}
}

//! Which slices of an arena are free: first fit, lowest address first, in safe integer code.
//!
//! A *slice* is [`SLICE_BYTES`] of address space; heap pages and huge blocks are runs of slices.
//! **Shape:** a bit per slice below the frontier that says "free", and one that says "was free at
//! the last tick"; everything from the frontier on has never been used. **Invariants:**
//! * (a) no free bit lies at or above the frontier, and the slice below the frontier is not free
//!   unless it was touched;
//! * (b) `free_count` is the number of free bits;
//! * (c) a slice that is free and untouched reads as zero;
//! * (d) a slice that was free at the last tick is free: who takes it makes it young again.
//!
//! **Cost:** one pass over the words below the frontier at worst; hints keep the common sizes O(1).

use core::ops::Range;
use core::sync::atomic::{AtomicU8, Ordering};
use tenure_base::bits;

/// Bytes of a slice; also the alignment of every heap page.
pub const SLICE_BYTES: usize = 1 << SLICE_SHIFT;
/// log2 of [`SLICE_BYTES`].
pub const SLICE_SHIFT: u32 = 16;

/// Runs that are asked for often: the three kinds of heap page.
const COMMON_RUNS: [usize; 3] = [1, 8, 64];

/// The free slices of one arena.
pub struct SliceMap<'a> {
    free: &'a mut [u64],
    aged: &'a mut [u64],
    /// OS pages of each slice that may hold something, counted from its start.
    touched: &'a [AtomicU8],
    total: usize,
    frontier: usize,
    free_count: usize,
    /// For each common length: no free run as long starts below this slice.
    hints: [usize; COMMON_RUNS.len()],
}

impl<'a> SliceMap<'a> {
    /// All of `total` slices unused. `free` and `aged` have a zeroed bit for each, `touched` a
    /// zeroed byte.
    pub fn new(
        free: &'a mut [u64],
        aged: &'a mut [u64],
        touched: &'a [AtomicU8],
        total: usize,
    ) -> Self {
        debug_assert!(free.len() >= bits::words_for(total));
        debug_assert!(aged.len() >= bits::words_for(total));
        debug_assert!(touched.len() >= total);
        Self {
            free,
            aged,
            touched,
            total,
            frontier: 0,
            free_count: 0,
            hints: [0; COMMON_RUNS.len()],
        }
    }

    /// The lowest `count` free slices in a row whose first is a multiple of `align` slices beyond
    /// `phase`. They may reach beyond the frontier: see [`SliceMap::frontier`] for what to commit.
    pub fn allocate(&mut self, count: usize, align: usize, phase: usize) -> Option<usize> {
        let common = if align == 1 {
            COMMON_RUNS.iter().position(|run| *run == count)
        } else {
            None
        };
        let from = common.map_or(0, |kind| self.hints[kind]);
        let found = if align == 1 {
            bits::find_run(self.free, from, self.frontier, count, 1)
        } else {
            self.find_aligned(count, align, phase)
        };
        if let Some(kind) = common {
            self.hints[kind] = found.unwrap_or(self.frontier);
        }
        if let Some(start) = found {
            self.take(start..start + count);
            return Some(start);
        }
        let start = self.beyond_frontier(align, phase);
        let end = start.checked_add(count)?;
        if end > self.total {
            return None;
        }
        bits::set_range(self.free, self.frontier..start);
        self.free_count += start - self.frontier;
        self.lower_hints(self.frontier.min(start));
        self.frontier = end;
        Some(start)
    }

    fn beyond_frontier(&self, align: usize, phase: usize) -> usize {
        (self.frontier + phase).next_multiple_of(align) - phase
    }

    fn find_aligned(&self, count: usize, align: usize, phase: usize) -> Option<usize> {
        let mut at = 0;
        while let Some(run) = bits::next_run(self.free, at, self.frontier) {
            let start = (run.start + phase).next_multiple_of(align) - phase;
            if start < run.end && run.end - start >= count {
                return Some(start);
            }
            at = run.end;
        }
        None
    }

    /// Takes `more` slices directly behind `start..start + count`, which the caller holds. False,
    /// and nothing changed, when one of them is in use or the arena ends.
    pub fn extend(&mut self, start: usize, count: usize, more: usize) -> bool {
        let begin = start + count;
        let end = begin + more;
        if end > self.total {
            return false;
        }
        let known_end = end.min(self.frontier);
        if begin < known_end && bits::next_zero(self.free, begin, known_end).is_some() {
            return false;
        }
        if begin < known_end {
            self.take(begin..known_end);
        }
        self.frontier = self.frontier.max(end);
        true
    }

    /// Gives back slices that the caller holds.
    pub fn release(&mut self, range: Range<usize>) {
        debug_assert!(range.end <= self.frontier);
        debug_assert_eq!(
            bits::count_range(self.free, range.clone()),
            0,
            "released twice"
        );
        bits::set_range(self.free, range.clone());
        self.free_count += range.len();
        self.lower_hints(range.start);
    }

    fn take(&mut self, range: Range<usize>) {
        debug_assert_eq!(bits::count_range(self.free, range.clone()), range.len());
        bits::clear_range(self.free, range.clone());
        bits::clear_range(self.aged, range.clone());
        self.free_count -= range.len();
    }

    fn lower_hints(&mut self, released: usize) {
        for (hint, run) in self.hints.iter_mut().zip(COMMON_RUNS) {
            // A run that holds the released slice begins at most its own length below.
            *hint = (*hint).min(released.saturating_sub(run));
        }
    }

    /// The next run of free slices of `age` in `within` that may hold something, at most
    /// `slices_max` of it.
    pub fn next_dirty(
        &self,
        within: Range<usize>,
        age: Age,
        slices_max: usize,
    ) -> Option<Range<usize>> {
        let words = match age {
            Age::Any => &self.free[..],
            Age::Aged => &self.aged[..],
        };
        let limit = within.end.min(self.frontier);
        let is_dirty = |slice: usize| self.touched[slice].load(Ordering::Relaxed) != 0;
        let mut at = within.start;
        while let Some(slice) = bits::next_one(words, at, limit) {
            if is_dirty(slice) {
                let limit = limit.min(slice.saturating_add(slices_max));
                let mut end = slice + 1;
                while end < limit && bits::get(words, end) && is_dirty(end) {
                    end += 1;
                }
                return Some(slice..end);
            }
            at = slice + 1;
        }
        None
    }

    /// Takes free slices for as long as their memory is on its way to the kernel; then
    /// [`SliceMap::release`] them.
    pub fn withdraw(&mut self, range: Range<usize>) {
        debug_assert!(range.end <= self.frontier);
        self.take(range);
    }

    /// A tick: all that is free now has been so at the last tick from here on.
    pub fn age(&mut self) {
        let words = bits::words_for(self.frontier);
        self.aged[..words].copy_from_slice(&self.free[..words]);
    }

    /// Slices below this one have been in use; the arena keeps them committed.
    pub fn frontier(&self) -> usize {
        self.frontier
    }

    /// Slices in use now.
    pub fn in_use(&self) -> usize {
        self.frontier - self.free_count
    }

    /// Slices in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Walks invariants (a), (b) and (d).
    ///
    /// # Panics
    /// When one does not hold.
    #[cfg(feature = "check")]
    pub fn check(&self) {
        assert_eq!(
            bits::next_one(self.free, self.frontier, self.total),
            None,
            "(a)"
        );
        assert_eq!(
            bits::count_range(self.free, 0..self.frontier),
            self.free_count,
            "(b)"
        );
        let mut words = self.aged.iter().zip(self.free.iter());
        assert!(words.all(|(aged, free)| aged & !free == 0), "(d)");
    }
}

/// Which free slices are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Those that were free at the last tick and have been since.
    Aged,
    /// All.
    Any,
}

#[cfg(test)]
mod tests;

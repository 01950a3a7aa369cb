//! Which block an address lies in, by number: the tables that a look at the heap is made with.
//!
//! **Shape:** zones, one for each arena; for each slice of a zone a [`Piece`] that says which run
//! it belongs to; for each run a row of [`Word`]s: a bit for each block that is in use, and how many
//! are in use before. So an address is a subtraction, a multiplication and a population count away
//! from the number of its block. **Invariant:** numbers rise with addresses, from 0, without gaps.
//! **Cost:** 16 bytes for 64 blocks and 32 for a slice of 64 KiB; building reads the mark of every
//! block.

use core::marker::PhantomData;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use tenure_heap::walk::{self, RUN_ALIGN_BYTES, Run};
use tenure_os::memory;

/// Arenas there can be.
const ZONES_MAX: usize = 1024;

/// Zeroed memory for `len` values, given back when dropped.
pub(crate) struct Array<T> {
    start: usize,
    len: usize,
    marker: PhantomData<T>,
}

/// Types for which any bytes are a value.
///
/// # Safety
/// * All-zero bytes are a value of the type.
pub(crate) unsafe trait Plain: Copy {}

impl<T: Plain> Array<T> {
    /// `None`: no memory.
    pub(crate) fn new(len: usize) -> Option<Self> {
        let bytes = len.max(1).checked_mul(size_of::<T>())?;
        let bytes = bytes.checked_next_multiple_of(4096)?;
        let start = memory::map(bytes).ok()?;
        Some(Self {
            start,
            len,
            marker: PhantomData,
        })
    }

    #[inline(always)]
    pub(crate) fn all(&self) -> &[T] {
        // SAFETY: mapped in `new` for so many values, of which zero is one; aligned to a page.
        unsafe { core::slice::from_raw_parts(with_exposed_provenance(self.start), self.len) }
    }

    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and borrowed exclusively.
        unsafe {
            core::slice::from_raw_parts_mut(with_exposed_provenance_mut(self.start), self.len)
        }
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        let bytes = (self.len.max(1) * size_of::<T>()).next_multiple_of(4096);
        // SAFETY: mapped in `new`; all borrows end with the array.
        unsafe { memory::unmap(self.start, bytes) };
    }
}

/// The known part of an arena.
#[derive(Clone, Copy, Debug)]
struct Zone {
    start: usize,
    end: usize,
    /// Where its pieces begin.
    pieces: usize,
}

// SAFETY: three numbers.
unsafe impl Plain for Zone {}

/// What is known of a slice.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where its run begins.
    run: usize,
    /// As [`Run::divisor`].
    divisor: u64,
    /// The run's first word.
    word: u32,
    /// Blocks of the run; 0 where no run is.
    blocks: u32,
    /// Usable bytes of a block; of a block of its own in `huge`.
    block_bytes: usize,
}

// SAFETY: numbers.
unsafe impl Plain for Piece {}

/// 64 blocks of a run.
#[derive(Clone, Copy, Debug)]
struct Word {
    in_use: u64,
    /// Blocks in use before these.
    before: u32,
}

// SAFETY: numbers.
unsafe impl Plain for Word {}

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Number of the block.
    pub(crate) block: u32,
    /// Where the block starts.
    pub(crate) start: usize,
    /// How far the address is behind the start.
    pub(crate) offset: usize,
    /// Usable bytes of the block.
    pub(crate) usable_bytes: usize,
}

/// The tables.
pub(crate) struct Index {
    low: usize,
    span: usize,
    zones: Array<Zone>,
    zone_count: usize,
    pieces: Array<Piece>,
    words: Array<Word>,
    blocks: u32,
}

impl Index {
    /// Makes the tables. `None`: no memory, or more than 2^32 blocks.
    ///
    /// # Safety
    /// * No other thread works with the heap, from now on until the last use of the tables.
    pub(crate) unsafe fn build() -> Option<Self> {
        let mut zones = Array::<Zone>::new(ZONES_MAX)?;
        let (zone_count, piece_count) = list_zones(&mut zones);
        let mut words = 0;
        // SAFETY: by contract.
        unsafe { walk::for_each_run(|run| words += run.blocks().div_ceil(64)) };
        let known = &zones.all()[..zone_count];
        let low = known.first().map_or(0, |zone| zone.start);
        let high = known.last().map_or(0, |zone| zone.end);
        let mut index = Self {
            low,
            span: high - low,
            zones,
            zone_count,
            pieces: Array::new(piece_count)?,
            words: Array::new(words)?,
            blocks: 0,
        };
        let (mut next, mut is_too_many) = (0, false);
        // SAFETY: by contract.
        unsafe {
            walk::for_each_run(|run| {
                is_too_many |= index.enter(run, &mut next).is_none();
            });
        }
        (!is_too_many).then_some(index)
    }

    /// Enters a run, whose words begin at `next`.
    fn enter(&mut self, run: Run, next: &mut usize) -> Option<()> {
        let (blocks, block_bytes) = (run.blocks(), run.block_bytes());
        let piece = Piece {
            run: run.start(),
            divisor: run.divisor(),
            word: u32::try_from(*next).ok()?,
            blocks: u32::try_from(blocks).ok()?,
            block_bytes,
        };
        let first = self.piece_number(run.start())?;
        let count = run.len_bytes() / RUN_ALIGN_BYTES;
        self.pieces
            .all_mut()
            .get_mut(first..first + count)?
            .fill(piece);
        for start in (0..blocks).step_by(64) {
            let mut word = Word {
                in_use: 0,
                before: self.blocks,
            };
            for block in start..blocks.min(start + 64) {
                word.in_use |= u64::from(run.is_in_use(block)) << (block - start);
            }
            self.blocks = self.blocks.checked_add(word.in_use.count_ones())?;
            *self.words.all_mut().get_mut(*next)? = word;
            *next += 1;
        }
        Some(())
    }

    /// The number of the piece of an address in a zone.
    #[inline(always)]
    fn piece_number(&self, address: usize) -> Option<usize> {
        let zones = &self.zones.all()[..self.zone_count];
        let zone = match zones {
            [only] => only,
            many => many.get(many.partition_point(|zone| zone.end <= address))?,
        };
        let within = address.wrapping_sub(zone.start);
        (within < zone.end - zone.start).then(|| zone.pieces + within / RUN_ALIGN_BYTES)
    }

    /// Whether `address` may lie in a block: the first and cheapest question.
    #[inline(always)]
    pub(crate) fn may_hold(&self, address: usize) -> bool {
        address.wrapping_sub(self.low) < self.span
    }

    /// Asks the memory for what [`Index::find`] will read of `address`.
    #[inline(always)]
    pub(crate) fn prefetch(&self, address: usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(piece) = self
            .piece_number(address)
            .and_then(|number| self.pieces.all().get(number))
        {
            let index = Run::index_of(address - piece.run, piece.divisor);
            let word = self.words.start + (piece.word as usize + index / 64) * size_of::<Word>();
            // SAFETY: a hint: whatever the address, nothing is read that the program could see.
            unsafe {
                core::arch::x86_64::_mm_prefetch(
                    with_exposed_provenance::<i8>(word),
                    core::arch::x86_64::_MM_HINT_T0,
                );
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = address;
    }

    /// The block in use that `address` lies in.
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<Hit> {
        let piece = self.pieces.all().get(self.piece_number(address)?)?;
        let within = address - piece.run;
        let index = Run::index_of(within, piece.divisor);
        if index >= piece.blocks as usize {
            return None;
        }
        let word = self.words.all().get(piece.word as usize + index / 64)?;
        let bit = 1_u64 << (index % 64);
        if word.in_use & bit == 0 {
            return None;
        }
        let offset = within - index * piece.block_bytes;
        Some(Hit {
            block: word.before + (word.in_use & (bit - 1)).count_ones(),
            start: address - offset,
            offset,
            usable_bytes: piece.block_bytes,
        })
        .filter(|hit| hit.offset < hit.usable_bytes)
    }

    /// Blocks in use.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Walks the invariant.
    ///
    /// # Panics
    /// When it does not hold.
    #[cfg(any(test, feature = "check"))]
    pub(crate) fn check(&self) {
        let mut before = 0;
        for word in self.words.all() {
            assert_eq!(word.before, before);
            before += word.in_use.count_ones();
        }
        assert_eq!(self.blocks, before);
    }
}

/// Lists the arenas in the order of addresses; gives how many there are, and pieces in all.
fn list_zones(zones: &mut Array<Zone>) -> (usize, usize) {
    let (mut count, mut pieces) = (0, 0);
    walk::for_each_zone(|start, end| {
        if let Some(zone) = zones.all_mut().get_mut(count) {
            *zone = Zone { start, end, pieces };
            count += 1;
            pieces += (end - start).div_ceil(RUN_ALIGN_BYTES);
        }
    });
    (count, pieces)
}

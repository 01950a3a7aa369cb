//! Which block an address lies in, by number: the tables that a look at the heap is made with.
//!
//! **Shape:** zones, one for each arena; for each slice of a zone a [`Piece`] that says which run
//! it belongs to; for each run a row of [`Word`]s: a bit for each block that is in use, and how
//! many are in use before. So an address is a subtraction, a multiplication and a population
//! count away from the number of its block. **Invariant:** numbers rise with addresses, from 0,
//! without gaps.
//! **Cost:** 16 bytes for 64 blocks and 16 for a slice of 64 KiB; building reads the mark of every
//! block.

use core::marker::PhantomData;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use tenure_heap::walk::{self, BLOCK_ALIGN_BYTES, RUN_ALIGN_BYTES, Run};
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

/// What is known of a slice. Small, since one is read for each pointer.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// As [`Run::divisor`]; of a block of its own, where it starts.
    divisor: u64,
    /// The run's first word.
    word: u32,
    /// Slices back to the run's first.
    back: u16,
    /// Usable bytes of a block, in steps of [`BLOCK_ALIGN_BYTES`]; 0 where no run is, and
    /// [`ALONE`] of a block of its own.
    steps: u16,
}

/// As [`Piece::steps`]: a block of its own, of any size.
const ALONE: u16 = u16::MAX;

const _: () = assert!(size_of::<Piece>() == 16);

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
}

/// The tables.
pub(crate) struct Index {
    low: usize,
    span: usize,
    zones: Array<Zone>,
    zone_count: usize,
    /// The first of them, which is the only one as a rule.
    first: Zone,
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
        // The first word is that of slices without a run: nothing is in use there.
        let mut words = 1;
        // SAFETY: by contract.
        unsafe { walk::for_each_run(|run| words += capacity(run).div_ceil(64)) };
        let known = &zones.all()[..zone_count];
        let none = Zone {
            start: 0,
            end: 0,
            pieces: 0,
        };
        let first = known.first().copied().unwrap_or(none);
        let low = first.start;
        let high = known.last().map_or(0, |zone| zone.end);
        let mut index = Self {
            low,
            span: high - low,
            zones,
            zone_count,
            first,
            pieces: Array::new(piece_count)?,
            words: Array::new(words)?,
            blocks: 0,
        };
        let (mut next, mut is_too_many) = (1, false);
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
        let (blocks, first) = (run.blocks(), self.piece_number(run.start())?);
        let count = run.len_bytes() / RUN_ALIGN_BYTES;
        let is_alone = run.divisor() == 0;
        let steps = run.block_bytes() / BLOCK_ALIGN_BYTES;
        let piece = Piece {
            divisor: if is_alone {
                run.start() as u64
            } else {
                run.divisor()
            },
            word: u32::try_from(*next).ok()?,
            back: 0,
            steps: if is_alone {
                ALONE
            } else {
                u16::try_from(steps).ok().filter(|&steps| steps != ALONE)?
            },
        };
        let pieces = self.pieces.all_mut().get_mut(first..first + count)?;
        for (back, place) in pieces.iter_mut().enumerate() {
            *place = Piece {
                back: if is_alone { 0 } else { back as u16 },
                ..piece
            };
        }
        // Words for all that may ever be a block: an address behind the last finds none in use.
        for start in (0..capacity(run)).step_by(64) {
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
        let within = address.wrapping_sub(self.first.start);
        if within < self.first.end - self.first.start {
            return Some(within / RUN_ALIGN_BYTES);
        }
        self.piece_number_beyond(address)
    }

    /// The same where the first zone does not have it.
    #[inline(never)]
    fn piece_number_beyond(&self, address: usize) -> Option<usize> {
        let zones = self.zones.all().get(..self.zone_count)?;
        let zone = zones.get(zones.partition_point(|zone| zone.end <= address))?;
        let within = address.checked_sub(zone.start)?;
        Some(zone.pieces + within / RUN_ALIGN_BYTES)
    }

    /// Whether `address` may lie in a block: the first and cheapest question.
    #[inline(always)]
    pub(crate) fn may_hold(&self, address: usize) -> bool {
        address.wrapping_sub(self.low) < self.span
    }

    /// Where the tables tell of `address`, if it is one at which a block may start: for
    /// [`Index::in_use`] in a while, until when the memory brings that place.
    #[inline(always)]
    pub(crate) fn place(&self, address: usize) -> Option<usize> {
        let piece = self.piece(address)?;
        if piece.steps == ALONE {
            return None;
        }
        let within = within_run(address, &piece);
        let index = Run::index_of(within, piece.divisor);
        let place = piece.word as usize * 64 + index;
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint: whatever the address, nothing is read that the program could see.
        unsafe {
            let word = self.words.start + place / 64 * size_of::<Word>();
            core::arch::x86_64::_mm_prefetch(
                with_exposed_provenance::<i8>(word),
                core::arch::x86_64::_MM_HINT_T0,
            );
        }
        let is_start = index * usize::from(piece.steps) * BLOCK_ALIGN_BYTES == within;
        is_start.then_some(place)
    }

    /// The number of the block at a place, if it is in use.
    #[inline(always)]
    pub(crate) fn in_use(&self, place: usize) -> Option<u32> {
        let word = self.words.all().get(place / 64)?;
        let is_in_use = word.in_use >> (place % 64) & 1 == 1;
        is_in_use.then(|| word.before + ones_below(word.in_use, place % 64))
    }

    #[inline(always)]
    fn piece(&self, address: usize) -> Option<Piece> {
        self.pieces.all().get(self.piece_number(address)?).copied()
    }

    /// The block in use that `address` lies in.
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<Hit> {
        let piece = self.piece(address)?;
        if piece.steps == ALONE {
            return self.find_alone(address, &piece);
        }
        let within = within_run(address, &piece);
        let index = Run::index_of(within, piece.divisor);
        let usable_bytes = usize::from(piece.steps) * BLOCK_ALIGN_BYTES;
        let offset = within - index * usable_bytes;
        Some(Hit {
            block: self.in_use(piece.word as usize * 64 + index)?,
            start: address - offset,
            offset,
        })
    }

    #[cold]
    fn find_alone(&self, address: usize, piece: &Piece) -> Option<Hit> {
        let start = piece.divisor as usize;
        let offset = address - start;
        let word = self.words.all().get(piece.word as usize)?;
        let is_inside = offset < walk::run_of(start)?.block_bytes();
        is_inside.then_some(Hit {
            block: word.before,
            start,
            offset,
        })
    }

    /// Blocks in use.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Walks the invariant.
    ///
    /// # Panics
    /// When it does not hold.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        let mut before = 0;
        for word in self.words.all() {
            assert_eq!(word.before, before);
            before += word.in_use.count_ones();
        }
        assert_eq!(self.blocks, before);
    }
}

/// How many of the lowest `count` bits are set. All of them as a rule: what is in use lies dense.
#[inline(always)]
fn ones_below(bits: u64, count: usize) -> u32 {
    let below = (1_u64 << count) - 1;
    if bits & below == below {
        count as u32
    } else {
        (bits & below).count_ones()
    }
}

/// How far an address is behind the start of its run, which is no block of its own.
#[inline(always)]
fn within_run(address: usize, piece: &Piece) -> usize {
    (usize::from(piece.back) * RUN_ALIGN_BYTES) + address % RUN_ALIGN_BYTES
}

/// Blocks that a run has room for.
fn capacity(run: Run) -> usize {
    match run.divisor() {
        0 => 1,
        _ => run.len_bytes() / run.block_bytes().max(1),
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

#[cfg(test)]
mod tests;

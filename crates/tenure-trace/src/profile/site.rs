//! Site records: what one shard saw of one call stack.
//!
//! Offsets are in bytes from the start of the record. The sums of a site are those over all of
//! its records. Of one record, more may be freed than was allocated, when another thread freed;
//! of the sums it may not, but for the few events that a kill tears.

use super::ProfileError;
use super::array::{ArrayView, Kind};
use super::histogram::{LIFETIME_BUCKETS, SIZE_BUCKETS, scaled};
use crate::little_endian::{array_at, f64_at, i64_at, put, u32_at, u64_at};

/// Size of a site record in bytes; records begin on a cache line.
pub const SITE_BYTES: usize = 896;
/// Exact sizes that a record keeps.
pub const TOP_SIZES: usize = 4;

/// `u32`: id of the site, which is the node of its innermost frame; 0 for no stack.
pub const SITE_OFFSET: usize = 0;
/// `u32`: slot of the shard in the state file; 0 for blocks that a forked child inherited.
pub const SHARD_OFFSET: usize = 4;
/// `u32`: the `FLAG_` bits.
pub const FLAGS_OFFSET: usize = 8;
/// `u32`: the peak (lower half of its number) that the figures at the peak belong to.
pub const PEAK_EPOCH_OFFSET: usize = 12;
/// `u64`, blocks: allocations; with sampling, samples.
pub const ALLOCATIONS_OFFSET: usize = 16;
/// `u64`, blocks: frees; with sampling, samples freed.
pub const FREES_OFFSET: usize = 24;
/// `u64`, bytes: requested; with sampling, of the samples.
pub const ALLOCATED_BYTES_OFFSET: usize = 32;
/// `u64`, bytes: requested bytes of what was freed.
pub const FREED_BYTES_OFFSET: usize = 40;
/// `u64`, bytes: usable bytes of what was allocated.
pub const ALLOCATED_USABLE_BYTES_OFFSET: usize = 48;
/// `u64`, bytes: usable bytes of what was freed.
pub const FREED_USABLE_BYTES_OFFSET: usize = 56;
/// `i64`, bytes: requested live bytes at the peak named by [`PEAK_EPOCH_OFFSET`].
pub const LIVE_BYTES_AT_PEAK_OFFSET: usize = 64;
/// `i64`, blocks: live blocks at that peak.
pub const LIVE_BLOCKS_AT_PEAK_OFFSET: usize = 72;
/// `u64`, blocks: frees by another thread than the one that allocated.
pub const FREES_REMOTE_OFFSET: usize = 80;
/// `u64`, blocks: frees in the same activation of the function that allocated.
pub const FREES_SAME_FRAME_OFFSET: usize = 88;
/// `u64`, calls: reallocations that kept the block where it was.
pub const REALLOCS_IN_PLACE_OFFSET: usize = 96;
/// `u64`, calls: reallocations that moved the block; counted at the new block's site.
pub const REALLOCS_MOVED_OFFSET: usize = 104;
/// `u64`, nanoseconds: sum of the lifetimes of freed blocks.
pub const LIFETIME_NS_SUM_OFFSET: usize = 112;
/// `u64`, bytes: sum over freed blocks of what the process allocated during their lives.
pub const LIFETIME_BYTES_SUM_OFFSET: usize = 120;
/// `u64`, nanoseconds since the process's start: sum over allocations of when; it wraps.
pub const BIRTH_SUM_OFFSET: usize = 128;
/// `u64`, nanoseconds since the process's start: the same sum over freed blocks; it wraps.
pub const FREED_BIRTH_SUM_OFFSET: usize = 136;
/// `f64`, blocks, with sampling: estimate Σ 1/p over the samples.
pub const EST_ALLOCATIONS_OFFSET: usize = 144;
/// `f64`, blocks, with sampling: the same over freed samples.
pub const EST_FREES_OFFSET: usize = 152;
/// `f64`, bytes, with sampling: estimate Σ S/p.
pub const EST_ALLOCATED_BYTES_OFFSET: usize = 160;
/// `f64`, bytes, with sampling: the same over freed samples.
pub const EST_FREED_BYTES_OFFSET: usize = 168;
/// `f64`, bytes², with sampling: variance Σ S²(1−p)/p².
pub const VAR_ALLOCATED_BYTES_OFFSET: usize = 176;
/// `f64`, bytes², with sampling: the same over freed samples.
pub const VAR_FREED_BYTES_OFFSET: usize = 184;
/// `f64`, blocks², with sampling: variance Σ (1−p)/p².
pub const VAR_ALLOCATIONS_OFFSET: usize = 192;
/// `f64`, blocks², with sampling: the same over freed samples.
pub const VAR_FREES_OFFSET: usize = 200;
/// `f64`, bytes, with sampling: estimate of the live bytes at the peak.
pub const EST_LIVE_BYTES_AT_PEAK_OFFSET: usize = 208;
/// `f64`, blocks, with sampling: estimate of the live blocks at the peak.
pub const EST_LIVE_BLOCKS_AT_PEAK_OFFSET: usize = 216;
/// `f64`, bytes², with sampling: variance of the live bytes at the peak.
pub const VAR_LIVE_BYTES_AT_PEAK_OFFSET: usize = 224;
/// `u8`: scale of the histogram of sizes; a bucket counts units of 2^scale.
pub const SIZE_SCALE_OFFSET: usize = 232;
/// `u8`: scale of the histogram of lifetimes in nanoseconds.
pub const LIFETIME_NS_SCALE_OFFSET: usize = 233;
/// `u8`: scale of the histogram of lifetimes in bytes.
pub const LIFETIME_BYTES_SCALE_OFFSET: usize = 234;
/// `u8`: scale of the counts of the exact sizes.
pub const TOP_SIZES_SCALE_OFFSET: usize = 235;
/// `u32` × [`SIZE_BUCKETS`], blocks: histogram of requested sizes; with sampling each sample
/// counts 1/p, rounded.
pub const SIZES_OFFSET: usize = 240;
/// `u32` × [`LIFETIME_BUCKETS`], blocks: histogram of the lifetimes of freed blocks in
/// nanoseconds; with sampling weighted as the sizes.
pub const LIFETIMES_NS_OFFSET: usize = 400;
/// `u32` × [`LIFETIME_BUCKETS`], blocks: the same in bytes.
pub const LIFETIMES_BYTES_OFFSET: usize = 592;
/// (`u64` bytes, `u64` blocks) × [`TOP_SIZES`]: the most frequent exact sizes; approximate when
/// more occur. A count of 0 is no entry.
pub const TOP_SIZES_OFFSET: usize = 784;
/// `i64`, bytes: requested live bytes when the process was first refused memory for its limit; with
/// sampling their estimate. 0 without a refusal.
pub const LIVE_BYTES_AT_REFUSAL_OFFSET: usize = 848;
/// `i64`, blocks: live blocks at that moment.
pub const LIVE_BLOCKS_AT_REFUSAL_OFFSET: usize = 856;
/// First byte of the part that no field uses yet; zero up to the record's end.
pub const RESERVED_OFFSET: usize = 864;

/// Bit at [`FLAGS_OFFSET`]: the record is in use.
pub const FLAG_IN_USE: u32 = 1;
/// Bit at [`FLAGS_OFFSET`]: the record counts samples.
pub const FLAG_SAMPLED: u32 = 2;

/// One record. Each field is documented at its offset constant; the histograms are as stored,
/// to be read with their scale.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct SiteRecord {
    pub site: u32,
    pub shard: u32,
    pub flags: u32,
    pub peak_epoch: u32,
    pub allocations: u64,
    pub frees: u64,
    pub allocated_bytes: u64,
    pub freed_bytes: u64,
    pub allocated_usable_bytes: u64,
    pub freed_usable_bytes: u64,
    pub live_bytes_at_peak: i64,
    pub live_blocks_at_peak: i64,
    pub frees_remote: u64,
    pub frees_same_frame: u64,
    pub reallocs_in_place: u64,
    pub reallocs_moved: u64,
    pub lifetime_ns_sum: u64,
    pub lifetime_bytes_sum: u64,
    pub birth_sum: u64,
    pub freed_birth_sum: u64,
    pub est_allocations: f64,
    pub est_frees: f64,
    pub est_allocated_bytes: f64,
    pub est_freed_bytes: f64,
    pub var_allocated_bytes: f64,
    pub var_freed_bytes: f64,
    pub var_allocations: f64,
    pub var_frees: f64,
    pub est_live_bytes_at_peak: f64,
    pub est_live_blocks_at_peak: f64,
    pub var_live_bytes_at_peak: f64,
    pub size_scale: u8,
    pub lifetime_ns_scale: u8,
    pub lifetime_bytes_scale: u8,
    pub top_sizes_scale: u8,
    pub sizes: [u32; SIZE_BUCKETS],
    pub lifetimes_ns: [u32; LIFETIME_BUCKETS],
    pub lifetimes_bytes: [u32; LIFETIME_BUCKETS],
    pub top_sizes: [(u64, u64); TOP_SIZES],
    pub live_bytes_at_refusal: i64,
    pub live_blocks_at_refusal: i64,
}

impl Default for SiteRecord {
    /// A record of zeros, which is not in use.
    fn default() -> Self {
        Self::decode(&[0; SITE_BYTES]).unwrap_or_else(|| unreachable!("a whole record"))
    }
}

impl SiteRecord {
    /// Reads one record; `None` where the bytes end before.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..SITE_BYTES)?;
        let int = |offset| u32_at(bytes, offset);
        let long = |offset| u64_at(bytes, offset);
        let signed = |offset| i64_at(bytes, offset);
        let real = |offset| f64_at(bytes, offset);
        let scale = |offset: usize| bytes.get(offset).copied();
        Some(Self {
            site: int(SITE_OFFSET)?,
            shard: int(SHARD_OFFSET)?,
            flags: int(FLAGS_OFFSET)?,
            peak_epoch: int(PEAK_EPOCH_OFFSET)?,
            allocations: long(ALLOCATIONS_OFFSET)?,
            frees: long(FREES_OFFSET)?,
            allocated_bytes: long(ALLOCATED_BYTES_OFFSET)?,
            freed_bytes: long(FREED_BYTES_OFFSET)?,
            allocated_usable_bytes: long(ALLOCATED_USABLE_BYTES_OFFSET)?,
            freed_usable_bytes: long(FREED_USABLE_BYTES_OFFSET)?,
            live_bytes_at_peak: signed(LIVE_BYTES_AT_PEAK_OFFSET)?,
            live_blocks_at_peak: signed(LIVE_BLOCKS_AT_PEAK_OFFSET)?,
            frees_remote: long(FREES_REMOTE_OFFSET)?,
            frees_same_frame: long(FREES_SAME_FRAME_OFFSET)?,
            reallocs_in_place: long(REALLOCS_IN_PLACE_OFFSET)?,
            reallocs_moved: long(REALLOCS_MOVED_OFFSET)?,
            lifetime_ns_sum: long(LIFETIME_NS_SUM_OFFSET)?,
            lifetime_bytes_sum: long(LIFETIME_BYTES_SUM_OFFSET)?,
            birth_sum: long(BIRTH_SUM_OFFSET)?,
            freed_birth_sum: long(FREED_BIRTH_SUM_OFFSET)?,
            est_allocations: real(EST_ALLOCATIONS_OFFSET)?,
            est_frees: real(EST_FREES_OFFSET)?,
            est_allocated_bytes: real(EST_ALLOCATED_BYTES_OFFSET)?,
            est_freed_bytes: real(EST_FREED_BYTES_OFFSET)?,
            var_allocated_bytes: real(VAR_ALLOCATED_BYTES_OFFSET)?,
            var_freed_bytes: real(VAR_FREED_BYTES_OFFSET)?,
            var_allocations: real(VAR_ALLOCATIONS_OFFSET)?,
            var_frees: real(VAR_FREES_OFFSET)?,
            est_live_bytes_at_peak: real(EST_LIVE_BYTES_AT_PEAK_OFFSET)?,
            est_live_blocks_at_peak: real(EST_LIVE_BLOCKS_AT_PEAK_OFFSET)?,
            var_live_bytes_at_peak: real(VAR_LIVE_BYTES_AT_PEAK_OFFSET)?,
            size_scale: scale(SIZE_SCALE_OFFSET)?,
            lifetime_ns_scale: scale(LIFETIME_NS_SCALE_OFFSET)?,
            lifetime_bytes_scale: scale(LIFETIME_BYTES_SCALE_OFFSET)?,
            top_sizes_scale: scale(TOP_SIZES_SCALE_OFFSET)?,
            sizes: numbers(bytes, SIZES_OFFSET)?,
            lifetimes_ns: numbers(bytes, LIFETIMES_NS_OFFSET)?,
            lifetimes_bytes: numbers(bytes, LIFETIMES_BYTES_OFFSET)?,
            top_sizes: pairs(bytes)?,
            live_bytes_at_refusal: signed(LIVE_BYTES_AT_REFUSAL_OFFSET)?,
            live_blocks_at_refusal: signed(LIVE_BLOCKS_AT_REFUSAL_OFFSET)?,
        })
    }

    /// The record as bytes.
    pub fn encode(&self) -> [u8; SITE_BYTES] {
        let mut bytes = [0; SITE_BYTES];
        // Every offset is a constant within the record, so that each of these fits.
        for (offset, number) in self.ints() {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        for (offset, number) in self.longs() {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        for (offset, number) in self.reals() {
            let _ = put(&mut bytes, offset, &number.to_le_bytes());
        }
        let scales = [
            self.size_scale,
            self.lifetime_ns_scale,
            self.lifetime_bytes_scale,
            self.top_sizes_scale,
        ];
        let _ = put(&mut bytes, SIZE_SCALE_OFFSET, &scales);
        let histograms = [
            (SIZES_OFFSET, &self.sizes[..]),
            (LIFETIMES_NS_OFFSET, &self.lifetimes_ns[..]),
            (LIFETIMES_BYTES_OFFSET, &self.lifetimes_bytes[..]),
        ];
        for (offset, buckets) in histograms {
            for (bucket, number) in buckets.iter().enumerate() {
                let _ = put(&mut bytes, offset + 4 * bucket, &number.to_le_bytes());
            }
        }
        for (entry, (size, count)) in self.top_sizes.iter().enumerate() {
            let offset = TOP_SIZES_OFFSET + 16 * entry;
            let _ = put(&mut bytes, offset, &size.to_le_bytes());
            let _ = put(&mut bytes, offset + 8, &count.to_le_bytes());
        }
        bytes
    }

    /// Whether the record is in use.
    pub fn is_in_use(&self) -> bool {
        self.flags & FLAG_IN_USE != 0
    }

    /// Whether the record counts samples.
    pub fn is_sampled(&self) -> bool {
        self.flags & FLAG_SAMPLED != 0
    }

    /// The histogram of requested sizes, in blocks.
    pub fn size_counts(&self) -> [u64; SIZE_BUCKETS] {
        self.sizes.map(|stored| scaled(stored, self.size_scale))
    }

    /// The histogram of lifetimes in nanoseconds, in blocks.
    pub fn lifetime_ns_counts(&self) -> [u64; LIFETIME_BUCKETS] {
        let scale = self.lifetime_ns_scale;
        self.lifetimes_ns.map(|stored| scaled(stored, scale))
    }

    /// The histogram of lifetimes in bytes, in blocks.
    pub fn lifetime_bytes_counts(&self) -> [u64; LIFETIME_BUCKETS] {
        let scale = self.lifetime_bytes_scale;
        self.lifetimes_bytes.map(|stored| scaled(stored, scale))
    }

    /// The exact sizes that occur most, each with its count of blocks.
    pub fn top_size_counts(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let scale = u32::from(self.top_sizes_scale);
        let entries = self.top_sizes.into_iter().filter(|entry| entry.1 > 0);
        entries.map(move |(size, count)| {
            let fits = scale <= count.leading_zeros();
            (size, if fits { count << scale } else { u64::MAX })
        })
    }

    fn ints(&self) -> [(usize, u32); 4] {
        [
            (SITE_OFFSET, self.site),
            (SHARD_OFFSET, self.shard),
            (FLAGS_OFFSET, self.flags),
            (PEAK_EPOCH_OFFSET, self.peak_epoch),
        ]
    }

    fn longs(&self) -> [(usize, u64); 18] {
        [
            (ALLOCATIONS_OFFSET, self.allocations),
            (FREES_OFFSET, self.frees),
            (ALLOCATED_BYTES_OFFSET, self.allocated_bytes),
            (FREED_BYTES_OFFSET, self.freed_bytes),
            (ALLOCATED_USABLE_BYTES_OFFSET, self.allocated_usable_bytes),
            (FREED_USABLE_BYTES_OFFSET, self.freed_usable_bytes),
            (
                LIVE_BYTES_AT_PEAK_OFFSET,
                self.live_bytes_at_peak.cast_unsigned(),
            ),
            (
                LIVE_BLOCKS_AT_PEAK_OFFSET,
                self.live_blocks_at_peak.cast_unsigned(),
            ),
            (FREES_REMOTE_OFFSET, self.frees_remote),
            (FREES_SAME_FRAME_OFFSET, self.frees_same_frame),
            (REALLOCS_IN_PLACE_OFFSET, self.reallocs_in_place),
            (REALLOCS_MOVED_OFFSET, self.reallocs_moved),
            (LIFETIME_NS_SUM_OFFSET, self.lifetime_ns_sum),
            (LIFETIME_BYTES_SUM_OFFSET, self.lifetime_bytes_sum),
            (BIRTH_SUM_OFFSET, self.birth_sum),
            (FREED_BIRTH_SUM_OFFSET, self.freed_birth_sum),
            (
                LIVE_BYTES_AT_REFUSAL_OFFSET,
                self.live_bytes_at_refusal.cast_unsigned(),
            ),
            (
                LIVE_BLOCKS_AT_REFUSAL_OFFSET,
                self.live_blocks_at_refusal.cast_unsigned(),
            ),
        ]
    }

    fn reals(&self) -> [(usize, f64); 11] {
        [
            (EST_ALLOCATIONS_OFFSET, self.est_allocations),
            (EST_FREES_OFFSET, self.est_frees),
            (EST_ALLOCATED_BYTES_OFFSET, self.est_allocated_bytes),
            (EST_FREED_BYTES_OFFSET, self.est_freed_bytes),
            (VAR_ALLOCATED_BYTES_OFFSET, self.var_allocated_bytes),
            (VAR_FREED_BYTES_OFFSET, self.var_freed_bytes),
            (VAR_ALLOCATIONS_OFFSET, self.var_allocations),
            (VAR_FREES_OFFSET, self.var_frees),
            (EST_LIVE_BYTES_AT_PEAK_OFFSET, self.est_live_bytes_at_peak),
            (EST_LIVE_BLOCKS_AT_PEAK_OFFSET, self.est_live_blocks_at_peak),
            (VAR_LIVE_BYTES_AT_PEAK_OFFSET, self.var_live_bytes_at_peak),
        ]
    }
}

/// The `u32` of a histogram that begins at `offset`.
fn numbers<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    for (bucket, number) in numbers.iter_mut().enumerate() {
        *number = u32::from_le_bytes(array_at(bytes, offset + 4 * bucket)?);
    }
    Some(numbers)
}

fn pairs(bytes: &[u8]) -> Option<[(u64, u64); TOP_SIZES]> {
    let mut pairs = [(0, 0); TOP_SIZES];
    for (entry, pair) in pairs.iter_mut().enumerate() {
        let offset = TOP_SIZES_OFFSET + 16 * entry;
        *pair = (u64_at(bytes, offset)?, u64_at(bytes, offset + 8)?);
    }
    Some(pairs)
}

/// A sites file, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a> {
    array: ArrayView<'a>,
}

impl<'a> Sites<'a> {
    /// Checks the header.
    ///
    /// # Errors
    ///
    /// As [`super::ArrayHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProfileError> {
        ArrayView::parse(Kind::Sites, bytes).map(|array| Self { array })
    }

    /// The file as an array.
    pub fn array(&self) -> &ArrayView<'a> {
        &self.array
    }

    /// The records in use.
    pub fn records(&self) -> impl Iterator<Item = SiteRecord> + use<'a> {
        let records = self.array.elements().filter_map(SiteRecord::decode);
        records.filter(SiteRecord::is_in_use)
    }
}

// The fields follow each other without overlap, in this order.
const _: () = assert!(SITE_OFFSET + 4 == SHARD_OFFSET);
const _: () = assert!(SHARD_OFFSET + 4 == FLAGS_OFFSET);
const _: () = assert!(FLAGS_OFFSET + 4 == PEAK_EPOCH_OFFSET);
const _: () = assert!(PEAK_EPOCH_OFFSET + 4 == ALLOCATIONS_OFFSET);
const _: () = assert!(ALLOCATIONS_OFFSET + 16 * 8 == EST_ALLOCATIONS_OFFSET);
const _: () = assert!(EST_ALLOCATIONS_OFFSET + 11 * 8 == SIZE_SCALE_OFFSET);
const _: () = assert!(TOP_SIZES_SCALE_OFFSET + 1 + 4 == SIZES_OFFSET);
const _: () = assert!(SIZES_OFFSET + 4 * SIZE_BUCKETS == LIFETIMES_NS_OFFSET);
const _: () = assert!(LIFETIMES_NS_OFFSET + 4 * LIFETIME_BUCKETS == LIFETIMES_BYTES_OFFSET);
const _: () = assert!(LIFETIMES_BYTES_OFFSET + 4 * LIFETIME_BUCKETS == TOP_SIZES_OFFSET);
const _: () = assert!(TOP_SIZES_OFFSET + 16 * TOP_SIZES == LIVE_BYTES_AT_REFUSAL_OFFSET);
const _: () = assert!(LIVE_BYTES_AT_REFUSAL_OFFSET + 8 == LIVE_BLOCKS_AT_REFUSAL_OFFSET);
const _: () = assert!(LIVE_BLOCKS_AT_REFUSAL_OFFSET + 8 == RESERVED_OFFSET);
const _: () = assert!(RESERVED_OFFSET <= SITE_BYTES);
const _: () = assert!(SITE_BYTES.is_multiple_of(64));

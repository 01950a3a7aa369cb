//! What one heap saw of one site: a record in shared memory that only this heap's thread writes.
//!
//! The fields are those of [`tenure_trace::profile::site`], in its order. All are plain adds; the
//! one thing that needs a thought is the peak: whenever the process's live bytes have been higher
//! than ever and fall, the *epoch* goes up by one, and each record keeps, at its first change
//! after that, what it showed before. So a peak costs nothing but a comparison.

use crate::sampler::Weight;
use core::mem::offset_of;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};
use tenure_heap::watch::Watched;
use tenure_trace::profile::histogram::{
    LIFETIME_BUCKETS, SIZE_BUCKETS, lifetime_bucket, size_bucket,
};
use tenure_trace::profile::site;

/// A site record.
#[repr(C, align(64))]
pub(crate) struct SiteRecord {
    site: AtomicU32,
    shard: AtomicU32,
    flags: AtomicU32,
    peak_epoch: AtomicU32,
    allocations: AtomicU64,
    frees: AtomicU64,
    allocated_bytes: AtomicU64,
    freed_bytes: AtomicU64,
    allocated_usable_bytes: AtomicU64,
    freed_usable_bytes: AtomicU64,
    live_bytes_at_peak: AtomicU64,
    live_blocks_at_peak: AtomicU64,
    frees_remote: AtomicU64,
    frees_same_frame: AtomicU64,
    reallocs_in_place: AtomicU64,
    reallocs_moved: AtomicU64,
    lifetime_ns_sum: AtomicU64,
    lifetime_bytes_sum: AtomicU64,
    birth_sum: AtomicU64,
    freed_birth_sum: AtomicU64,
    est_allocations: AtomicU64,
    est_frees: AtomicU64,
    est_allocated_bytes: AtomicU64,
    est_freed_bytes: AtomicU64,
    var_allocated_bytes: AtomicU64,
    var_freed_bytes: AtomicU64,
    var_allocations: AtomicU64,
    var_frees: AtomicU64,
    est_live_bytes_at_peak: AtomicU64,
    est_live_blocks_at_peak: AtomicU64,
    var_live_bytes_at_peak: AtomicU64,
    scales: [AtomicU8; 4],
    reserved: AtomicU32,
    sizes: [AtomicU32; SIZE_BUCKETS],
    lifetimes_ns: [AtomicU32; LIFETIME_BUCKETS],
    lifetimes_bytes: [AtomicU32; LIFETIME_BUCKETS],
    top_sizes: [[AtomicU64; 2]; site::TOP_SIZES],
    live_bytes_at_refusal: AtomicU64,
    live_blocks_at_refusal: AtomicU64,
    reserved_tail: [AtomicU64; 4],
}

const _: () = assert!(size_of::<SiteRecord>() == site::SITE_BYTES);
const _: () = assert!(offset_of!(SiteRecord, peak_epoch) == site::PEAK_EPOCH_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, allocations) == site::ALLOCATIONS_OFFSET);
const _: () =
    assert!(offset_of!(SiteRecord, live_bytes_at_peak) == site::LIVE_BYTES_AT_PEAK_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, frees_remote) == site::FREES_REMOTE_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, lifetime_ns_sum) == site::LIFETIME_NS_SUM_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, freed_birth_sum) == site::FREED_BIRTH_SUM_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, est_allocations) == site::EST_ALLOCATIONS_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, var_frees) == site::VAR_FREES_OFFSET);
const _: () =
    assert!(offset_of!(SiteRecord, var_live_bytes_at_peak) == site::VAR_LIVE_BYTES_AT_PEAK_OFFSET);
const _: () =
    assert!(offset_of!(SiteRecord, live_bytes_at_refusal) == site::LIVE_BYTES_AT_REFUSAL_OFFSET);
const _: () = assert!(offset_of!(SiteRecord, scales) == site::SIZE_SCALE_OFFSET);

/// Which histogram a scale belongs to.
const SIZES: usize = 0;
const LIFETIMES_NS: usize = 1;
const LIFETIMES_BYTES: usize = 2;

fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
}

fn add_float(counter: &AtomicU64, amount: f64) {
    let sum = f64::from_bits(counter.load(Relaxed)) + amount;
    counter.store(sum.to_bits(), Relaxed);
}

/// Adds `amount` to a bucket that counts units of 2^scale; where it would not fit, all buckets are
/// halved and the scale goes up.
fn count<const BUCKETS: usize>(
    buckets: &[AtomicU32; BUCKETS],
    scale: &AtomicU8,
    bucket: usize,
    amount: u64,
) {
    loop {
        let shift = scale.load(Relaxed);
        let held = buckets[bucket].load(Relaxed);
        // A unit at least, so that nothing seen reads as nothing.
        let units = (amount >> shift).max(1);
        if let Some(sum) = u32::try_from(units).ok().and_then(|u| held.checked_add(u)) {
            buckets[bucket].store(sum, Relaxed);
            return;
        }
        for bucket in buckets {
            bucket.store(bucket.load(Relaxed).div_ceil(2), Relaxed);
        }
        scale.store(shift + 1, Relaxed);
    }
}

/// The end of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) birth_ns: u64,
    pub(crate) lifetime_ns: u64,
    pub(crate) lifetime_bytes: u64,
    pub(crate) remote: bool,
    pub(crate) same_frame: bool,
}

impl SiteRecord {
    /// Says whose record it is, at the peak numbered `epoch`; the bytes were zero.
    pub(crate) fn open(&self, site: u32, shard: u32, epoch: u32, sampled: bool) {
        self.site.store(site, Relaxed);
        self.shard.store(shard, Relaxed);
        self.peak_epoch.store(epoch, Relaxed);
        let sampled = if sampled { site::FLAG_SAMPLED } else { 0 };
        self.flags.store(site::FLAG_IN_USE | sampled, Relaxed);
    }

    /// The site.
    pub(crate) fn site(&self) -> u32 {
        self.site.load(Relaxed)
    }

    /// Whether it counts samples.
    pub(crate) fn is_sampled(&self) -> bool {
        self.flags.load(Relaxed) & site::FLAG_SAMPLED != 0
    }

    /// Keeps the figures at the peak, if one has passed since the last change.
    #[inline]
    pub(crate) fn settle(&self, epoch: u32) {
        if self.peak_epoch.load(Relaxed) != epoch {
            self.keep_peak(epoch);
        }
    }

    #[cold]
    fn keep_peak(&self, epoch: u32) {
        let held = |gained: &AtomicU64, lost: &AtomicU64| {
            gained.load(Relaxed).wrapping_sub(lost.load(Relaxed))
        };
        let bytes = held(&self.allocated_bytes, &self.freed_bytes);
        self.live_bytes_at_peak.store(bytes, Relaxed);
        let blocks = held(&self.allocations, &self.frees);
        self.live_blocks_at_peak.store(blocks, Relaxed);
        if self.is_sampled() {
            let held = |gained: &AtomicU64, lost: &AtomicU64| {
                let number = |cell: &AtomicU64| f64::from_bits(cell.load(Relaxed));
                (number(gained) - number(lost)).to_bits()
            };
            let bytes = held(&self.est_allocated_bytes, &self.est_freed_bytes);
            self.est_live_bytes_at_peak.store(bytes, Relaxed);
            let blocks = held(&self.est_allocations, &self.est_frees);
            self.est_live_blocks_at_peak.store(blocks, Relaxed);
            let variance = held(&self.var_allocated_bytes, &self.var_freed_bytes);
            self.var_live_bytes_at_peak.store(variance, Relaxed);
        }
        self.peak_epoch.store(epoch, Relaxed);
    }

    /// Keeps what is live now as what was live at the first refusal. Any thread, once: these two
    /// fields have no other writer.
    pub(crate) fn keep_refusal(&self) {
        let held = |gained: &AtomicU64, lost: &AtomicU64| {
            gained.load(Relaxed).wrapping_sub(lost.load(Relaxed))
        };
        let estimate = |gained: &AtomicU64, lost: &AtomicU64| {
            let number = |cell: &AtomicU64| f64::from_bits(cell.load(Relaxed));
            ((number(gained) - number(lost)) as i64).cast_unsigned()
        };
        let (bytes, blocks) = if self.is_sampled() {
            (
                estimate(&self.est_allocated_bytes, &self.est_freed_bytes),
                estimate(&self.est_allocations, &self.est_frees),
            )
        } else {
            (
                held(&self.allocated_bytes, &self.freed_bytes),
                held(&self.allocations, &self.frees),
            )
        };
        self.live_bytes_at_refusal.store(bytes, Relaxed);
        self.live_blocks_at_refusal.store(blocks, Relaxed);
    }

    /// A block was handed out; it stands for `times` blocks in the histograms.
    #[inline]
    pub(crate) fn allocated(&self, block: Watched, birth_ns: u64, times: u64) {
        add(&self.allocations, 1);
        add(&self.allocated_bytes, block.requested_bytes as u64);
        add(&self.allocated_usable_bytes, block.usable_bytes as u64);
        add(&self.birth_sum, birth_ns);
        self.count_size(block.requested_bytes as u64, times);
    }

    /// The block was a sample.
    pub(crate) fn estimated(&self, bytes: u64, weight: Weight) {
        let bytes = bytes as f64;
        add_float(&self.est_allocations, weight.blocks);
        add_float(&self.est_allocated_bytes, bytes * weight.blocks);
        add_float(&self.var_allocations, weight.variance);
        add_float(&self.var_allocated_bytes, bytes * bytes * weight.variance);
    }

    /// A block of the site came back.
    #[inline]
    pub(crate) fn freed(&self, block: Watched, end: End, times: u64) {
        add(&self.frees, 1);
        add(&self.freed_bytes, block.requested_bytes as u64);
        add(&self.freed_usable_bytes, block.usable_bytes as u64);
        add(&self.freed_birth_sum, end.birth_ns);
        add(&self.lifetime_ns_sum, end.lifetime_ns);
        add(&self.lifetime_bytes_sum, end.lifetime_bytes);
        if end.remote {
            add(&self.frees_remote, 1);
        }
        if end.same_frame {
            add(&self.frees_same_frame, 1);
        }
        let bucket = lifetime_bucket(end.lifetime_ns);
        count(
            &self.lifetimes_ns,
            &self.scales[LIFETIMES_NS],
            bucket,
            times,
        );
        let bucket = lifetime_bucket(end.lifetime_bytes);
        let scale = &self.scales[LIFETIMES_BYTES];
        count(&self.lifetimes_bytes, scale, bucket, times);
    }

    /// The block was a sample.
    pub(crate) fn estimated_freed(&self, bytes: u64, weight: Weight) {
        let bytes = bytes as f64;
        add_float(&self.est_frees, weight.blocks);
        add_float(&self.est_freed_bytes, bytes * weight.blocks);
        add_float(&self.var_frees, weight.variance);
        add_float(&self.var_freed_bytes, bytes * bytes * weight.variance);
    }

    /// A block kept its place and has another size.
    pub(crate) fn resized(&self, before: Watched, after: Watched) {
        let (was, is) = (before.requested_bytes as u64, after.requested_bytes as u64);
        add(&self.allocated_bytes, is.saturating_sub(was));
        add(&self.freed_bytes, was.saturating_sub(is));
        let (was, is) = (before.usable_bytes as u64, after.usable_bytes as u64);
        add(&self.allocated_usable_bytes, is.saturating_sub(was));
        add(&self.freed_usable_bytes, was.saturating_sub(is));
        add(&self.reallocs_in_place, 1);
    }

    /// The block that was resized is a sample: the old size comes back and the new one is handed
    /// out, each with its weight. Blocks of that kind are so large that nearly all are samples.
    pub(crate) fn estimated_resized(&self, before: (u64, Weight), after: (u64, Weight)) {
        let (was, is) = (before.0 as f64, after.0 as f64);
        add_float(&self.est_freed_bytes, was * before.1.blocks);
        add_float(&self.var_freed_bytes, was * was * before.1.variance);
        add_float(&self.est_allocated_bytes, is * after.1.blocks);
        add_float(&self.var_allocated_bytes, is * is * after.1.variance);
        add_float(&self.est_frees, before.1.blocks);
        add_float(&self.var_frees, before.1.variance);
        add_float(&self.est_allocations, after.1.blocks);
        add_float(&self.var_allocations, after.1.variance);
    }

    /// A block took the place of another one that moved.
    pub(crate) fn moved(&self) {
        add(&self.reallocs_moved, 1);
    }

    fn count_size(&self, bytes: u64, times: u64) {
        count(&self.sizes, &self.scales[SIZES], size_bucket(bytes), times);
        let first = &self.top_sizes[0];
        if first[0].load(Relaxed) == bytes && first[1].load(Relaxed) != 0 {
            add(&first[1], times);
        } else {
            self.count_other_size(bytes, times);
        }
    }

    /// Keeps the sizes that come most often: a size that is not kept takes the place of the rarest
    /// and its count (space saving: Metwally, Agrawal, El Abbadi, 2005).
    fn count_other_size(&self, bytes: u64, times: u64) {
        let is_it = |entry: &&[AtomicU64; 2]| {
            let count = entry[1].load(Relaxed);
            count == 0 || entry[0].load(Relaxed) == bytes
        };
        let entries = &self.top_sizes;
        let rarest = || entries.iter().min_by_key(|entry| entry[1].load(Relaxed));
        let entry = entries.iter().find(is_it).or_else(rarest);
        if let Some(entry) = entry {
            entry[0].store(bytes, Relaxed);
            add(&entry[1], times);
        }
    }

    /// Makes this the record of what a forked child inherits from `parent`, another record of the
    /// same site: its live blocks.
    pub(crate) fn inherit(&self, parent: &Self) {
        let pass = |to: &AtomicU64, gained: &AtomicU64, lost: &AtomicU64| {
            let live = gained.load(Relaxed).wrapping_sub(lost.load(Relaxed));
            add(to, live);
        };
        let (mine, its) = (self, parent);
        pass(&mine.allocations, &its.allocations, &its.frees);
        pass(
            &mine.allocated_bytes,
            &its.allocated_bytes,
            &its.freed_bytes,
        );
        let usable = &its.allocated_usable_bytes;
        pass(
            &mine.allocated_usable_bytes,
            usable,
            &its.freed_usable_bytes,
        );
        // Born before the child, so at its start as far as the sum of births can say.
        let pass = |to: &AtomicU64, gained: &AtomicU64, lost: &AtomicU64| {
            let number = |cell: &AtomicU64| f64::from_bits(cell.load(Relaxed));
            add_float(to, number(gained) - number(lost));
        };
        pass(&mine.est_allocations, &its.est_allocations, &its.est_frees);
        let bytes = &its.est_allocated_bytes;
        pass(&mine.est_allocated_bytes, bytes, &its.est_freed_bytes);
        let variance = &its.var_allocated_bytes;
        pass(&mine.var_allocated_bytes, variance, &its.var_freed_bytes);
        pass(&mine.var_allocations, &its.var_allocations, &its.var_frees);
    }
}

#[cfg(test)]
mod tests;

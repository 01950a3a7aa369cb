//! Adding up what shards and processes say of one stack.
//!
//! A [`Tally`] adds the records of one process, where one shard may have freed more than it
//! allocated; [`Sums`] adds processes, in which nothing is negative any more.

use super::figure::Quantity;
use super::{Histogram, Lifetimes, Site, SizeCount, StackId};
use crate::unit::{Ratio, saturating_sum};
use tenure_trace::profile::SiteRecord;

/// Exact sizes that a site keeps over all threads and processes.
const TOP_SIZES: usize = 8;

/// Blocks and their bytes, added over shards before anything is cut at zero.
#[derive(Clone, Copy, Debug, Default)]
struct Balance {
    blocks: i128,
    bytes: i128,
    usable_bytes: i128,
    est_blocks: f64,
    est_bytes: f64,
    var_blocks: f64,
    var_bytes: f64,
}

impl Balance {
    fn allocated(record: &SiteRecord) -> Self {
        Self {
            blocks: record.allocations.into(),
            bytes: record.allocated_bytes.into(),
            usable_bytes: record.allocated_usable_bytes.into(),
            est_blocks: number(record.est_allocations),
            est_bytes: number(record.est_allocated_bytes),
            var_blocks: number(record.var_allocations),
            var_bytes: number(record.var_allocated_bytes),
        }
    }

    fn freed(record: &SiteRecord) -> Self {
        Self {
            blocks: record.frees.into(),
            bytes: record.freed_bytes.into(),
            usable_bytes: record.freed_usable_bytes.into(),
            est_blocks: number(record.est_frees),
            est_bytes: number(record.est_freed_bytes),
            var_blocks: number(record.var_frees),
            var_bytes: number(record.var_freed_bytes),
        }
    }

    fn at_peak(record: &SiteRecord) -> Self {
        Self {
            blocks: record.live_blocks_at_peak.into(),
            bytes: record.live_bytes_at_peak.into(),
            usable_bytes: 0,
            est_blocks: number(record.est_live_blocks_at_peak),
            est_bytes: number(record.est_live_bytes_at_peak),
            var_blocks: 0.0,
            var_bytes: number(record.var_live_bytes_at_peak),
        }
    }

    fn plus(self, other: Self, sign: i8) -> Self {
        let (whole, real) = (i128::from(sign), f64::from(sign));
        Self {
            blocks: self.blocks + whole * other.blocks,
            bytes: self.bytes + whole * other.bytes,
            usable_bytes: self.usable_bytes + whole * other.usable_bytes,
            est_blocks: self.est_blocks + real * other.est_blocks,
            est_bytes: self.est_bytes + real * other.est_bytes,
            var_blocks: self.var_blocks + real * other.var_blocks,
            var_bytes: self.var_bytes + real * other.var_bytes,
        }
    }

    fn blocks(&self, sampled: bool) -> Quantity {
        quantity(self.blocks, self.est_blocks, self.var_blocks, sampled)
    }

    fn bytes(&self, sampled: bool) -> Quantity {
        quantity(self.bytes, self.est_bytes, self.var_bytes, sampled)
    }

    /// As [`Self::blocks`] and [`Self::bytes`] of what is left after frees: without samples left
    /// nothing is, whatever the sums of floating-point numbers say.
    fn left(&self, sampled: bool) -> (Quantity, Quantity) {
        match sampled && self.blocks <= 0 {
            true => (
                Quantity::estimated(0.0, 0.0, 0),
                Quantity::estimated(0.0, 0.0, 0),
            ),
            false => (self.blocks(sampled), self.bytes(sampled)),
        }
    }

    /// Usable bytes; of samples, as many times more as their requested bytes stand for.
    fn usable(&self, sampled: bool) -> u64 {
        match sampled && self.bytes > 0 && self.blocks > 0 {
            true => {
                let times = (self.est_bytes / self.bytes as f64).max(0.0);
                (self.usable_bytes.max(0) as f64 * times) as u64
            }
            false if sampled => 0,
            false => clamped(self.usable_bytes),
        }
    }
}

fn quantity(seen: i128, estimate: f64, variance: f64, sampled: bool) -> Quantity {
    match sampled {
        true => Quantity::estimated(estimate, variance, clamped(seen)),
        false => Quantity::exact(clamped(seen)),
    }
}

/// `number` where it is one. Damaged records can hold any bits.
fn number(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn clamped(number: i128) -> u64 {
    u64::try_from(number.max(0)).unwrap_or(u64::MAX)
}

/// What the records of one process say of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    sampled: bool,
    allocated: Balance,
    freed: Balance,
    inherited: Balance,
    at_peak: Balance,
    births: u64,
    at_refusal: (i128, i128),
    more: More,
}

/// What is added up over shards and processes alike.
#[derive(Clone, Debug, Default)]
struct More {
    /// Frees that were seen, without weights.
    frees: u64,
    frees_remote: u64,
    frees_same_frame: u64,
    reallocs_in_place: u64,
    reallocs_moved: u64,
    lifetime_ns_sum: u64,
    lifetime_bytes_sum: u64,
    sizes: Histogram,
    lifetimes_ns: Histogram,
    lifetimes_bytes: Histogram,
    top_sizes: Vec<SizeCount>,
}

impl More {
    fn of(record: &SiteRecord) -> Self {
        let tops = record.top_size_counts();
        Self {
            frees: record.frees,
            frees_remote: record.frees_remote,
            frees_same_frame: record.frees_same_frame,
            reallocs_in_place: record.reallocs_in_place,
            reallocs_moved: record.reallocs_moved,
            lifetime_ns_sum: record.lifetime_ns_sum,
            lifetime_bytes_sum: record.lifetime_bytes_sum,
            sizes: Histogram::of(&record.size_counts()),
            lifetimes_ns: Histogram::of(&record.lifetime_ns_counts()),
            lifetimes_bytes: Histogram::of(&record.lifetime_bytes_counts()),
            top_sizes: tops
                .map(|(bytes, count)| SizeCount { bytes, count })
                .collect(),
        }
    }

    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.frees, other.frees),
            (&mut self.frees_remote, other.frees_remote),
            (&mut self.frees_same_frame, other.frees_same_frame),
            (&mut self.reallocs_in_place, other.reallocs_in_place),
            (&mut self.reallocs_moved, other.reallocs_moved),
            (&mut self.lifetime_ns_sum, other.lifetime_ns_sum),
            (&mut self.lifetime_bytes_sum, other.lifetime_bytes_sum),
        ];
        for (sum, term) in pairs {
            *sum = sum.saturating_add(term);
        }
        self.sizes.merge(&other.sizes);
        self.lifetimes_ns.merge(&other.lifetimes_ns);
        self.lifetimes_bytes.merge(&other.lifetimes_bytes);
        for &SizeCount { bytes, count } in &other.top_sizes {
            match self.top_sizes.iter_mut().find(|top| top.bytes == bytes) {
                Some(top) => top.count = top.count.saturating_add(count),
                None => self.top_sizes.push(SizeCount { bytes, count }),
            }
        }
        let order = |top: &SizeCount| (std::cmp::Reverse(top.count), top.bytes);
        self.top_sizes.sort_by_key(order);
        self.top_sizes.truncate(TOP_SIZES);
    }
}

impl Tally {
    /// Adds a record. `peak_epoch` is that of the process's global peak, where one is known.
    pub(super) fn add(&mut self, record: &SiteRecord, peak_epoch: Option<u64>) {
        self.sampled |= record.is_sampled();
        let (allocated, freed) = (Balance::allocated(record), Balance::freed(record));
        let into = match record.shard {
            0 => &mut self.inherited,
            _ => &mut self.allocated,
        };
        *into = into.plus(allocated, 1);
        self.freed = self.freed.plus(freed, 1);
        // A record that has not changed since the peak has its figures of then now.
        let changed =
            peak_epoch.is_some_and(|epoch| epoch != 0 && epoch as u32 == record.peak_epoch);
        let at_peak = match changed {
            true => Balance::at_peak(record),
            false => allocated.plus(freed, -1),
        };
        self.at_peak = self.at_peak.plus(at_peak, 1);
        self.at_refusal.0 += i128::from(record.live_bytes_at_refusal);
        self.at_refusal.1 += i128::from(record.live_blocks_at_refusal);
        let births = record.birth_sum.wrapping_sub(record.freed_birth_sum);
        self.births = self.births.wrapping_add(births);
        self.more.add(&More::of(record));
    }

    /// The sums of this process, whose record ended `end_ns` after it began.
    ///
    /// `rate_bytes` is the mean gap between samples; 0 where it is not known.
    pub(super) fn sums(self, end_ns: Option<u64>, rate_bytes: u64) -> Sums {
        let sampled = self.sampled;
        let own = self.allocated.plus(self.freed, -1);
        let (live_blocks, live_bytes) = own.left(sampled);
        let (age_sum, aged) = self.ages(end_ns).unwrap_or_default();
        Sums {
            allocations: self.allocated.blocks(sampled),
            frees: self.freed.blocks(sampled),
            allocated_bytes: self.allocated.bytes(sampled),
            freed_bytes: self.freed.bytes(sampled),
            live_blocks,
            live_bytes,
            peak_blocks: Quantity::default(),
            peak_bytes: Quantity::default(),
            refusal_bytes: clamped(self.at_refusal.0),
            refusal_blocks: clamped(self.at_refusal.1),
            usable_bytes: self.allocated.usable(sampled),
            usable_live_bytes: own.usable(sampled),
            samples: sampled.then(|| clamped(self.allocated.blocks)),
            skew: Skew::of(&self.more.sizes, rate_bytes),
            age_sum,
            aged,
            more: self.more,
        }
    }

    /// What was live at the process's peak, inherited blocks included: blocks and bytes.
    pub(super) fn peak(&self) -> (Quantity, Quantity) {
        self.at_peak.blocks_and_bytes(self.sampled)
    }

    /// Sum of the ages of the blocks that live on, and how many they are.
    fn ages(&self, end_ns: Option<u64>) -> Option<(u128, u64)> {
        let live = self.allocated.plus(self.freed, -1).blocks;
        if live <= 0 || self.inherited.blocks > 0 {
            return None;
        }
        let spent = u128::from(end_ns?).checked_mul(live.unsigned_abs())?;
        let ages = spent.checked_sub(self.births.into())?;
        Some((ages, clamped(live)))
    }
}

impl Balance {
    fn blocks_and_bytes(&self, sampled: bool) -> (Quantity, Quantity) {
        // Of the samples live at the peak only their estimates are recorded.
        let unseen = |estimate, variance| Quantity::estimated(estimate, variance, 0);
        match sampled {
            true => (
                unseen(self.est_blocks, self.var_blocks),
                unseen(self.est_bytes, self.var_bytes),
            ),
            false => (self.blocks(false), self.bytes(false)),
        }
    }
}

/// What all processes say of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    allocations: Quantity,
    frees: Quantity,
    allocated_bytes: Quantity,
    freed_bytes: Quantity,
    live_blocks: Quantity,
    live_bytes: Quantity,
    pub(super) peak_blocks: Quantity,
    pub(super) peak_bytes: Quantity,
    refusal_bytes: u64,
    refusal_blocks: u64,
    usable_bytes: u64,
    usable_live_bytes: u64,
    samples: Option<u64>,
    skew: Skew,
    age_sum: u128,
    aged: u64,
    more: More,
}

/// The weights of sampled blocks, squared and cubed and added up: they tell how far those of the
/// smallest blocks stand out.
#[derive(Clone, Copy, Debug, Default)]
struct Skew {
    squares: f64,
    cubes: f64,
}

impl Skew {
    /// From a histogram of sizes in which each sample counts 1/p.
    fn of(sizes: &Histogram, rate_bytes: u64) -> Self {
        let mut skew = Self::default();
        if rate_bytes == 0 {
            return skew;
        }
        for bucket in sizes.buckets() {
            let middle = (bucket.low as f64 * bucket.high as f64).sqrt().max(1.0);
            let chance = -(-middle / rate_bytes as f64).exp_m1();
            let weight = (1.0 - chance) / chance;
            let samples = bucket.count as f64 * chance;
            skew.squares += samples * weight / chance;
            skew.cubes += samples * weight * weight / chance;
        }
        skew
    }

    fn add(&mut self, other: Self) {
        self.squares += other.squares;
        self.cubes += other.cubes;
    }

    /// The weight that stands for all of them in an interval.
    fn weight(self) -> f64 {
        if self.squares > 0.0 {
            self.cubes / self.squares
        } else {
            0.0
        }
    }
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        let quantities = [
            (&mut self.allocations, &other.allocations),
            (&mut self.frees, &other.frees),
            (&mut self.allocated_bytes, &other.allocated_bytes),
            (&mut self.freed_bytes, &other.freed_bytes),
            (&mut self.live_blocks, &other.live_blocks),
            (&mut self.live_bytes, &other.live_bytes),
            (&mut self.peak_blocks, &other.peak_blocks),
            (&mut self.peak_bytes, &other.peak_bytes),
        ];
        for (sum, term) in quantities {
            sum.add(term);
        }
        self.usable_bytes = self.usable_bytes.saturating_add(other.usable_bytes);
        self.refusal_bytes = self.refusal_bytes.saturating_add(other.refusal_bytes);
        self.refusal_blocks = self.refusal_blocks.saturating_add(other.refusal_blocks);
        self.usable_live_bytes = saturating_sum([self.usable_live_bytes, other.usable_live_bytes]);
        self.samples = match (self.samples, other.samples) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        self.skew.add(other.skew);
        self.age_sum = self.age_sum.saturating_add(other.age_sum);
        self.aged = self.aged.saturating_add(other.aged);
        self.more.add(&other.more);
    }

    /// The site of `stack` with these sums.
    pub(super) fn site(self, stack: StackId) -> Site {
        let of_blocks = self.allocations.weight().max(self.skew.weight());
        // Of bytes every sample stands for about as many; what is left of them says it best.
        let of_all_bytes = self.allocated_bytes.weight();
        let of_bytes = |quantity: &Quantity| match quantity.estimate > 0.0 {
            true => quantity.figure(0.0),
            false => quantity.figure(of_all_bytes),
        };
        let mean_age = self.age_sum.checked_div(self.aged.into());
        let lifetimes = |freed: &Histogram, sum: u64, mean_age| Lifetimes {
            freed: freed.clone(),
            mean: sum.checked_div(self.more.frees),
            survivors: self.survivors(freed.total()),
            mean_age,
        };
        let age_ns = mean_age.map(|age| u64::try_from(age).unwrap_or(u64::MAX));
        let more = &self.more;
        Site {
            stack,
            allocations: self.allocations.figure(of_blocks),
            frees: self.frees.figure(of_blocks),
            allocated_bytes: of_bytes(&self.allocated_bytes),
            freed_bytes: of_bytes(&self.freed_bytes),
            live_bytes: of_bytes(&self.live_bytes),
            live_blocks: self.live_blocks.figure(of_blocks),
            peak_bytes: of_bytes(&self.peak_bytes),
            peak_blocks: self.peak_blocks.figure(of_blocks),
            refusal_bytes: self.refusal_bytes,
            refusal_blocks: self.refusal_blocks,
            usable_bytes: self.usable_bytes,
            usable_live_bytes: self.usable_live_bytes,
            freed_remotely: Ratio::of(more.frees_remote, more.frees),
            freed_in_same_frame: Ratio::of(more.frees_same_frame, more.frees),
            reallocs_in_place: more.reallocs_in_place,
            reallocs_moved: more.reallocs_moved,
            lifetimes_ns: lifetimes(&more.lifetimes_ns, more.lifetime_ns_sum, age_ns),
            lifetimes_bytes: lifetimes(&more.lifetimes_bytes, more.lifetime_bytes_sum, None),
            samples: self.samples,
            sizes: self.more.sizes,
            top_sizes: self.more.top_sizes,
        }
    }

    /// How many blocks live on, for each of the `freed` of a histogram as many as for each free.
    ///
    /// The histogram of a sampled site has weights, and large counts are in units; the ratio of
    /// live to freed blocks holds for both.
    fn survivors(&self, freed: u64) -> u64 {
        let (live, frees) = (self.live_blocks.total(), self.frees.total());
        if !self.frees.sampled && self.frees.exact == freed {
            self.live_blocks.exact
        } else if frees > 0.0 {
            (freed as f64 * live / frees).round() as u64
        } else {
            live.round() as u64
        }
    }
}

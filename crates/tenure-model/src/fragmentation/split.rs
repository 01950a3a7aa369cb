//! What is held, in parts that add up to it.

use crate::unit::{Ratio, saturating_sum};
use std::ops::AddAssign;

/// What a heap or one of its size classes holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Asked for, of blocks in use.
    pub live: u64,
    /// Not asked for, of the same blocks.
    pub internal_waste: u64,
    /// In free slots on heap pages that have blocks in use.
    pub pinned_free: u64,
    /// Cached: pages without a block in use.
    pub empty_pages: u64,
    /// Cached: what pages with blocks in use have not cut into blocks yet, and room behind blocks
    /// that have pages of their own.
    pub uncarved: u64,
    /// Cached: slices that no page has.
    pub free_slices: u64,
    /// Not held: free, and given back to the kernel.
    pub purged: u64,
}

impl Split {
    /// Free and still resident, with no block in use beside it.
    pub fn cached(&self) -> u64 {
        saturating_sum([self.empty_pages, self.uncarved, self.free_slices])
    }

    /// The sum of all parts but the purged bytes.
    pub fn held(&self) -> u64 {
        saturating_sum([
            self.live,
            self.internal_waste,
            self.pinned_free,
            self.cached(),
        ])
    }

    /// The part of what is held that is not live.
    pub fn overhead(&self) -> Ratio {
        Ratio::of(self.held() - self.live, self.held())
    }
}

impl AddAssign for Split {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u64, term: u64| *sum = sum.saturating_add(term);
        add(&mut self.live, other.live);
        add(&mut self.internal_waste, other.internal_waste);
        add(&mut self.pinned_free, other.pinned_free);
        add(&mut self.empty_pages, other.empty_pages);
        add(&mut self.uncarved, other.uncarved);
        add(&mut self.free_slices, other.free_slices);
        add(&mut self.purged, other.purged);
    }
}

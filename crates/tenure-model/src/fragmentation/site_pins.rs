//! What the blocks of one site pin.

use std::ops::AddAssign;

/// Blocks in use of one site, and the free slots that they keep from going back to the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SitePins {
    /// Blocks in use.
    pub live_blocks: u64,
    /// Bytes asked for of these.
    pub live_bytes: u64,
    /// Bytes of these that were not asked for.
    pub waste_bytes: u64,
    /// Partly used pages with a block of the site.
    pub pages: u64,
    /// Its share of the free slots on them.
    pub pinned_free_bytes: u64,
    /// Those of the pages whose blocks in use are all of the site.
    pub alone_pages: u64,
    /// What would come free if the blocks on these lay together, in whole OS pages: no other site
    /// has to move a block for it.
    pub gain_bytes: u64,
}

impl AddAssign for SitePins {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u64, term: u64| *sum = sum.saturating_add(term);
        add(&mut self.live_blocks, other.live_blocks);
        add(&mut self.live_bytes, other.live_bytes);
        add(&mut self.waste_bytes, other.waste_bytes);
        add(&mut self.pages, other.pages);
        add(&mut self.pinned_free_bytes, other.pinned_free_bytes);
        add(&mut self.alone_pages, other.alone_pages);
        add(&mut self.gain_bytes, other.gain_bytes);
    }
}

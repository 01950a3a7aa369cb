//! What happened in one size class.

use super::Blocks;

/// What happened in one size class, of one process or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Bytes that a block of this class can be used for; of a huge class the upper bound.
    pub usable_bytes: u64,
    /// Whether the class is a range of huge blocks, not one exact size.
    pub huge: bool,
    /// Blocks allocated, without inherited ones.
    pub allocations: u64,
    /// Blocks freed, inherited ones included.
    pub frees: u64,
    /// Bytes requested over the whole run, without inherited ones.
    pub requested_bytes: u64,
    /// Blocks not freed at the end: inherited + allocations − frees.
    pub live_blocks: u64,
    /// Requested bytes of the blocks not freed at the end.
    pub live_bytes: u64,
    /// What was live at the fork, in requested bytes; zero without a fork.
    pub inherited: Blocks,
}

impl Class {
    /// Whether any block of this class was allocated or inherited.
    pub fn is_used(&self) -> bool {
        self.allocations > 0 || self.frees > 0 || self.live_blocks > 0
    }

    /// Adds the counters of another process for the same class. What that process inherited is
    /// left out, since it counts in the parent.
    pub(super) fn add(&mut self, other: &Self) {
        self.allocations = self.allocations.saturating_add(other.allocations);
        self.frees = self.frees.saturating_add(other.frees);
        self.requested_bytes = self.requested_bytes.saturating_add(other.requested_bytes);
        let own_blocks = other.live_blocks.saturating_sub(other.inherited.blocks);
        self.live_blocks = self.live_blocks.saturating_add(own_blocks);
        let own_bytes = other.live_bytes.saturating_sub(other.inherited.bytes);
        self.live_bytes = self.live_bytes.saturating_add(own_bytes);
    }
}

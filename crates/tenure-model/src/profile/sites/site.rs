//! A call stack that allocated, and what became of its blocks.

use super::{Figure, Histogram, Lifetime, Lifetimes, StackId};
use crate::unit::Ratio;

/// A call stack that allocated, over all threads and processes of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// The stack, a node of [`super::Sites::stacks`].
    pub stack: StackId,
    /// Blocks allocated.
    pub allocations: Figure,
    /// Blocks freed.
    pub frees: Figure,
    /// Bytes requested.
    pub allocated_bytes: Figure,
    /// Requested bytes of what was freed.
    pub freed_bytes: Figure,
    /// Requested bytes not freed at the end. A block shared through fork counts once, in the
    /// parent.
    pub live_bytes: Figure,
    /// Blocks not freed at the end.
    pub live_blocks: Figure,
    /// Requested bytes that were live at the global peak ([`super::Peak`]).
    pub peak_bytes: Figure,
    /// Blocks that were live at the global peak.
    pub peak_blocks: Figure,
    /// Requested bytes that were live when the process was first refused memory for its limit; from
    /// samples estimated, and 0 without a refusal.
    pub refusal_bytes: u64,
    /// Blocks that were live at that moment.
    pub refusal_blocks: u64,
    /// Usable bytes of what was allocated; from samples estimated.
    pub usable_bytes: u64,
    /// Usable bytes of the blocks not freed at the end; from samples estimated.
    pub usable_live_bytes: u64,
    /// Of the frees, those by another thread than the one that allocated.
    pub freed_remotely: Ratio,
    /// Of the frees, those in the same activation of the function that allocated.
    pub freed_in_same_frame: Ratio,
    /// Reallocations that kept the block where it was; from samples, of the samples.
    pub reallocs_in_place: u64,
    /// Reallocations that moved the block; from samples, of the samples.
    pub reallocs_moved: u64,
    /// Requested sizes.
    pub sizes: Histogram,
    /// The exact sizes that occur most, most frequent first; approximate when they are many.
    pub top_sizes: Vec<SizeCount>,
    /// Lifetimes in nanoseconds.
    pub lifetimes_ns: Lifetimes,
    /// Lifetimes in bytes that the process allocated meanwhile.
    pub lifetimes_bytes: Lifetimes,
    /// Samples that the figures rest on; `None` where every allocation was seen.
    pub samples: Option<u64>,
}

/// An exact size and how often it was requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeCount {
    /// Requested bytes.
    pub bytes: u64,
    /// How many allocations.
    pub count: u64,
}

impl Site {
    /// Bytes handed out beyond those requested, over all allocations.
    pub fn waste_bytes(&self) -> u64 {
        self.usable_bytes.saturating_sub(self.allocated_bytes.value)
    }

    /// Bytes beyond those requested, of the blocks not freed at the end.
    pub fn waste_live_bytes(&self) -> u64 {
        self.usable_live_bytes.saturating_sub(self.live_bytes.value)
    }

    /// The figure by which `key` orders: bytes, blocks or nanoseconds.
    pub fn by(&self, key: Key) -> u64 {
        match key {
            Key::Live => self.live_bytes.value,
            Key::Peak => self.peak_bytes.value,
            Key::Allocated => self.allocated_bytes.value,
            Key::Count => self.allocations.value,
            Key::Lifetime => self.lifetimes_ns.p50().map_or(0, Lifetime::least),
            Key::Waste => self.waste_bytes(),
        }
    }
}

/// By what sites are put in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Bytes live at the end.
    #[default]
    Live,
    /// Bytes live at the global peak.
    Peak,
    /// Bytes requested over the whole run.
    Allocated,
    /// Allocations.
    Count,
    /// Median lifetime; of a site whose median block lives on, the mean age of those that do.
    Lifetime,
    /// Bytes handed out beyond those requested.
    Waste,
}

impl Key {
    /// All keys.
    pub const ALL: [Self; 6] = [
        Self::Live,
        Self::Peak,
        Self::Allocated,
        Self::Count,
        Self::Lifetime,
        Self::Waste,
    ];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Peak => "peak",
            Self::Allocated => "allocated",
            Self::Count => "count",
            Self::Lifetime => "lifetime",
            Self::Waste => "waste",
        }
    }
}

//! What a heap has done and how it stands: the same counts for every strategy.

use crate::strategy::Work;

/// What a heap counts as it goes: some additions for each call, no walk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Blocks handed out.
    pub allocations: u64,
    /// Blocks given back.
    pub frees: u64,
    /// Requests refused because nothing free was large enough.
    pub failures: u64,
    /// Resizes in place.
    pub resizes: u64,
    /// The most free blocks (or words of a map) that one allocation looked at.
    pub visited_max: u64,
    /// The work of all calls.
    pub work: Work,
}

/// How a heap stands.
///
/// # Examples
/// ```
/// use tenure_place::{FirstFit, Heap, Inline};
/// let mut heap = Heap::new(FirstFit::new(), Inline::new([0; 128]));
/// let blocks = [100, 8, 100, 8].map(|bytes| heap.allocate(bytes, 8).unwrap().offset);
/// heap.free(blocks[0]).unwrap();
/// let metrics = heap.metrics();
/// assert_eq!((metrics.used_blocks, metrics.free_blocks), (3, 2));
/// assert!(metrics.external() > 0.0, "free bytes lie in two places");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Bytes of the span.
    pub span_bytes: usize,
    /// Bytes taken for metadata inside the span: what is neither used nor free.
    pub metadata_bytes: usize,
    /// Blocks in use.
    pub used_blocks: usize,
    /// Their usable bytes.
    pub used_bytes: usize,
    /// Bytes of them that were asked for.
    pub requested_bytes: usize,
    /// Free blocks.
    pub free_blocks: usize,
    /// Their usable bytes.
    pub free_bytes: usize,
    /// Usable bytes of the largest free block.
    pub largest_free: usize,
    /// Blocks handed out so far.
    pub allocations: u64,
    /// Blocks given back so far.
    pub frees: u64,
    /// Requests refused so far because nothing free was large enough.
    pub failures: u64,
    /// Resizes in place so far.
    pub resizes: u64,
    /// Free blocks (or words of a map) looked at so far.
    pub visited: u64,
    /// The most of them in one allocation: what the worst call costs, on any machine.
    pub visited_max: u64,
    /// Blocks cut in two so far.
    pub splits: u64,
    /// Pairs of free neighbours joined so far.
    pub coalesces: u64,
}

impl Metrics {
    /// Internal fragmentation: the part of used bytes that nobody asked for, 0 to 1.
    #[must_use]
    pub fn internal(&self) -> f64 {
        part(
            self.used_bytes - self.requested_bytes.min(self.used_bytes),
            self.used_bytes,
        )
    }

    /// External fragmentation: 1 − largest free / total free, 0 to 1; 0 if nothing is free.
    #[must_use]
    pub fn external(&self) -> f64 {
        part(
            self.free_bytes - self.largest_free.min(self.free_bytes),
            self.free_bytes,
        )
    }

    /// Free blocks (or words of a map) looked at for one allocation, on average.
    #[must_use]
    pub fn visited_mean(&self) -> f64 {
        self.visited as f64 / self.allocations.max(1) as f64
    }
}

fn part(bytes: usize, of: usize) -> f64 {
    bytes as f64 / of.max(1) as f64
}

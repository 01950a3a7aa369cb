//! A shard of a state file: where each counter lies, and the counters as structs.
//!
//! Offsets are in bytes from the start of the shard. A shard has a head of 64 bytes (one cache
//! line), then one entry of 32 bytes for each class.

/// `u64`: one of the `STATE_` constants.
pub const STATE_OFFSET: usize = 0;
/// `i64`, bytes: requested live bytes that this shard has not yet published.
pub const LIVE_DELTA_BYTES_OFFSET: usize = 8;
/// `i64`, bytes: the highest live delta since the last publication.
pub const LIVE_DELTA_MAX_BYTES_OFFSET: usize = 16;
/// `u64`, bytes: usable bytes of the huge blocks that were allocated.
pub const HUGE_USABLE_BYTES_OFFSET: usize = 24;
/// `u64`, bytes: usable bytes of the huge blocks that were freed.
pub const HUGE_USABLE_FREED_BYTES_OFFSET: usize = 32;
/// `u64`, calls: reallocations that kept the block where it was.
pub const REALLOCS_IN_PLACE_OFFSET: usize = 40;
/// `u64`, calls: reallocations that moved the block.
pub const REALLOCS_MOVED_OFFSET: usize = 48;
/// `u64`, calls: frees by another thread than the one that owns the heap page.
pub const FREES_REMOTE_OFFSET: usize = 56;
/// Where the entry of class 0 begins.
pub const CLASSES_OFFSET: usize = 64;

/// Size of the entry of one class, in bytes.
pub const CLASS_BYTES: usize = 32;
/// `u64`, blocks, within an entry: allocations. In shard 0: blocks inherited.
pub const CLASS_ALLOCATIONS_OFFSET: usize = 0;
/// `u64`, blocks, within an entry: frees.
pub const CLASS_FREES_OFFSET: usize = 8;
/// `u64`, bytes, within an entry: bytes requested. In shard 0: live bytes inherited.
pub const CLASS_REQUESTED_BYTES_OFFSET: usize = 16;
/// `u64`, bytes, within an entry: requested bytes of what was freed.
pub const CLASS_REQUESTED_FREED_BYTES_OFFSET: usize = 24;

/// Value at [`STATE_OFFSET`]: never used.
pub const STATE_UNUSED: u64 = 0;
/// Value at [`STATE_OFFSET`]: a thread counts in it.
pub const STATE_IN_USE: u64 = 1;
/// Value at [`STATE_OFFSET`]: its thread has finished, the next may take it over.
pub const STATE_IDLE: u64 = 2;

/// Size of a shard of `class_count` classes in bytes, a multiple of 64.
pub const fn bytes_for(class_count: usize) -> usize {
    (CLASSES_OFFSET + class_count * CLASS_BYTES).next_multiple_of(64)
}

/// The counters at the head of a shard. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct ShardHead {
    pub state: u64,
    pub live_delta_bytes: i64,
    pub live_delta_max_bytes: i64,
    pub huge_usable_bytes: u64,
    pub huge_usable_freed_bytes: u64,
    pub reallocs_in_place: u64,
    pub reallocs_moved: u64,
    pub frees_remote: u64,
}

/// The counters of one class in one shard. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct ClassCounts {
    pub allocations: u64,
    pub frees: u64,
    pub requested_bytes: u64,
    pub requested_freed_bytes: u64,
}

const _: () = assert!(FREES_REMOTE_OFFSET + 8 == CLASSES_OFFSET);
const _: () = assert!(CLASSES_OFFSET == 64);
const _: () = assert!(CLASS_REQUESTED_FREED_BYTES_OFFSET + 8 == CLASS_BYTES);
const _: () = assert!(size_of::<ShardHead>() == CLASSES_OFFSET);
const _: () = assert!(size_of::<ClassCounts>() == CLASS_BYTES);
const _: () = assert!(bytes_for(0) == 64);
const _: () = assert!(bytes_for(1) == 128);
const _: () = assert!(bytes_for(2) == 128);
const _: () = assert!(bytes_for(super::header::CLASS_CAPACITY).is_multiple_of(64));

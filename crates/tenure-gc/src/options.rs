//! What is chosen when a heap is made.

use crate::pacing::Pacing;

/// How old objects that may point to young ones are found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RememberedSet {
    /// A list of the objects written to: a collection looks at these alone.
    Log,
    /// A card table: a bit for each 512 bytes of old memory. A collection looks through all objects
    /// that begin in a dirty card, and through those of the large ones that were written to. No
    /// list grows, whatever is written; its neighbours are looked through with each object.
    Cards,
}

/// What keeps an incremental mark from losing objects that are moved behind its back.
///
/// All three begin with the bit that remembers writes for minor collections, so they cost the same
/// where nothing is written twice; they differ in what is done with an object written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::manual_non_exhaustive,
    reason = "the hidden one is for tests, not a reserve"
)]
pub enum Barrier {
    /// It is looked through again (Steele). O(1) in the barrier, all its slots in the mark.
    Backward,
    /// What it points to at the next minor collection is shaded (Dijkstra).
    Forward,
    /// What it pointed to before the write is shaded, in the barrier: the mark finds what was
    /// reached when it began (Yuasa).
    Snapshot,
    /// Nothing: objects are lost. For the tests that show why there is a barrier.
    #[doc(hidden)]
    Off,
}

/// How a heap is made.
///
/// # Examples
/// ```
/// use tenure_gc::Options;
/// let options = Options { eden_bytes: 1 << 20, ..Options::default() };
/// assert!(options.survivor_bytes > 0);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The heap's name in the ledger, where all heaps of one name are one account. Without a name
    /// it has none.
    pub name: &'static str,
    /// Bytes of new objects after which [`crate::Heap::poll`] collects the young generation.
    pub eden_bytes: usize,
    /// Microseconds that a collection of the young generation should take: Eden is made smaller, a
    /// sixteenth of `eden_bytes` at least, while so much survives that it takes longer. 0 leaves
    /// Eden as it is.
    pub minor_us_goal: u64,
    /// Bytes that one mutation may allocate beyond Eden; then `try_alloc` refuses.
    pub overdraft_bytes: usize,
    /// Bytes of one of the two halves for survivors. What does not fit is promoted early.
    pub survivor_bytes: usize,
    /// Collections that an object survives among the young ones, 0 to 15: it is promoted by the
    /// next. 1 promotes what survives a second time; a program that follows the rule of thumb "more
    /// than three collections" says 3. When survivors fill more than half of their half, or four
    /// fifths of Eden survive, objects are promoted younger for a while.
    pub tenure_age: u8,
    /// Bytes that the old generation may grow to, large objects included.
    pub old_bytes_max: usize,
    /// How old objects that may point to young ones are found again.
    pub remembered_set: RememberedSet,
    /// The barrier of incremental marks.
    pub barrier: Barrier,
    /// When the whole heap is collected.
    pub pacing: Pacing,
    /// Grey objects that the mark stack holds at most.
    pub mark_stack_len_max: usize,
    /// How many milliseconds a [`crate::Soft`] pointer keeps an object without being used, for each
    /// MiB that the old generation may still grow by. With 0, those used since the last pause do.
    pub soft_ms_per_free_mb: u64,
    /// The clock that soft pointers go by, in nanoseconds from some fixed point: it never goes
    /// back.
    pub clock_ns: fn() -> u64,
    /// Collect at every so many polls, whatever they find; 0 is never. Under stress nobody may
    /// touch where objects were: the empty half is protected, and Eden is overwritten.
    pub stress: u32,
    /// Check all invariants after each collection, and panic if one does not hold.
    pub verify: bool,
}

impl Default for Options {
    /// Eden of 4 MiB, halves as large, promotion at the second collection survived.
    fn default() -> Self {
        let small = cfg!(any(miri, tenure_replaced_os, tenure_memcheck));
        Self {
            name: "",
            eden_bytes: if small { 64 << 10 } else { 4 << 20 },
            minor_us_goal: 4000,
            overdraft_bytes: if small { 8 << 20 } else { 1 << 30 },
            survivor_bytes: if small { 64 << 10 } else { 4 << 20 },
            tenure_age: 1,
            old_bytes_max: if small { 16 << 20 } else { 64 << 30 },
            remembered_set: RememberedSet::Log,
            barrier: Barrier::Backward,
            pacing: Pacing::default(),
            mark_stack_len_max: 16 << 20,
            soft_ms_per_free_mb: 1000,
            clock_ns: tenure_os::clock::monotonic_ns,
            stress: 0,
            verify: false,
        }
    }
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapFull {
    /// Bytes that were asked for.
    pub bytes: usize,
}

impl core::fmt::Display for HeapFull {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "the heap has no room for {} bytes: end the mutation and collect, or allow more \
             (`Options::old_bytes_max`, `Options::overdraft_bytes`)",
            self.bytes
        )
    }
}

impl core::error::Error for HeapFull {}

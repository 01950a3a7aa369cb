//! Watching blocks: what a recorder is told of them, and the tag that it keeps beside each.
//!
//! Off by default, and then nothing of it is executed. A recorder turns it on before the first
//! block exists ([`watch_into`]), in one of two ways:
//! * [`Watching::Every`]: each block is told and tagged, and counted as [`crate::counters`] says.
//! * [`Watching::Sampled`]: of all bytes asked for, one is drawn at random now and then, and the
//!   block that has it is told and tagged. Such blocks live on pages of a heap of their own, the
//!   `twin`, so that a free finds them by the owner it looks at anyway; all other
//!   blocks cost one subtraction when they are handed out and nothing when they come back.
//!
//! A tag lies in side memory of the block's slot (16 bytes each), is written when the block is
//! handed out and read when it comes back.

use crate::counters::{self, CounterSource};
use core::sync::atomic::{AtomicPtr, Ordering};

/// Bytes of a tag.
pub(crate) const TAG_BYTES: usize = size_of::<Tag>();

/// What a recorder notes of a block as long as it is in use. Zero: nothing was noted.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag(pub [u64; 2]);

impl Tag {
    /// Of a block that the recorder was not told of.
    pub const NONE: Self = Self([0; 2]);
}

/// A block in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Where it starts.
    pub address: usize,
    /// Bytes asked for. Of more than 64 KiB that were not asked for, the rest counts as asked for.
    pub requested_bytes: usize,
    /// Bytes that it has.
    pub usable_bytes: usize,
}

/// What a heap has from the recorder: given by [`CounterSource::acquire`], passed to each call.
pub type Notebook = *mut ();

/// What a recorder does. Each is called on the thread that works with the heap of the
/// [`Notebook`], without heap locks, and must not allocate.
pub struct Watcher {
    /// A block is handed out. Returns its tag, which is not [`Tag::NONE`].
    pub allocated: unsafe fn(Notebook, Watched) -> Tag,
    /// A block comes back; the flag: another thread's heap had handed it out.
    pub freed: unsafe fn(Notebook, Watched, Tag, bool),
    /// A block keeps its place; first as it was, then as it is.
    pub resized: unsafe fn(Notebook, Watched, Watched, Tag),
    /// The block with the second tag was handed out in place of the one with the first, whose
    /// contents it has; that one comes back next.
    pub moved: unsafe fn(Notebook, Tag, Tag),
    /// How many bytes are asked for until the next sample, at least 1. The number: how many bytes
    /// beyond the last gap the block ended that it fell on.
    pub gap: unsafe fn(Notebook, u64) -> u64,
}

/// Which blocks are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watching {
    /// All of them.
    Every,
    /// Those that the gaps between samples end in.
    Sampled,
}

static WATCHER: AtomicPtr<Watcher> = AtomicPtr::new(core::ptr::null_mut());

/// Turns watching on for this process. Call before the first block is allocated.
pub fn watch_into(source: &'static CounterSource, watcher: &'static Watcher, what: Watching) {
    WATCHER.store(core::ptr::from_ref(watcher).cast_mut(), Ordering::Release);
    counters::turn_on(
        source,
        match what {
            Watching::Every => counters::Mode::Every,
            Watching::Sampled => counters::Mode::Sampled,
        },
    );
}

/// The watcher, when one is there.
pub(crate) fn watcher() -> Option<&'static Watcher> {
    // SAFETY: null, or the `'static` reference that `watch_into` was given.
    unsafe { WATCHER.load(Ordering::Acquire).as_ref() }
}

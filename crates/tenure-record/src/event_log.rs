//! The stream of one heap's events, written chunk by chunk into the events file.
//!
//! **Invariant:** the bytes of an event are stored before the chunk's length says that they are
//! there, so that a reader of a killed process's file finds whole events.

use crate::profile;
use core::ptr::{copy_nonoverlapping, with_exposed_provenance, with_exposed_provenance_mut};
use core::sync::atomic::Ordering::{Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicU64};
use tenure_os::files;
use tenure_trace::events::{
    CHUNK_BYTES, CHUNK_HEADER_BYTES, Context, EVENT_BYTES_MAX, Event, ORDER_OFFSET, SHARD_OFFSET,
    START_OFFSET, TIME_UNIT_NS, USED_OFFSET,
};

/// Where a heap's next event goes. All zero is one that has no chunk.
pub(crate) struct EventLog {
    /// Address of the chunk; 0 for none.
    chunk: usize,
    used: usize,
    order: u64,
    context: Context,
}

impl EventLog {
    /// Forgets the chunk, which belongs to another process or shard.
    pub(crate) fn restart(&mut self) {
        self.chunk = 0;
        self.order = 0;
    }

    /// Writes down what happened at `time_ns` in the heap that counts into `shard`.
    #[inline]
    pub(crate) fn write(&mut self, shard: u32, time_ns: u64, event: Event) {
        let time = time_ns / TIME_UNIT_NS;
        if (self.chunk == 0 || self.used + EVENT_BYTES_MAX > CHUNK_BYTES - CHUNK_HEADER_BYTES)
            && !self.begin_chunk(shard, time)
        {
            return profile::lose_event();
        }
        let mut bytes = [0; EVENT_BYTES_MAX];
        let len = self.context.encode(time, event, &mut bytes);
        let to = self.chunk + CHUNK_HEADER_BYTES + self.used;
        // SAFETY: the chunk is mapped, this heap's alone, and has room for the longest event.
        unsafe { copy_nonoverlapping(bytes.as_ptr(), with_exposed_provenance_mut(to), len) };
        self.used += len;
        word(self.chunk, USED_OFFSET).store(self.used as u32, Release);
    }

    #[cold]
    fn begin_chunk(&mut self, shard: u32, time: u64) -> bool {
        if self.chunk != 0 {
            // What is full is the file's; it need not stay in this process's memory.
            files::let_go(self.chunk, CHUNK_BYTES);
        }
        let Some(chunk) = profile::take_chunk() else {
            self.chunk = 0;
            return false;
        };
        self.chunk = chunk;
        self.used = 0;
        self.context = Context::new(time);
        long_word(chunk, START_OFFSET).store(time, Relaxed);
        long_word(chunk, ORDER_OFFSET).store(self.order, Relaxed);
        word(chunk, SHARD_OFFSET).store(shard, Release);
        self.order += 1;
        true
    }
}

fn word(chunk: usize, offset: usize) -> &'static AtomicU32 {
    // SAFETY: chunks are mapped, begin at a multiple of 4096, and the offsets of their headers are
    // multiples of the field's size; any bytes are a valid atomic.
    unsafe { &*with_exposed_provenance(chunk + offset) }
}

fn long_word(chunk: usize, offset: usize) -> &'static AtomicU64 {
    // SAFETY: as in `word`.
    unsafe { &*with_exposed_provenance(chunk + offset) }
}

//! The header of a state file as atomics in shared memory.
//!
//! The fields are those of [`tenure_trace::state::header`], in its order; the assertions below hold
//! each to its offset. Counters are added to with relaxed atomics: nothing else hangs on them.

use crate::accounts::Row;
use core::mem::offset_of;
use core::sync::atomic::Ordering::{Relaxed, Release};
use core::sync::atomic::{AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64};
use tenure_os::clock;
use tenure_trace::state::account::ACCOUNTS_MAX;
use tenure_trace::state::header;

/// The header, laid over the first bytes of the file.
#[repr(C)]
pub(crate) struct Head {
    magic: AtomicU64,
    pub(crate) version: AtomicU32,
    pub(crate) header_bytes: AtomicU32,
    pub(crate) shard_bytes: AtomicU32,
    pub(crate) shard_capacity: AtomicU32,
    pub(crate) shard_count: AtomicU32,
    pub(crate) class_count: AtomicU32,
    pub(crate) pid: AtomicU32,
    pub(crate) ppid: AtomicU32,
    pub(crate) start_unix_ns: AtomicU64,
    pub(crate) start_mono_ns: AtomicU64,
    pub(crate) end_mono_ns: AtomicU64,
    pub(crate) end: AtomicU32,
    pub(crate) flags: AtomicU32,
    pub(crate) held_bytes: AtomicU64,
    pub(crate) held_peak_bytes: AtomicU64,
    pub(crate) live_published_bytes: AtomicI64,
    pub(crate) live_peak_bytes: AtomicU64,
    pub(crate) resident_peak_bytes: AtomicU64,
    pub(crate) threads_started: AtomicU64,
    pub(crate) threads_live: AtomicU64,
    pub(crate) threads_peak: AtomicU64,
    pub(crate) mode: AtomicU32,
    reserved_mode: AtomicU32,
    pub(crate) sample_rate_bytes: AtomicU64,
    pub(crate) peak_epoch: AtomicU64,
    pub(crate) peak_live_bytes: AtomicU64,
    pub(crate) peak_mono_ns: AtomicU64,
    pub(crate) allocated_clock_bytes: AtomicU64,
    pub(crate) scan_signal: AtomicU32,
    pub(crate) scan_requests: AtomicU32,
    pub(crate) scan_begun: AtomicU32,
    pub(crate) scan_done: AtomicU32,
    pub(crate) scan_status: AtomicU32,
    pub(crate) accounts_wanted: AtomicU32,
    pub(crate) scan_pause_ns: AtomicU64,
    pub(crate) limit_bytes: AtomicU64,
    pub(crate) refusals: AtomicU64,
    pub(crate) refused_bytes: AtomicU64,
    pub(crate) refused_held_bytes: AtomicU64,
    pub(crate) refused_mapped_bytes: AtomicU64,
    pub(crate) program: Text<{ header::PROGRAM_CAPACITY }>,
    pub(crate) command: Text<{ header::COMMAND_CAPACITY }>,
    pub(crate) class_usable_bytes: [AtomicU64; header::CLASS_CAPACITY],
    pub(crate) first_huge_class: AtomicU64,
    pub(crate) account_count: AtomicU32,
    pub(crate) accounts_left_out: AtomicU32,
    pub(crate) accounts: [Row; ACCOUNTS_MAX],
}

/// A text with its length before it.
#[repr(C)]
pub(crate) struct Text<const CAPACITY: usize> {
    len: AtomicU16,
    bytes: [AtomicU8; CAPACITY],
}

impl<const CAPACITY: usize> Text<CAPACITY> {
    /// Writes `text`, cut to the capacity.
    pub(crate) fn set(&self, text: &[u8]) {
        for (cell, &byte) in self.bytes.iter().zip(text) {
            cell.store(byte, Relaxed);
        }
        self.len.store(text.len().min(CAPACITY) as u16, Relaxed);
    }
}

impl Head {
    /// Says that the header is whole: readers take a file without the magic for an empty one.
    pub(crate) fn complete(&self) {
        self.magic.store(u64::from_le_bytes(header::MAGIC), Release);
    }

    /// Notes what a thread has added to the requested live bytes since it last said so, and how
    /// high it was in between.
    pub(crate) fn publish(&self, delta_bytes: i64, delta_max_bytes: i64) {
        let before = self.live_published_bytes.fetch_add(delta_bytes, Relaxed);
        let peak = before.saturating_add(delta_max_bytes.max(delta_bytes));
        self.live_peak_bytes
            .fetch_max(u64::try_from(peak).unwrap_or(0), Relaxed);
    }

    /// The live bytes are about to fall from `live_bytes`, of which the process has so many now: if
    /// that is more than ever, the records' figures at the peak are to be taken anew.
    #[inline]
    pub(crate) fn fall(&self, live_bytes: i64) {
        let highest = self.peak_live_bytes.load(Relaxed).cast_signed();
        if live_bytes > highest {
            self.rise_to(live_bytes, highest);
        }
    }

    #[cold]
    fn rise_to(&self, live_bytes: i64, highest: i64) {
        // Threads that rise together would else chase each other through every few bytes.
        let step = if self.threads_live.load(Relaxed) > 1 {
            highest >> 10
        } else {
            0
        };
        if live_bytes - highest > step {
            let live_bytes = live_bytes.cast_unsigned();
            self.peak_live_bytes.fetch_max(live_bytes, Relaxed);
            self.peak_epoch.fetch_add(1, Relaxed);
            self.peak_mono_ns.store(clock::monotonic_ns(), Relaxed);
        }
    }

    /// The number of the last peak; records keep its lower half.
    pub(crate) fn epoch(&self) -> u32 {
        self.peak_epoch.load(Relaxed) as u32
    }

    /// Notes how much is mapped for the heap.
    pub(crate) fn set_held(&self, bytes: u64) {
        self.held_bytes.store(bytes, Relaxed);
        self.held_peak_bytes.fetch_max(bytes, Relaxed);
    }

    /// Counts a thread that allocates for the first time.
    pub(crate) fn thread_started(&self) {
        self.threads_started.fetch_add(1, Relaxed);
        let live = self.threads_live.fetch_add(1, Relaxed) + 1;
        self.threads_peak.fetch_max(live, Relaxed);
    }

    /// Counts the end of such a thread.
    pub(crate) fn thread_finished(&self) {
        self.threads_live.fetch_sub(1, Relaxed);
    }
}

// The format is little-endian, and so is every machine we run on.
const _: () = assert!(cfg!(target_endian = "little"));
const _: () = assert!(size_of::<Head>() <= header::HEADER_BYTES);
const _: () = assert!(offset_of!(Head, magic) == header::MAGIC_OFFSET);
const _: () = assert!(offset_of!(Head, version) == header::VERSION_OFFSET);
const _: () = assert!(offset_of!(Head, header_bytes) == header::HEADER_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, shard_bytes) == header::SHARD_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, shard_capacity) == header::SHARD_CAPACITY_OFFSET);
const _: () = assert!(offset_of!(Head, shard_count) == header::SHARD_COUNT_OFFSET);
const _: () = assert!(offset_of!(Head, class_count) == header::CLASS_COUNT_OFFSET);
const _: () = assert!(offset_of!(Head, pid) == header::PID_OFFSET);
const _: () = assert!(offset_of!(Head, ppid) == header::PPID_OFFSET);
const _: () = assert!(offset_of!(Head, start_unix_ns) == header::START_UNIX_NS_OFFSET);
const _: () = assert!(offset_of!(Head, start_mono_ns) == header::START_MONO_NS_OFFSET);
const _: () = assert!(offset_of!(Head, end_mono_ns) == header::END_MONO_NS_OFFSET);
const _: () = assert!(offset_of!(Head, end) == header::END_OFFSET);
const _: () = assert!(offset_of!(Head, flags) == header::FLAGS_OFFSET);
const _: () = assert!(offset_of!(Head, held_bytes) == header::HELD_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, held_peak_bytes) == header::HELD_PEAK_BYTES_OFFSET);
const _: () =
    assert!(offset_of!(Head, live_published_bytes) == header::LIVE_PUBLISHED_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, live_peak_bytes) == header::LIVE_PEAK_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, resident_peak_bytes) == header::RESIDENT_PEAK_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, threads_started) == header::THREADS_STARTED_OFFSET);
const _: () = assert!(offset_of!(Head, threads_live) == header::THREADS_LIVE_OFFSET);
const _: () = assert!(offset_of!(Head, threads_peak) == header::THREADS_PEAK_OFFSET);
const _: () = assert!(offset_of!(Head, mode) == header::MODE_OFFSET);
const _: () = assert!(offset_of!(Head, sample_rate_bytes) == header::SAMPLE_RATE_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, peak_epoch) == header::PEAK_EPOCH_OFFSET);
const _: () = assert!(offset_of!(Head, peak_live_bytes) == header::PEAK_LIVE_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, peak_mono_ns) == header::PEAK_MONO_NS_OFFSET);
const _: () =
    assert!(offset_of!(Head, allocated_clock_bytes) == header::ALLOCATED_CLOCK_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, scan_signal) == header::SCAN_SIGNAL_OFFSET);
const _: () = assert!(offset_of!(Head, scan_requests) == header::SCAN_REQUESTS_OFFSET);
const _: () = assert!(offset_of!(Head, scan_begun) == header::SCAN_BEGUN_OFFSET);
const _: () = assert!(offset_of!(Head, scan_done) == header::SCAN_DONE_OFFSET);
const _: () = assert!(offset_of!(Head, scan_status) == header::SCAN_STATUS_OFFSET);
const _: () = assert!(offset_of!(Head, accounts_wanted) == header::ACCOUNTS_WANTED_OFFSET);
const _: () = assert!(offset_of!(Head, scan_pause_ns) == header::SCAN_PAUSE_NS_OFFSET);
const _: () = assert!(offset_of!(Head, limit_bytes) == header::LIMIT_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, refusals) == header::REFUSALS_OFFSET);
const _: () = assert!(offset_of!(Head, refused_bytes) == header::REFUSED_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, refused_held_bytes) == header::REFUSED_HELD_BYTES_OFFSET);
const _: () =
    assert!(offset_of!(Head, refused_mapped_bytes) == header::REFUSED_MAPPED_BYTES_OFFSET);
const _: () = assert!(offset_of!(Head, program) == header::PROGRAM_OFFSET);
const _: () = assert!(offset_of!(Head, command) == header::COMMAND_OFFSET);
const _: () = assert!(offset_of!(Head, class_usable_bytes) == header::CLASS_TABLE_OFFSET);
const _: () = assert!(offset_of!(Head, first_huge_class) == header::FIRST_HUGE_CLASS_OFFSET);
const _: () = assert!(offset_of!(Head, account_count) == header::ACCOUNT_COUNT_OFFSET);
const _: () = assert!(offset_of!(Head, accounts_left_out) == header::ACCOUNTS_LEFT_OUT_OFFSET);
const _: () = assert!(offset_of!(Head, accounts) == header::ACCOUNTS_OFFSET);

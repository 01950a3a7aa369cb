//! The header of a state file: where each field lies, and the fields as a struct.
//!
//! Offsets are in bytes from the start of the file.

use super::account::{ACCOUNT_BYTES, ACCOUNTS_MAX};

/// The first eight bytes of every state file.
pub const MAGIC: [u8; 8] = *b"TNRSTAT1";
/// The version of the layout that this crate writes and reads.
pub const VERSION: u32 = 1;
/// Size of the header in bytes; shard 0 begins here.
pub const HEADER_BYTES: usize = 8192;
/// Entries for which the class table has room.
pub const CLASS_CAPACITY: usize = 160;
/// Bytes for which the program path has room, without its length field.
pub const PROGRAM_CAPACITY: usize = 1022;
/// Bytes for which the command line has room, without its length field.
pub const COMMAND_CAPACITY: usize = 4094;

/// `[u8; 8]`: [`MAGIC`].
pub const MAGIC_OFFSET: usize = 0;
/// `u32`: [`VERSION`].
pub const VERSION_OFFSET: usize = 8;
/// `u32`, bytes: [`HEADER_BYTES`].
pub const HEADER_BYTES_OFFSET: usize = 12;
/// `u32`, bytes: size of one shard, [`super::shard::bytes_for`] of the class count.
pub const SHARD_BYTES_OFFSET: usize = 16;
/// `u32`, shards: how many the file has room for. Grows while the process runs.
pub const SHARD_CAPACITY_OFFSET: usize = 20;
/// `u32`, shards: how many were ever used, shard 0 among them. Grows while the process runs.
pub const SHARD_COUNT_OFFSET: usize = 24;
/// `u32`, classes: entries of the class table, at most [`CLASS_CAPACITY`].
pub const CLASS_COUNT_OFFSET: usize = 28;
/// `u32`: process id.
pub const PID_OFFSET: usize = 32;
/// `u32`: process id of the parent when recording began.
pub const PPID_OFFSET: usize = 36;
/// `u64`, nanoseconds since 1970 (wall clock): when recording began.
pub const START_UNIX_NS_OFFSET: usize = 40;
/// `u64`, nanoseconds of `CLOCK_MONOTONIC`: when recording began.
pub const START_MONO_NS_OFFSET: usize = 48;
/// `u64`, nanoseconds of `CLOCK_MONOTONIC`: when the process ended; 0 while it runs, and for good
/// when it was killed.
pub const END_MONO_NS_OFFSET: usize = 56;
/// `u32`: how the process ended, one of the `END_` constants.
pub const END_OFFSET: usize = 64;
/// `u32`: the `FLAG_` bits.
pub const FLAGS_OFFSET: usize = 68;
/// `u64`, bytes: mapped for the heap now.
pub const HELD_BYTES_OFFSET: usize = 72;
/// `u64`, bytes: the most that was ever mapped for the heap.
pub const HELD_PEAK_BYTES_OFFSET: usize = 80;
/// `i64`, bytes: requested live bytes, as far as threads have published them.
pub const LIVE_PUBLISHED_BYTES_OFFSET: usize = 88;
/// `u64`, bytes: the most requested live bytes that any publication has seen.
pub const LIVE_PEAK_BYTES_OFFSET: usize = 96;
/// `u64`, bytes: the kernel's resident peak (`VmHWM`) as the process last read it.
pub const RESIDENT_PEAK_BYTES_OFFSET: usize = 104;
/// `u64`, threads: how many threads ever allocated.
pub const THREADS_STARTED_OFFSET: usize = 112;
/// `u64`, threads: those of them that run now.
pub const THREADS_LIVE_OFFSET: usize = 120;
/// `u64`, threads: the most that ran at one time.
pub const THREADS_PEAK_OFFSET: usize = 128;
/// `u32`: what is recorded of each allocation, one of the `MODE_` constants.
pub const MODE_OFFSET: usize = 136;
/// `u64`, bytes: mean gap between two samples; 0 outside [`MODE_SAMPLE`].
pub const SAMPLE_RATE_BYTES_OFFSET: usize = 144;
/// `u64`: number of the global peak that site records refer to; it counts up with each new peak.
pub const PEAK_EPOCH_OFFSET: usize = 152;
/// `u64`, bytes: requested live bytes at that peak.
pub const PEAK_LIVE_BYTES_OFFSET: usize = 160;
/// `u64`, nanoseconds of `CLOCK_MONOTONIC`: when that peak was.
pub const PEAK_MONO_NS_OFFSET: usize = 168;
/// `u64`, bytes: how far the clock of allocated bytes has run.
pub const ALLOCATED_CLOCK_BYTES_OFFSET: usize = 176;
/// `u32`: the signal on which the process looks at its heap; 0 while it cannot.
pub const SCAN_SIGNAL_OFFSET: usize = 184;
/// `u32`: how often somebody outside has asked for a look at the heap. Written from outside.
pub const SCAN_REQUESTS_OFFSET: usize = 188;
/// `u32`: how many of these requests the process has taken up.
pub const SCAN_BEGUN_OFFSET: usize = 192;
/// `u32`: how many looks at the heap have ended, well or not.
pub const SCAN_DONE_OFFSET: usize = 196;
/// `u32`: how the last of them ended: 0 well, else one of the `SCAN_` constants.
pub const SCAN_STATUS_OFFSET: usize = 200;
/// `u32`: 1 where somebody outside wants to know what managers of memory hold now. Written from
/// outside, before the signal of [`SCAN_SIGNAL_OFFSET`] is sent; 0 again when the accounts are
/// written.
pub const ACCOUNTS_WANTED_OFFSET: usize = 204;
/// `u64`, nanoseconds: how long the program stood still for the last of them.
pub const SCAN_PAUSE_NS_OFFSET: usize = 208;
/// `u64`, bytes: the most that the process may hold; 0 for no limit.
pub const LIMIT_BYTES_OFFSET: usize = 216;
/// `u64`, requests: how many have failed for the limit.
pub const REFUSALS_OFFSET: usize = 224;
/// `u64`, bytes: what the first of them asked for.
pub const REFUSED_BYTES_OFFSET: usize = 232;
/// `u64`, bytes: what counted against the limit at that moment.
pub const REFUSED_HELD_BYTES_OFFSET: usize = 240;
/// `u64`, bytes: of these, what the program had mapped for itself, beside `malloc`.
pub const REFUSED_MAPPED_BYTES_OFFSET: usize = 248;
/// `u16` length in bytes, then at most [`PROGRAM_CAPACITY`] bytes: path of the program.
pub const PROGRAM_OFFSET: usize = 256;
/// `u16` length in bytes, then at most [`COMMAND_CAPACITY`] bytes: the arguments, joined by NUL,
/// cut where they are longer.
pub const COMMAND_OFFSET: usize = 1280;
/// `u64` × [`CLASS_CAPACITY`], bytes: what a block of each class can be used for. Of a huge class
/// (see [`FIRST_HUGE_CLASS_OFFSET`]) it is the upper bound.
pub const CLASS_TABLE_OFFSET: usize = 5376;
/// `u64`, index into the class table: from here on the classes are ranges of huge blocks.
pub const FIRST_HUGE_CLASS_OFFSET: usize = 6656;
/// `u32`, records: accounts of the ledger ([`super::account`]) that follow.
pub const ACCOUNT_COUNT_OFFSET: usize = 6664;
/// `u32`, accounts: for which there was no room.
pub const ACCOUNTS_LEFT_OUT_OFFSET: usize = 6668;
/// Where the records of accounts begin.
pub const ACCOUNTS_OFFSET: usize = 6672;
/// First byte of the part that no field uses yet; zero up to the header's end.
pub const RESERVED_OFFSET: usize = ACCOUNTS_OFFSET + ACCOUNT_BYTES * ACCOUNTS_MAX;

/// Value at [`END_OFFSET`]: still running, or gone without leaving through `exit`.
pub const END_NONE: u32 = 0;
/// Value at [`END_OFFSET`]: left through `exit` or the end of `main`.
pub const END_EXIT: u32 = 1;
/// Value at [`END_OFFSET`]: stopped by a fault in its use of the heap, such as a double free.
pub const END_FAULT: u32 = 2;

/// Value at [`MODE_OFFSET`]: counters of the heap alone, no call stacks.
pub const MODE_STATS: u32 = 0;
/// Value at [`MODE_OFFSET`]: call stacks of sampled allocations.
pub const MODE_SAMPLE: u32 = 1;
/// Value at [`MODE_OFFSET`]: call stacks of every allocation.
pub const MODE_EVERY: u32 = 2;
/// Value at [`MODE_OFFSET`]: call stacks of every allocation, and the stream of all events.
pub const MODE_EVENTS: u32 = 3;

/// Value at [`SCAN_STATUS_OFFSET`]: no memory for the tables of blocks.
pub const SCAN_NO_MEMORY: u32 = 1;
/// Value at [`SCAN_STATUS_OFFSET`]: the graph file could not be written.
pub const SCAN_NO_FILE: u32 = 2;
/// Value at [`SCAN_STATUS_OFFSET`]: `/proc` could not be read.
pub const SCAN_NO_PROC: u32 = 3;

/// Bit at [`FLAGS_OFFSET`]: forked without exec, so shard 0 holds inherited blocks.
pub const FLAG_FORKED: u32 = 1;

/// The numbers of a header that vary between processes.
///
/// The constant ones (magic, version, sizes) are checked by [`super::StateView::parse`] and
/// written by [`super::StateImage::format`]. Each field is documented at its offset constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field has the documentation of its offset constant"
)]
pub struct Header {
    pub shard_capacity: u32,
    pub shard_count: u32,
    pub pid: u32,
    pub ppid: u32,
    pub start_unix_ns: u64,
    pub start_mono_ns: u64,
    pub end_mono_ns: u64,
    pub end: u32,
    pub flags: u32,
    pub held_bytes: u64,
    pub held_peak_bytes: u64,
    pub live_published_bytes: i64,
    pub live_peak_bytes: u64,
    pub resident_peak_bytes: u64,
    pub threads_started: u64,
    pub threads_live: u64,
    pub threads_peak: u64,
    pub first_huge_class: u64,
    pub mode: u32,
    pub sample_rate_bytes: u64,
    pub peak_epoch: u64,
    pub peak_live_bytes: u64,
    pub peak_mono_ns: u64,
    pub allocated_clock_bytes: u64,
    pub scan_signal: u32,
    pub scan_requests: u32,
    pub scan_begun: u32,
    pub scan_done: u32,
    pub scan_status: u32,
    pub accounts_wanted: u32,
    pub scan_pause_ns: u64,
    pub limit_bytes: u64,
    pub refusals: u64,
    pub refused_bytes: u64,
    pub refused_held_bytes: u64,
    pub refused_mapped_bytes: u64,
}

impl Header {
    /// Whether the process was forked without exec, and so began with blocks of its parent.
    pub fn is_forked(&self) -> bool {
        self.flags & FLAG_FORKED != 0
    }
}

// The fields follow each other without overlap, in this order.
const _: () = assert!(MAGIC_OFFSET + MAGIC.len() == VERSION_OFFSET);
const _: () = assert!(VERSION_OFFSET + 4 == HEADER_BYTES_OFFSET);
const _: () = assert!(HEADER_BYTES_OFFSET + 4 == SHARD_BYTES_OFFSET);
const _: () = assert!(SHARD_BYTES_OFFSET + 4 == SHARD_CAPACITY_OFFSET);
const _: () = assert!(SHARD_CAPACITY_OFFSET + 4 == SHARD_COUNT_OFFSET);
const _: () = assert!(SHARD_COUNT_OFFSET + 4 == CLASS_COUNT_OFFSET);
const _: () = assert!(CLASS_COUNT_OFFSET + 4 == PID_OFFSET);
const _: () = assert!(PID_OFFSET + 4 == PPID_OFFSET);
const _: () = assert!(PPID_OFFSET + 4 == START_UNIX_NS_OFFSET);
const _: () = assert!(START_UNIX_NS_OFFSET + 8 == START_MONO_NS_OFFSET);
const _: () = assert!(START_MONO_NS_OFFSET + 8 == END_MONO_NS_OFFSET);
const _: () = assert!(END_MONO_NS_OFFSET + 8 == END_OFFSET);
const _: () = assert!(END_OFFSET + 4 == FLAGS_OFFSET);
const _: () = assert!(FLAGS_OFFSET + 4 == HELD_BYTES_OFFSET);
const _: () = assert!(HELD_BYTES_OFFSET + 8 == HELD_PEAK_BYTES_OFFSET);
const _: () = assert!(HELD_PEAK_BYTES_OFFSET + 8 == LIVE_PUBLISHED_BYTES_OFFSET);
const _: () = assert!(LIVE_PUBLISHED_BYTES_OFFSET + 8 == LIVE_PEAK_BYTES_OFFSET);
const _: () = assert!(LIVE_PEAK_BYTES_OFFSET + 8 == RESIDENT_PEAK_BYTES_OFFSET);
const _: () = assert!(RESIDENT_PEAK_BYTES_OFFSET + 8 == THREADS_STARTED_OFFSET);
const _: () = assert!(THREADS_STARTED_OFFSET + 8 == THREADS_LIVE_OFFSET);
const _: () = assert!(THREADS_LIVE_OFFSET + 8 == THREADS_PEAK_OFFSET);
const _: () = assert!(THREADS_PEAK_OFFSET + 8 == MODE_OFFSET);
const _: () = assert!(MODE_OFFSET + 8 == SAMPLE_RATE_BYTES_OFFSET);
const _: () = assert!(SAMPLE_RATE_BYTES_OFFSET + 8 == PEAK_EPOCH_OFFSET);
const _: () = assert!(PEAK_EPOCH_OFFSET + 8 == PEAK_LIVE_BYTES_OFFSET);
const _: () = assert!(PEAK_LIVE_BYTES_OFFSET + 8 == PEAK_MONO_NS_OFFSET);
const _: () = assert!(PEAK_MONO_NS_OFFSET + 8 == ALLOCATED_CLOCK_BYTES_OFFSET);
const _: () = assert!(ALLOCATED_CLOCK_BYTES_OFFSET + 8 == SCAN_SIGNAL_OFFSET);
const _: () = assert!(SCAN_SIGNAL_OFFSET + 4 == SCAN_REQUESTS_OFFSET);
const _: () = assert!(SCAN_REQUESTS_OFFSET + 4 == SCAN_BEGUN_OFFSET);
const _: () = assert!(SCAN_BEGUN_OFFSET + 4 == SCAN_DONE_OFFSET);
const _: () = assert!(SCAN_DONE_OFFSET + 4 == SCAN_STATUS_OFFSET);
const _: () = assert!(SCAN_STATUS_OFFSET + 4 == ACCOUNTS_WANTED_OFFSET);
const _: () = assert!(ACCOUNTS_WANTED_OFFSET + 4 == SCAN_PAUSE_NS_OFFSET);
const _: () = assert!(SCAN_PAUSE_NS_OFFSET + 8 == LIMIT_BYTES_OFFSET);
const _: () = assert!(LIMIT_BYTES_OFFSET + 8 == REFUSALS_OFFSET);
const _: () = assert!(REFUSALS_OFFSET + 8 == REFUSED_BYTES_OFFSET);
const _: () = assert!(REFUSED_BYTES_OFFSET + 8 == REFUSED_HELD_BYTES_OFFSET);
const _: () = assert!(REFUSED_HELD_BYTES_OFFSET + 8 == REFUSED_MAPPED_BYTES_OFFSET);
const _: () = assert!(REFUSED_MAPPED_BYTES_OFFSET + 8 == PROGRAM_OFFSET);
const _: () = assert!(PROGRAM_OFFSET + 2 + PROGRAM_CAPACITY == COMMAND_OFFSET);
const _: () = assert!(COMMAND_OFFSET + 2 + COMMAND_CAPACITY == CLASS_TABLE_OFFSET);
const _: () = assert!(CLASS_TABLE_OFFSET + 8 * CLASS_CAPACITY == FIRST_HUGE_CLASS_OFFSET);
const _: () = assert!(FIRST_HUGE_CLASS_OFFSET + 8 == ACCOUNT_COUNT_OFFSET);
const _: () = assert!(ACCOUNT_COUNT_OFFSET + 4 == ACCOUNTS_LEFT_OUT_OFFSET);
const _: () = assert!(ACCOUNTS_LEFT_OUT_OFFSET + 4 == ACCOUNTS_OFFSET);
const _: () = assert!(RESERVED_OFFSET <= HEADER_BYTES);
// Atomics of 8 bytes need 8-byte alignment, and shards begin on a cache line.
const _: () = assert!(START_UNIX_NS_OFFSET.is_multiple_of(8));
const _: () = assert!(HELD_BYTES_OFFSET.is_multiple_of(8));
const _: () = assert!(CLASS_TABLE_OFFSET.is_multiple_of(8));
const _: () = assert!(HEADER_BYTES.is_multiple_of(64));
// A length of 16 bits reaches every text.
const _: () = assert!(PROGRAM_CAPACITY <= u16::MAX as usize);
const _: () = assert!(COMMAND_CAPACITY <= u16::MAX as usize);

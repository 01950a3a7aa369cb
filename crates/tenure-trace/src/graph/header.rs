//! The header of a graph file.
//!
//! Offsets are in bytes from the start of the file.

use super::GraphError;
use crate::little_endian::{array_at, put, u32_at, u64_at};

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"TNRGRPH1";
/// The version of the layout that this crate writes and reads.
pub const VERSION: u32 = 1;
/// Size of the header in bytes; the first group begins here.
pub const HEADER_BYTES: usize = 256;

/// Bit of the flags: the file was written to its end.
pub const FLAG_COMPLETE: u32 = 1;
/// Bit of the flags: it was written by a copy of the process, which went on meanwhile.
pub const FLAG_COPY: u32 = 2;
/// Bit of the flags: some memory that may hold roots could not be read.
pub const FLAG_INCOMPLETE_ROOTS: u32 = 4;

/// Why the heap was looked at: the program left through `exit`.
pub const REASON_EXIT: u32 = 1;
/// Why the heap was looked at: somebody outside asked for it.
pub const REASON_REQUEST: u32 = 2;
/// Why the heap was looked at: the program itself asked for it.
pub const REASON_CALL: u32 = 3;

/// The numbers of the header, in the order in which they are written from byte 16 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphHeader {
    /// Process id.
    pub pid: u32,
    /// Number of the program image among those of the same process id.
    pub seq: u32,
    /// The `FLAG_` bits.
    pub flags: u32,
    /// One of the `REASON_` constants.
    pub reason: u32,
    /// Threads that were stopped, the one that looked included.
    pub threads: u32,
    /// Threads that hold signals back or did not stop in time; their stacks were read in full.
    pub threads_unanswered: u32,
    /// When: nanoseconds of `CLOCK_MONOTONIC`.
    pub mono_ns: u64,
    /// How long the threads stood still, in nanoseconds.
    pub pause_ns: u64,
    /// How long it took to read everything, in nanoseconds.
    pub scan_ns: u64,
    /// Blocks in the file.
    pub blocks: u64,
    /// Edges in the file.
    pub edges: u64,
    /// References in the file.
    pub references: u64,
    /// Bytes of blocks that were read.
    pub block_bytes: u64,
    /// Bytes of roots that were read.
    pub root_bytes: u64,
    /// How often the process has been looked at, this time included.
    pub number: u64,
}

impl GraphHeader {
    /// Checks the header at the start of `bytes`, and reads it.
    ///
    /// # Errors
    /// [`GraphError`] where it is cut short, blank, of another kind or version.
    pub fn parse(bytes: &[u8]) -> Result<Self, GraphError> {
        let have_bytes = bytes.len();
        let short = GraphError::Short { have_bytes };
        let found = array_at(bytes, 0).ok_or(short)?;
        if found == [0; 8] {
            return Err(GraphError::Blank);
        }
        if found != MAGIC {
            return Err(GraphError::Magic { found });
        }
        if have_bytes < HEADER_BYTES {
            return Err(short);
        }
        let version = u32_at(bytes, 8).ok_or(short)?;
        if version != VERSION {
            return Err(GraphError::Version { found: version });
        }
        let at = |offset| u32_at(bytes, offset).ok_or(short);
        let long_at = |offset| u64_at(bytes, offset).ok_or(short);
        Ok(Self {
            pid: at(16)?,
            seq: at(20)?,
            flags: at(24)?,
            reason: at(28)?,
            threads: at(32)?,
            threads_unanswered: at(36)?,
            mono_ns: long_at(40)?,
            pause_ns: long_at(48)?,
            scan_ns: long_at(56)?,
            blocks: long_at(64)?,
            edges: long_at(72)?,
            references: long_at(80)?,
            block_bytes: long_at(88)?,
            root_bytes: long_at(96)?,
            number: long_at(104)?,
        })
    }

    /// The header as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        // Every offset is a constant within the header, so that each of these fits.
        let _ = put(&mut bytes, 0, &MAGIC);
        let numbers = [
            VERSION,
            HEADER_BYTES as u32,
            self.pid,
            self.seq,
            self.flags,
            self.reason,
            self.threads,
            self.threads_unanswered,
        ];
        for (index, number) in numbers.into_iter().enumerate() {
            let _ = put(&mut bytes, 8 + 4 * index, &number.to_le_bytes());
        }
        let longs = [
            self.mono_ns,
            self.pause_ns,
            self.scan_ns,
            self.blocks,
            self.edges,
            self.references,
            self.block_bytes,
            self.root_bytes,
            self.number,
        ];
        for (index, long) in longs.into_iter().enumerate() {
            let _ = put(&mut bytes, 40 + 8 * index, &long.to_le_bytes());
        }
        bytes
    }

    /// Whether the file was written to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.flags & FLAG_COMPLETE != 0
    }
}

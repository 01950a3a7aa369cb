//! The header of a pages file.
//!
//! Offsets are in bytes from the start of the file.

use super::PagesError;
use crate::little_endian::{array_at, put, u32_at, u64_at};

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"TNRPAGE1";
/// The version of the layout that this crate writes and reads.
pub const VERSION: u32 = 1;
/// Size of the header in bytes; the first class row begins here.
pub const HEADER_BYTES: usize = 128;

/// Bit of the flags: the file was written to its end.
pub const FLAG_COMPLETE: u32 = 1;
/// Bit of the flags: it was written by a copy of the process, which went on meanwhile.
pub const FLAG_COPY: u32 = 2;
/// Bit of the flags: of each block is known which call stack asked for it.
pub const FLAG_SITES: u32 = 4;
/// Bit of the flags: of each block is known how much was asked for. Else all of it counts as asked
/// for, but for blocks that have pages of their own; and blocks that one thread has freed and their
/// owner not taken back count as in use.
pub const FLAG_REQUESTED: u32 = 8;
/// Bit of the flags: there was no memory for more sites; blocks of the others are of site 0.
pub const FLAG_SITES_FULL: u32 = 16;

/// The numbers of the header, in the order in which they are written from byte 16 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagesHeader {
    /// Process id.
    pub pid: u32,
    /// Number of the program image among those of the same process id.
    pub seq: u32,
    /// The `FLAG_` bits.
    pub flags: u32,
    /// One of the `REASON_` constants of [`crate::graph`].
    pub reason: u32,
    /// Threads that stood still, the one that counted included.
    pub threads: u32,
    /// Threads that could not be stopped; the figures may be wrong by what they did meanwhile.
    pub threads_unanswered: u32,
    /// Class rows in the file.
    pub class_rows: u32,
    /// Bytes of an OS page.
    pub os_page_bytes: u32,
    /// When: nanoseconds of `CLOCK_MONOTONIC`.
    pub mono_ns: u64,
    /// How long it took, in nanoseconds.
    pub took_ns: u64,
    /// Bytes that the heap holds by its own running count.
    pub held_bytes: u64,
    /// Resident bytes of free slices.
    pub free_slice_bytes: u64,
    /// Bytes of free slices that are not resident: given back, or never written.
    pub empty_slice_bytes: u64,
    /// Bytes of tables beside the heap: headers of pages, what was asked for, tags.
    pub table_bytes: u64,
    /// Site rows in the file.
    pub site_rows: u64,
}

impl PagesHeader {
    /// Checks the header at the start of `bytes`, and reads it.
    ///
    /// # Errors
    /// [`PagesError`] where it is cut short, blank, of another kind or version.
    pub fn parse(bytes: &[u8]) -> Result<Self, PagesError> {
        let have_bytes = bytes.len();
        let short = PagesError::Short { have_bytes };
        let found = array_at(bytes, 0).ok_or(short)?;
        if found == [0; 8] {
            return Err(PagesError::Blank);
        }
        if found != MAGIC {
            return Err(PagesError::Magic { found });
        }
        if have_bytes < HEADER_BYTES {
            return Err(short);
        }
        let version = u32_at(bytes, 8).ok_or(short)?;
        if version != VERSION {
            return Err(PagesError::Version { found: version });
        }
        let at = |index: usize| u32_at(bytes, 16 + 4 * index).ok_or(short);
        let long_at = |index: usize| u64_at(bytes, 48 + 8 * index).ok_or(short);
        Ok(Self {
            pid: at(0)?,
            seq: at(1)?,
            flags: at(2)?,
            reason: at(3)?,
            threads: at(4)?,
            threads_unanswered: at(5)?,
            class_rows: at(6)?,
            os_page_bytes: at(7)?,
            mono_ns: long_at(0)?,
            took_ns: long_at(1)?,
            held_bytes: long_at(2)?,
            free_slice_bytes: long_at(3)?,
            empty_slice_bytes: long_at(4)?,
            table_bytes: long_at(5)?,
            site_rows: long_at(6)?,
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
            self.class_rows,
            self.os_page_bytes,
        ];
        for (index, number) in numbers.into_iter().enumerate() {
            let _ = put(&mut bytes, 8 + 4 * index, &number.to_le_bytes());
        }
        let longs = [
            self.mono_ns,
            self.took_ns,
            self.held_bytes,
            self.free_slice_bytes,
            self.empty_slice_bytes,
            self.table_bytes,
            self.site_rows,
        ];
        for (index, long) in longs.into_iter().enumerate() {
            let _ = put(&mut bytes, 48 + 8 * index, &long.to_le_bytes());
        }
        bytes
    }

    /// Whether one of the `FLAG_` bits is set.
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

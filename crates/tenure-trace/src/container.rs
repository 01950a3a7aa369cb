//! The `.tnr` file: a row of checksummed sections, each readable on its own.
//!
//! # Shape
//!
//! ```text
//! ├─ magic 8 ─┼─ version 4 ─┼─ sections 4 ─┤                     file header, 16 bytes
//! ├─ tag 4 ─┼─ crc32 4 ─┼─ payload length 8 ─┼─ payload ─┼─ 0… ─┤  section, repeated
//! ```
//!
//! All integers are little-endian. The checksum is the CRC-32 of IEEE 802.3 over the payload;
//! zeros fill each payload up to a multiple of 8 bytes. A section count of 0 means that the writer
//! did not know it: sections go on to the end of the file.
//!
//! # Salvage
//!
//! [`Sections`] yields every section that is whole, and an error for each place where one is not:
//! a damaged payload is stepped over, a cut ends the iteration.

mod crc;
mod error;
mod reader;
mod writer;

pub use crc::Crc32;
pub use error::ContainerError;
pub use reader::{Section, Sections};
pub use writer::{file_header, padding, section_header, section_header_of};

use core::fmt;

/// The first eight bytes of every container. The line end betrays a transfer in text mode.
pub const MAGIC: [u8; 8] = *b"TENURE\r\n";
/// The version of the container that this crate writes and reads.
pub const VERSION: u32 = 1;
/// Size of the file header in bytes.
pub const FILE_HEADER_BYTES: usize = 16;
/// Size of the header of a section in bytes.
pub const SECTION_HEADER_BYTES: usize = 16;
/// Each payload is filled up to a multiple of this, in bytes.
pub const PAYLOAD_ALIGN_BYTES: usize = 8;

/// `[u8; 8]`, from the start of the file: [`MAGIC`].
pub const MAGIC_OFFSET: usize = 0;
/// `u32`, from the start of the file: [`VERSION`].
pub const VERSION_OFFSET: usize = 8;
/// `u32`, from the start of the file: number of sections, 0 for unknown.
pub const SECTION_COUNT_OFFSET: usize = 12;

/// `[u8; 4]`, from the start of a section: its [`Tag`].
pub const TAG_OFFSET: usize = 0;
/// `u32`, from the start of a section: [`Crc32`] of the payload.
pub const CRC_OFFSET: usize = 4;
/// `u64`, bytes, from the start of a section: length of the payload.
pub const PAYLOAD_LENGTH_OFFSET: usize = 8;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub [u8; 4]);

impl Tag {
    /// JSON text about the run as a whole.
    pub const META: Self = Self(*b"META");
    /// One state file ([`crate::state`]), cut after its last used shard.
    pub const PROC: Self = Self(*b"PROC");
    /// The call stacks of one process ([`crate::profile::node`]).
    pub const NODE: Self = Self(*b"NODE");
    /// The site records of one process ([`crate::profile::site`]).
    pub const SITE: Self = Self(*b"SITE");
    /// The programs and libraries of one process ([`crate::profile::module`]).
    pub const MODU: Self = Self(*b"MODU");
    /// The live and the held bytes of one process over time ([`crate::profile::timeline`]).
    pub const TIME: Self = Self(*b"TIME");
    /// The events of one process: the header of the file as it is, then one zstd frame of what
    /// follows it.
    pub const EVNT: Self = Self(*b"EVNT");
    /// The interpreted functions of one process ([`crate::profile::code`]).
    pub const CODE: Self = Self(*b"CODE");
    /// The heap of one process at one moment ([`crate::graph`]): the header of the file as it is,
    /// then one zstd frame of what follows it.
    pub const GRPH: Self = Self(*b"GRPH");
    /// What the heap of one process held at one moment ([`crate::pages`]): the header of the file
    /// as it is, then one zstd frame of what follows it.
    pub const PAGE: Self = Self(*b"PAGE");
    /// JSON text: names of functions and lines, once for the whole run.
    pub const SYMS: Self = Self(*b"SYMS");
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

const _: () = assert!(MAGIC_OFFSET + MAGIC.len() == VERSION_OFFSET);
const _: () = assert!(VERSION_OFFSET + 4 == SECTION_COUNT_OFFSET);
const _: () = assert!(SECTION_COUNT_OFFSET + 4 == FILE_HEADER_BYTES);
const _: () = assert!(TAG_OFFSET + 4 == CRC_OFFSET);
const _: () = assert!(CRC_OFFSET + 4 == PAYLOAD_LENGTH_OFFSET);
const _: () = assert!(PAYLOAD_LENGTH_OFFSET + 8 == SECTION_HEADER_BYTES);
const _: () = assert!(FILE_HEADER_BYTES.is_multiple_of(PAYLOAD_ALIGN_BYTES));
const _: () = assert!(SECTION_HEADER_BYTES.is_multiple_of(PAYLOAD_ALIGN_BYTES));

#[cfg(test)]
mod tests;

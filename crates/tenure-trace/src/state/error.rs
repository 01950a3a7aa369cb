//! Why bytes are not a state file.

use core::fmt;

/// Why a state file cannot be read, or cannot be laid out.
///
/// The message names the field, its byte and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// The bytes end inside the header.
    Short {
        /// Bytes at hand.
        have_bytes: usize,
        /// Bytes needed.
        need_bytes: usize,
    },
    /// The header is all zeros where the magic should be: the process ended before it wrote it.
    Blank,
    /// The first eight bytes are something else.
    Magic {
        /// What is there.
        found: [u8; 8],
    },
    /// Another version of the layout.
    Version {
        /// What is there.
        found: u32,
    },
    /// A size or count of the header is not what the layout allows.
    Field {
        /// Name of the field.
        name: &'static str,
        /// Where it lies, in bytes from the start of the file.
        offset: usize,
        /// What is there.
        found: u64,
        /// The lowest value that is allowed.
        min: u64,
        /// The highest value that is allowed.
        max: u64,
    },
    /// A shard or class was named for which the bytes have no room.
    Room {
        /// Bytes at hand.
        have_bytes: usize,
        /// Bytes needed.
        need_bytes: usize,
    },
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short {
                have_bytes,
                need_bytes,
            } => write!(
                f,
                "state file cut short: the header needs {need_bytes} bytes, {have_bytes} are \
                 left; nothing of it can be salvaged, record again"
            ),
            Self::Blank => write!(
                f,
                "state file without content: bytes 0 to 7 are zero, so the process ended before \
                 it counted anything; record again"
            ),
            Self::Magic { found } => write!(
                f,
                "not a state file: bytes 0 to 7 are \"{}\" instead of \"{}\"; check the file name",
                found.escape_ascii(),
                super::header::MAGIC.escape_ascii()
            ),
            Self::Version { found } => write!(
                f,
                "state file of version {found} (byte {}); this program reads version {}: read it \
                 with the tenure that recorded it",
                super::header::VERSION_OFFSET,
                super::header::VERSION
            ),
            Self::Field {
                name,
                offset,
                found,
                min,
                max,
            } if min == max => write!(
                f,
                "state file damaged: {name} at byte {offset} is {found} and must be {min}; \
                 record again"
            ),
            Self::Field {
                name,
                offset,
                found,
                min,
                max,
            } => write!(
                f,
                "state file damaged: {name} at byte {offset} is {found}, outside {min} to {max}; \
                 record again"
            ),
            Self::Room {
                have_bytes,
                need_bytes,
            } => write!(
                f,
                "state file too small to write: {need_bytes} bytes are needed, {have_bytes} are \
                 there; make it larger"
            ),
        }
    }
}

impl core::error::Error for StateError {}

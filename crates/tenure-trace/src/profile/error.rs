//! Why bytes are not an array file of a profile.

use super::array::{HEADER_BYTES, Kind, VERSION, VERSION_OFFSET};
use core::fmt;

/// Why an array file cannot be read. The message names the file, the byte and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// The bytes end inside the header.
    Short {
        /// Which file.
        kind: Kind,
        /// Bytes at hand.
        have_bytes: usize,
    },
    /// The header is zeros: the process ended before it wrote it.
    Blank {
        /// Which file.
        kind: Kind,
    },
    /// The first eight bytes are something else.
    Magic {
        /// Which file was expected.
        kind: Kind,
        /// What is there.
        found: [u8; 8],
    },
    /// Another version of the layout.
    Version {
        /// Which file.
        kind: Kind,
        /// What is there.
        found: u32,
    },
    /// A size of the header is not what the layout allows.
    Field {
        /// Which file.
        kind: Kind,
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
}

impl ProfileError {
    /// Whether the file was not begun: it is empty, or its header was never written.
    pub fn is_unbegun(&self) -> bool {
        matches!(self, Self::Blank { .. } | Self::Short { have_bytes: 0, .. })
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { kind, have_bytes } => write!(
                f,
                "{} file cut short: the header needs {HEADER_BYTES} bytes, {have_bytes} are left; \
                 nothing of it can be salvaged, record again",
                kind.name()
            ),
            Self::Blank { kind } => write!(
                f,
                "{} file without content: bytes 0 to 7 are zero, so the process ended before it \
                 wrote anything; record again",
                kind.name()
            ),
            Self::Magic { kind, found } => write!(
                f,
                "not a {} file: bytes 0 to 7 are \"{}\" instead of \"{}\"; check the file name",
                kind.name(),
                found.escape_ascii(),
                kind.magic().escape_ascii()
            ),
            Self::Version { kind, found } => write!(
                f,
                "{} file of version {found} (byte {VERSION_OFFSET}); this program reads version \
                 {VERSION}: read it with the tenure that recorded it",
                kind.name()
            ),
            Self::Field {
                kind,
                name,
                offset,
                found,
                min,
                max,
            } => {
                let kind = kind.name();
                write!(f, "{kind} file damaged: {name} at byte {offset} is {found}")?;
                if min == max {
                    write!(f, " and must be {min}; record again")
                } else {
                    write!(f, ", outside {min} to {max}; record again")
                }
            }
        }
    }
}

impl core::error::Error for ProfileError {}

//! Why bytes are not the census of a heap's pages.

use super::header::{HEADER_BYTES, MAGIC, VERSION};
use core::fmt;

/// Why a pages file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesError {
    /// The bytes end inside the header.
    Short {
        /// Bytes at hand.
        have_bytes: usize,
    },
    /// The header is zeros: whoever wrote it was stopped before it was whole.
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
}

impl fmt::Display for PagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { have_bytes } => write!(
                f,
                "pages file cut short: the header needs {HEADER_BYTES} bytes, {have_bytes} are \
                 left; record again"
            ),
            Self::Blank => f.write_str(
                "pages file without content: the process ended while its pages were counted; \
                 record again",
            ),
            Self::Magic { found } => write!(
                f,
                "not a pages file: bytes 0 to 7 are \"{}\" instead of \"{}\"; check the file name",
                found.escape_ascii(),
                MAGIC.escape_ascii()
            ),
            Self::Version { found } => write!(
                f,
                "pages file of version {found} (byte 8); this program reads version {VERSION}: \
                 read it with the tenure that recorded it"
            ),
        }
    }
}

impl core::error::Error for PagesError {}

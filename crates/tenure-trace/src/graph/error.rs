//! Why bytes are not the graph of a heap.

use super::header::{HEADER_BYTES, MAGIC, VERSION};
use core::fmt;

/// Why a graph file cannot be read, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphError {
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
    /// Something that is no record, or only the beginning of one.
    Torn {
        /// Where it begins, in bytes from the start of the file.
        at_byte: usize,
        /// Blocks that came before it.
        blocks: u64,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { have_bytes } => write!(
                f,
                "graph file cut short: the header needs {HEADER_BYTES} bytes, {have_bytes} are \
                 left; look at the heap again"
            ),
            Self::Blank => f.write_str(
                "graph file without content: the process ended while its heap was looked at; look \
                 at the heap again",
            ),
            Self::Magic { found } => write!(
                f,
                "not a graph file: bytes 0 to 7 are \"{}\" instead of \"{}\"; check the file name",
                found.escape_ascii(),
                MAGIC.escape_ascii()
            ),
            Self::Version { found } => write!(
                f,
                "graph file of version {found} (byte 8); this program reads version {VERSION}: \
                 read it with the tenure that recorded it"
            ),
            Self::Torn { at_byte, blocks } => write!(
                f,
                "graph file torn or damaged at byte {at_byte}: {blocks} blocks before it can be \
                 read; look at the heap again for all of them"
            ),
        }
    }
}

impl core::error::Error for GraphError {}

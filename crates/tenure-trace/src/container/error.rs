//! Why a container, or one section of it, cannot be read.

use super::{FILE_HEADER_BYTES, MAGIC, Tag, VERSION, VERSION_OFFSET};
use core::fmt;

/// Why a container, or one section of it, cannot be read.
///
/// The message names the section, its byte and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// The bytes end inside the file header.
    Short {
        /// Bytes at hand.
        have_bytes: usize,
    },
    /// The first eight bytes are something else.
    Magic {
        /// What is there.
        found: [u8; 8],
    },
    /// Another version of the container.
    Version {
        /// What is there.
        found: u32,
    },
    /// The file ends inside a section; everything from `offset` on is lost.
    Cut {
        /// Where the section begins, in bytes from the start of the file.
        offset: usize,
        /// Its tag, where that is still there.
        tag: Option<Tag>,
        /// Bytes that the section needs from `offset` on.
        need_bytes: u64,
        /// Bytes that are left.
        have_bytes: usize,
    },
    /// The payload of a section is not what was written; this section alone is lost.
    Checksum {
        /// Where the section begins, in bytes from the start of the file.
        offset: usize,
        /// Its tag.
        tag: Tag,
        /// The checksum that was written.
        stored: u32,
        /// The checksum of the bytes that are there.
        computed: u32,
    },
    /// The file ends between two sections although its header promises more.
    Missing {
        /// Where the file ends, in bytes from its start.
        offset: usize,
        /// Sections that the header promises.
        promised: u32,
        /// Sections that are there.
        found: u32,
    },
    /// Bytes follow the last section that the header promises.
    Trailing {
        /// Where they begin, in bytes from the start of the file.
        offset: usize,
        /// How many they are.
        extra_bytes: usize,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { have_bytes } => write!(
                f,
                "record cut short: the file header needs {FILE_HEADER_BYTES} bytes, {have_bytes} \
                 are there; nothing can be salvaged, record again"
            ),
            Self::Magic { found } => write!(
                f,
                "not a Tenure record: bytes 0 to 7 are \"{}\" instead of \"{}\"; check the file \
                 name, and that it was not copied as text",
                found.escape_ascii(),
                MAGIC.escape_ascii()
            ),
            Self::Version { found } => write!(
                f,
                "record of version {found} (byte {VERSION_OFFSET}); this program reads version \
                 {VERSION}: read it with the tenure that recorded it"
            ),
            Self::Cut {
                offset,
                tag,
                need_bytes,
                have_bytes,
            } => {
                write!(f, "record cut short: the ")?;
                if let Some(tag) = tag {
                    write!(f, "{tag} ")?;
                }
                write!(
                    f,
                    "section at byte {offset} needs {need_bytes} bytes, {have_bytes} are left; \
                     what comes before it was read"
                )
            }
            Self::Checksum {
                offset,
                tag,
                stored,
                computed,
            } => write!(
                f,
                "record damaged: the {tag} section at byte {offset} has checksum {computed:#010x} \
                 instead of {stored:#010x}; it was left out, the others were read"
            ),
            Self::Missing {
                offset,
                promised,
                found,
            } => write!(
                f,
                "record cut short at byte {offset}: {promised} sections are promised, {found} are \
                 there; those were read"
            ),
            Self::Trailing {
                offset,
                extra_bytes,
            } => write!(
                f,
                "record with {extra_bytes} bytes too many from byte {offset} on; they were not \
                 read, cut them off if they were appended by mistake"
            ),
        }
    }
}

impl core::error::Error for ContainerError {}

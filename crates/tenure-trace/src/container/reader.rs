//! Reading a container: the whole sections, and where others are lost.

use super::{
    CRC_OFFSET, ContainerError, Crc32, FILE_HEADER_BYTES, MAGIC, MAGIC_OFFSET, PAYLOAD_ALIGN_BYTES,
    PAYLOAD_LENGTH_OFFSET, SECTION_COUNT_OFFSET, SECTION_HEADER_BYTES, TAG_OFFSET, Tag, VERSION,
    VERSION_OFFSET,
};
use crate::little_endian::{array_at, u32_at, u64_at};

/// One whole section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// What it holds.
    pub tag: Tag,
    /// Where it begins, in bytes from the start of the file.
    pub offset: usize,
    /// What was written, without the filling zeros.
    pub payload: &'a [u8],
}

/// The sections of a container, one after the other.
///
/// Yields `Err` for a section that is lost and goes on behind it; after a cut it ends.
///
/// ```
/// use tenure_trace::container::{Sections, Tag, file_header, padding, section_header};
///
/// let mut file = file_header(1).to_vec();
/// file.extend(section_header(Tag::META, b"{}"));
/// file.extend(b"{}");
/// file.extend(padding(2));
///
/// let section = Sections::parse(&file)?.next().unwrap()?;
/// assert_eq!((section.tag, section.payload), (Tag::META, &b"{}"[..]));
/// # Ok::<(), tenure_trace::container::ContainerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sections<'a> {
    bytes: &'a [u8],
    promised: u32,
    found: u32,
    /// Where the next section begins; `None` when the iteration has ended.
    next: Option<usize>,
}

impl<'a> Sections<'a> {
    /// Checks the file header.
    ///
    /// # Errors
    ///
    /// [`ContainerError`] where the header is cut short, foreign or of another version.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ContainerError> {
        let short = ContainerError::Short {
            have_bytes: bytes.len(),
        };
        let found = array_at(bytes, MAGIC_OFFSET).ok_or(short)?;
        if found != MAGIC {
            return Err(ContainerError::Magic { found });
        }
        let version = u32_at(bytes, VERSION_OFFSET).ok_or(short)?;
        if version != VERSION {
            return Err(ContainerError::Version { found: version });
        }
        let promised = u32_at(bytes, SECTION_COUNT_OFFSET).ok_or(short)?;
        Ok(Self {
            bytes,
            promised,
            found: 0,
            next: Some(FILE_HEADER_BYTES),
        })
    }

    /// How many sections the header promises; `None` where the writer did not know.
    pub fn promised(&self) -> Option<u32> {
        (self.promised != 0).then_some(self.promised)
    }

    /// Where the next section begins, in bytes from the start of the file; `None` at the end.
    pub fn position(&self) -> Option<usize> {
        self.next
    }

    /// The end of the sections was reached at `offset`: is it where the header puts it?
    fn end(&self, offset: usize) -> Option<ContainerError> {
        let (promised, found) = (self.promised, self.found);
        let extra_bytes = self.bytes.len().saturating_sub(offset);
        if promised == 0 {
            return None;
        }
        if found < promised {
            return Some(ContainerError::Missing {
                offset: self.bytes.len(),
                promised,
                found,
            });
        }
        (extra_bytes > 0).then_some(ContainerError::Trailing {
            offset,
            extra_bytes,
        })
    }

    /// The section at `offset` and the offset of the next one.
    fn section(&self, offset: usize) -> Result<(Section<'a>, u32, usize), ContainerError> {
        let left = self.bytes.get(offset..).unwrap_or_default();
        let tag = array_at(left, TAG_OFFSET).map(Tag);
        let cut = |payload: u64| ContainerError::Cut {
            offset,
            tag,
            need_bytes: (SECTION_HEADER_BYTES as u64).saturating_add(payload),
            have_bytes: left.len(),
        };
        let (Some(tag), Some(stored), Some(length)) = (
            tag,
            u32_at(left, CRC_OFFSET),
            u64_at(left, PAYLOAD_LENGTH_OFFSET),
        ) else {
            return Err(cut(0));
        };
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_add(SECTION_HEADER_BYTES))
            .ok_or(cut(length))?;
        let payload = left.get(SECTION_HEADER_BYTES..end).ok_or(cut(length))?;
        let filled = end
            .checked_next_multiple_of(PAYLOAD_ALIGN_BYTES)
            .unwrap_or(end);
        let next = offset.saturating_add(filled).min(self.bytes.len());
        Ok((
            Section {
                tag,
                offset,
                payload,
            },
            stored,
            next,
        ))
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>, ContainerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.next?;
        let all_found = self.promised != 0 && self.found == self.promised;
        if all_found || offset >= self.bytes.len() {
            self.next = None;
            return self.end(offset).map(Err);
        }
        let (section, stored, next) = match self.section(offset) {
            Ok(found) => found,
            Err(cut) => {
                self.next = None;
                return Some(Err(cut));
            }
        };
        self.found = self.found.saturating_add(1);
        self.next = Some(next);
        let computed = Crc32::of(section.payload);
        if computed == stored {
            return Some(Ok(section));
        }
        Some(Err(ContainerError::Checksum {
            offset,
            tag: section.tag,
            stored,
            computed,
        }))
    }
}

impl core::iter::FusedIterator for Sections<'_> {}

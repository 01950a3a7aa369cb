//! The bytes of a pages file, read in place.

use super::header::{HEADER_BYTES, PagesHeader};
use super::row::{CLASS_ROW_BYTES, ClassRow, SITE_ROW_BYTES, SiteRow};
use super::{FLAG_COMPLETE, PagesError};

/// A pages file, whole or cut: rows that are there in full can be read.
#[derive(Clone, Copy, Debug)]
pub struct PagesView<'a> {
    header: PagesHeader,
    classes: &'a [u8],
    sites: &'a [u8],
}

impl<'a> PagesView<'a> {
    /// Checks the header of `bytes`.
    ///
    /// # Errors
    /// Those of [`PagesHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PagesError> {
        let header = PagesHeader::parse(bytes)?;
        let rows = bytes.get(HEADER_BYTES..).unwrap_or_default();
        let classes = (header.class_rows as usize).saturating_mul(CLASS_ROW_BYTES);
        let (classes, rest) = rows.split_at(classes.min(rows.len()));
        let sites = usize::try_from(header.site_rows).unwrap_or(usize::MAX);
        let sites = sites.saturating_mul(SITE_ROW_BYTES).min(rest.len());
        Ok(Self {
            header,
            classes,
            sites: &rest[..sites],
        })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &PagesHeader {
        &self.header
    }

    /// The class rows that are whole.
    pub fn classes(&self) -> impl Iterator<Item = ClassRow> + use<'a> {
        let rows = self.classes.chunks_exact(CLASS_ROW_BYTES);
        rows.filter_map(ClassRow::decode)
    }

    /// The site rows that are whole.
    pub fn sites(&self) -> impl Iterator<Item = SiteRow> + use<'a> {
        let rows = self.sites.chunks_exact(SITE_ROW_BYTES);
        rows.filter_map(SiteRow::decode)
    }

    /// Whether all class rows are there.
    #[must_use]
    pub fn has_all_classes(&self) -> bool {
        self.header.has(FLAG_COMPLETE)
            && self.classes.len() / CLASS_ROW_BYTES == self.header.class_rows as usize
    }

    /// Whether all site rows are there, too.
    #[must_use]
    pub fn has_all_sites(&self) -> bool {
        self.has_all_classes()
            && (self.sites.len() / SITE_ROW_BYTES) as u64 == self.header.site_rows
    }
}

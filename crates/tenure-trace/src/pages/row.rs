//! The rows of a pages file.

use crate::little_endian::{put, u32_at, u64_at};

/// The class of blocks that have pages of their own.
pub const HUGE: u32 = u32::MAX;
/// Bytes of a [`ClassRow`].
pub const CLASS_ROW_BYTES: usize = 8 + 14 * 8;
/// Bytes of a [`SiteRow`].
pub const SITE_ROW_BYTES: usize = 8 + 8 * 8;

/// What the pages of one size class hold.
///
/// Of [`HUGE`] blocks each is a page and its only slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassRow {
    /// Its number, or [`HUGE`].
    pub class: u32,
    /// Usable bytes of a block; 0 for [`HUGE`].
    pub block_bytes: u64,
    /// Heap pages.
    pub pages: u64,
    /// Those of them with blocks in use and free slots.
    pub partly_pages: u64,
    /// Those of them without a block in use.
    pub empty_pages: u64,
    /// Blocks that they have room for.
    pub slots: u64,
    /// Blocks that they have cut out so far; the rest of a page is not used yet.
    pub carved: u64,
    /// Blocks in use.
    pub live_blocks: u64,
    /// Bytes asked for of these.
    pub live_bytes: u64,
    /// Bytes of these that were not asked for.
    pub waste_bytes: u64,
    /// Free slots on partly used pages.
    pub free_slots: u64,
    /// Resident bytes of these: they cannot be given back as long as their neighbours live.
    pub pinned_free_bytes: u64,
    /// Resident bytes of pages without a block in use.
    pub empty_bytes: u64,
    /// Resident bytes of the other pages that lie in no slot that was cut out yet.
    pub uncarved_bytes: u64,
    /// Bytes of slots that are not resident: given back to the kernel.
    pub purged_bytes: u64,
}

impl ClassRow {
    /// Resident bytes of the class's pages: the sum of the parts. `None` where they are more than
    /// a number holds.
    #[must_use]
    pub fn held_bytes(&self) -> Option<u64> {
        self.live_bytes
            .checked_add(self.waste_bytes)?
            .checked_add(self.pinned_free_bytes)?
            .checked_add(self.empty_bytes)?
            .checked_add(self.uncarved_bytes)
    }

    fn longs(&self) -> [u64; 14] {
        [
            self.block_bytes,
            self.pages,
            self.partly_pages,
            self.empty_pages,
            self.slots,
            self.carved,
            self.live_blocks,
            self.live_bytes,
            self.waste_bytes,
            self.free_slots,
            self.pinned_free_bytes,
            self.empty_bytes,
            self.uncarved_bytes,
            self.purged_bytes,
        ]
    }

    /// The row as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; CLASS_ROW_BYTES] {
        let mut bytes = [0; CLASS_ROW_BYTES];
        // Every offset is within the row.
        let _ = put(&mut bytes, 0, &self.class.to_le_bytes());
        for (index, long) in self.longs().into_iter().enumerate() {
            let _ = put(&mut bytes, 8 + 8 * index, &long.to_le_bytes());
        }
        bytes
    }

    /// The row at the start of `bytes`; `None` where it is cut.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let at = |index: usize| u64_at(bytes, 8 + 8 * index);
        Some(Self {
            class: u32_at(bytes, 0)?,
            block_bytes: at(0)?,
            pages: at(1)?,
            partly_pages: at(2)?,
            empty_pages: at(3)?,
            slots: at(4)?,
            carved: at(5)?,
            live_blocks: at(6)?,
            live_bytes: at(7)?,
            waste_bytes: at(8)?,
            free_slots: at(9)?,
            pinned_free_bytes: at(10)?,
            empty_bytes: at(11)?,
            uncarved_bytes: at(12)?,
            purged_bytes: at(13)?,
        })
    }
}

/// The blocks of one class that one call stack has in use, and what they pin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteRow {
    /// As [`ClassRow::class`].
    pub class: u32,
    /// Number of the call stack among those of the process; 0: not known.
    pub site: u32,
    /// Blocks in use.
    pub live_blocks: u64,
    /// Bytes asked for of these.
    pub live_bytes: u64,
    /// Bytes of these that were not asked for.
    pub waste_bytes: u64,
    /// Partly used pages with a block of the site.
    pub pages: u64,
    /// Its share of the free slots on them: of each page in proportion to its blocks there.
    pub pinned_free_bytes: u64,
    /// Those of the pages whose blocks in use are all of the site.
    pub alone_pages: u64,
    /// Blocks in use on these.
    pub alone_blocks: u64,
    /// Resident bytes of these.
    pub alone_bytes: u64,
}

impl SiteRow {
    fn longs(&self) -> [u64; 8] {
        [
            self.live_blocks,
            self.live_bytes,
            self.waste_bytes,
            self.pages,
            self.pinned_free_bytes,
            self.alone_pages,
            self.alone_blocks,
            self.alone_bytes,
        ]
    }

    /// The row as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; SITE_ROW_BYTES] {
        let mut bytes = [0; SITE_ROW_BYTES];
        // Every offset is within the row.
        let _ = put(&mut bytes, 0, &self.class.to_le_bytes());
        let _ = put(&mut bytes, 4, &self.site.to_le_bytes());
        for (index, long) in self.longs().into_iter().enumerate() {
            let _ = put(&mut bytes, 8 + 8 * index, &long.to_le_bytes());
        }
        bytes
    }

    /// The row at the start of `bytes`; `None` where it is cut.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let at = |index: usize| u64_at(bytes, 8 + 8 * index);
        Some(Self {
            class: u32_at(bytes, 0)?,
            site: u32_at(bytes, 4)?,
            live_blocks: at(0)?,
            live_bytes: at(1)?,
            waste_bytes: at(2)?,
            pages: at(3)?,
            pinned_free_bytes: at(4)?,
            alone_pages: at(5)?,
            alone_blocks: at(6)?,
            alone_bytes: at(7)?,
        })
    }
}

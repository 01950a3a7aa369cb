//! Where metadata lies: inline, in the region's own words, or out of band, in a caller's table.
//!
//! A strategy sees *granules* and never asks where their tags lie. A granule has an *id*, from 1;
//! 0 is nobody. A block is a run of granules named by its first.
//!
//! **Shape, inline.** A granule is a word. The tag of block `id` is the word `id - 1`, and its
//! payload begins with the word `id`; a free block keeps its links there. The last word is the tag
//! of the end.
//!
//! ```text
//! word    0    1     2     …       id-1  id            words-1
//!        [tag][payload …        ] [tag ][payload … ]   [end]
//! ```
//!
//! **Shape, out of band.** A granule is a power of two of bytes, of the caller's choice. The table
//! has two words for each granule (tag, links) and two for the end. The memory is not touched.

use crate::fault::FormatError;
use crate::region::{Region, WORD_BYTES};
use crate::tag::{GRANULES_MAX, Tag};
use tenure_base::Align;

/// A span to place blocks in, with its metadata. Implemented by [`Inline`] and [`Table`].
pub trait Space {
    /// What the contents lie in.
    type Data: Region;

    /// Granules before the payload of a block: one inline, none out of band.
    const HEADER: u32;
    /// Granules of the smallest block: a tag and links inline, one out of band.
    const SMALLEST: u32;

    /// What the contents lie in.
    fn data(&self) -> &Self::Data;

    /// What the contents lie in, to be written.
    fn data_mut(&mut self) -> &mut Self::Data;

    /// Bytes of a granule as a power of two.
    fn granule_log2(&self) -> u32;

    /// Granules for blocks.
    fn granules(&self) -> usize;

    /// The offset of the payload of block `id`, in bytes.
    fn offset_of(&self, id: u32) -> usize;

    /// The id of the block whose payload would begin at `offset`, inside the span or not; `None`
    /// between granules.
    fn id_of(&self, offset: usize) -> Option<u32>;

    /// What to add to an id for the number of its payload's granule in the address space.
    fn bias(&self) -> usize;

    /// The tag of a granule.
    fn tag(&self, id: u32) -> Tag;

    /// Sets the tag of a granule.
    fn set_tag(&mut self, id: u32, tag: Tag);

    /// The links of a free block.
    fn links(&self, id: u32) -> u64;

    /// Sets the links of a free block.
    fn set_links(&mut self, id: u32, links: u64);

    /// Bytes of a block in use that were not asked for.
    fn slack(&self, id: u32, tag: Tag) -> usize;

    /// A tag that remembers them, for a block in use.
    fn with_slack(&mut self, id: u32, tag: Tag, bytes: usize) -> Tag;

    /// Makes room for tags: forgets what earlier use left behind.
    ///
    /// # Errors
    /// When the table is too short.
    fn clear_tags(&mut self) -> Result<(), FormatError>;

    /// Makes room for a map of `words`, all zero, and gives the offset of the first byte behind it
    /// that blocks may use.
    ///
    /// # Errors
    /// When there is no room for it.
    fn clear_map(&mut self, words: usize) -> Result<usize, FormatError>;

    /// A word of the map.
    fn map(&self, index: usize) -> u64;

    /// Sets a word of the map.
    fn set_map(&mut self, index: usize, value: u64);
}

/// Metadata in the region's own words: eight bytes before each block.
///
/// Strategies that keep a map instead of tags (buddy, bitmap) take the region's first words for it.
/// At most 4 GiB with tags.
///
/// # Examples
/// ```
/// use tenure_place::{FirstFit, Heap, Inline};
/// let mut memory = [0u64; 512];
/// let mut heap = Heap::new(FirstFit::new(), Inline::new(&mut memory[..]));
/// let block = heap.allocate(100, 8)?;
/// assert_eq!((block.offset, block.usable), (8, 104));
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Inline<R> {
    region: R,
}

impl<R> Inline<R> {
    /// A span with its metadata inside. O(1); nothing is written.
    pub const fn new(region: R) -> Self {
        Self { region }
    }
}

impl<R: Region> Space for Inline<R> {
    type Data = R;
    const HEADER: u32 = 1;
    const SMALLEST: u32 = 2;

    fn data(&self) -> &R {
        &self.region
    }

    fn data_mut(&mut self) -> &mut R {
        &mut self.region
    }

    #[inline]
    fn granule_log2(&self) -> u32 {
        WORD_BYTES.ilog2()
    }

    #[inline]
    fn granules(&self) -> usize {
        self.region.words().saturating_sub(1)
    }

    #[inline]
    fn offset_of(&self, id: u32) -> usize {
        id as usize * WORD_BYTES
    }

    #[inline]
    fn id_of(&self, offset: usize) -> Option<u32> {
        if offset.is_multiple_of(WORD_BYTES) {
            u32::try_from(offset / WORD_BYTES).ok()
        } else {
            None
        }
    }

    #[inline]
    fn bias(&self) -> usize {
        self.region.origin() / WORD_BYTES
    }

    #[inline]
    fn tag(&self, id: u32) -> Tag {
        Tag::from_word(self.region.load((id as usize).wrapping_sub(1)))
    }

    #[inline]
    fn set_tag(&mut self, id: u32, tag: Tag) {
        self.region.store((id as usize).wrapping_sub(1), tag.word());
    }

    #[inline]
    fn links(&self, id: u32) -> u64 {
        self.region.load(id as usize)
    }

    #[inline]
    fn set_links(&mut self, id: u32, links: u64) {
        self.region.store(id as usize, links);
    }

    #[inline]
    fn slack(&self, _id: u32, tag: Tag) -> usize {
        tag.slack()
    }

    #[inline]
    fn with_slack(&mut self, _id: u32, tag: Tag, bytes: usize) -> Tag {
        tag.with_slack(bytes)
    }

    fn clear_tags(&mut self) -> Result<(), FormatError> {
        if self.granules() > GRANULES_MAX {
            return Err(FormatError::TooLarge);
        }
        Ok(())
    }

    fn clear_map(&mut self, words: usize) -> Result<usize, FormatError> {
        if words >= self.region.words() {
            return Err(FormatError::TooSmall);
        }
        for index in 0..words {
            self.region.store(index, 0);
        }
        Ok(words * WORD_BYTES)
    }

    #[inline]
    fn map(&self, index: usize) -> u64 {
        self.region.load(index)
    }

    #[inline]
    fn set_map(&mut self, index: usize, value: u64) {
        self.region.store(index, value);
    }
}

/// Metadata out of band: the memory itself is never touched by a strategy.
///
/// Sixteen bytes of table for each granule with tags, so the granule decides the cost: 6 % at 256
/// bytes. With a map (buddy, bitmap) the table needs some bits for each of the strategy's granules.
/// Offsets and alignments count from the start of the memory.
///
/// Because a tag lies where no user writes, a foreign offset or a second free is always detected.
///
/// # Examples
/// ```
/// use tenure_base::Align;
/// use tenure_place::{Heap, OutOfReach, Table, Tlsf};
/// let granule = Align::new(256).unwrap();
/// let video = OutOfReach::new(1 << 20);
/// let mut table = vec![0; Table::<&mut [u64], OutOfReach>::words_for(1 << 20, granule)];
/// let mut heap = Heap::new(Tlsf::new(), Table::new(video, &mut table[..], granule));
/// assert_eq!(heap.allocate(1 << 20, 4096)?.offset, 0);
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Table<T, R> {
    table: T,
    region: R,
    granule_log2: u32,
}

impl<T, R> Table<T, R> {
    /// A span `region` with its metadata in `table`. Granules are of `granule` bytes, 8 at least.
    /// O(1); nothing is written.
    pub const fn new(region: R, table: T, granule: Align) -> Self {
        let log2 = granule.bytes().ilog2();
        let least = WORD_BYTES.ilog2();
        Self {
            table,
            region,
            granule_log2: if log2 < least { least } else { log2 },
        }
    }

    /// Words of table that tags of a span of `bytes` need.
    #[must_use]
    pub const fn words_for(bytes: usize, granule: Align) -> usize {
        let granule = if granule.bytes() < WORD_BYTES {
            WORD_BYTES
        } else {
            granule.bytes()
        };
        (bytes / granule).saturating_add(1).saturating_mul(2)
    }
}

impl<T: Region, R: Region> Space for Table<T, R> {
    type Data = R;
    const HEADER: u32 = 0;
    const SMALLEST: u32 = 1;

    fn data(&self) -> &R {
        &self.region
    }

    fn data_mut(&mut self) -> &mut R {
        &mut self.region
    }

    #[inline]
    fn granule_log2(&self) -> u32 {
        self.granule_log2
    }

    #[inline]
    fn granules(&self) -> usize {
        self.region.words() >> (self.granule_log2 - WORD_BYTES.ilog2())
    }

    #[inline]
    fn offset_of(&self, id: u32) -> usize {
        (id as usize - 1) << self.granule_log2
    }

    #[inline]
    fn id_of(&self, offset: usize) -> Option<u32> {
        let granule = offset >> self.granule_log2;
        if granule << self.granule_log2 == offset {
            u32::try_from(granule.saturating_add(1)).ok()
        } else {
            None
        }
    }

    #[inline]
    fn bias(&self) -> usize {
        0usize.wrapping_sub(1)
    }

    #[inline]
    fn tag(&self, id: u32) -> Tag {
        let index = (id as usize).wrapping_sub(1).wrapping_mul(2);
        Tag::from_word(self.table.load(index))
    }

    #[inline]
    fn set_tag(&mut self, id: u32, tag: Tag) {
        let index = (id as usize).wrapping_sub(1).wrapping_mul(2);
        self.table.store(index, tag.word());
    }

    #[inline]
    fn links(&self, id: u32) -> u64 {
        self.table
            .load((id as usize).wrapping_mul(2).wrapping_sub(1))
    }

    #[inline]
    fn set_links(&mut self, id: u32, links: u64) {
        let index = (id as usize).wrapping_mul(2).wrapping_sub(1);
        self.table.store(index, links);
    }

    #[inline]
    fn slack(&self, id: u32, _tag: Tag) -> usize {
        self.links(id) as usize
    }

    #[inline]
    fn with_slack(&mut self, id: u32, tag: Tag, bytes: usize) -> Tag {
        self.set_links(id, bytes as u64);
        tag
    }

    fn clear_tags(&mut self) -> Result<(), FormatError> {
        if self.granules() > GRANULES_MAX {
            return Err(FormatError::TooLarge);
        }
        let words = (self.granules() + 1) * 2;
        if self.table.words() < words {
            return Err(FormatError::ShortTable(words));
        }
        for index in 0..words {
            self.table.store(index, 0);
        }
        Ok(())
    }

    fn clear_map(&mut self, words: usize) -> Result<usize, FormatError> {
        if self.table.words() < words {
            return Err(FormatError::ShortTable(words));
        }
        for index in 0..words {
            self.table.store(index, 0);
        }
        Ok(0)
    }

    #[inline]
    fn map(&self, index: usize) -> u64 {
        self.table.load(index)
    }

    #[inline]
    fn set_map(&mut self, index: usize, value: u64) {
        self.table.store(index, value);
    }
}

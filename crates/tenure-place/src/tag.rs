//! A boundary tag: what is known of a block, in one word; and the two links of a free block.
//!
//! **Shape.** Bits 0–28 the block's granules, 29–32 its slack in bytes, 33 whether it is free,
//! 34–63 the granules of the block before it (0: it is the first).

/// The most granules that a tag can count.
pub(crate) const GRANULES_MAX: usize = (1 << SIZE_BITS) - 1;
/// Slack that a tag can count, in bytes.
const SLACK_MAX: usize = 15;

const SIZE_BITS: u32 = 29;
const SIZE_MASK: u64 = (1 << SIZE_BITS) - 1;
const SLACK_SHIFT: u32 = SIZE_BITS;
const FREE: u64 = 1 << 33;
const BEFORE_SHIFT: u32 = 34;

/// What is known of a block, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u64);

impl Tag {
    /// Of a free block of `size` granules that follows one of `before`.
    #[inline]
    pub(crate) const fn free(size: u32, before: u32) -> Self {
        Self(size as u64 | FREE | (before as u64) << BEFORE_SHIFT)
    }

    /// Of a block in use.
    #[inline]
    pub(crate) const fn in_use(size: u32, before: u32) -> Self {
        Self(size as u64 | (before as u64) << BEFORE_SHIFT)
    }

    /// As it lies in memory.
    #[inline]
    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// As it lies in memory.
    #[inline]
    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    /// Granules of the block; 0 for the end, and for what is no tag.
    #[inline]
    pub(crate) const fn size(self) -> u32 {
        (self.0 & SIZE_MASK) as u32
    }

    /// Granules of the block before it.
    #[inline]
    pub(crate) const fn before(self) -> u32 {
        (self.0 >> BEFORE_SHIFT) as u32
    }

    #[inline]
    pub(crate) const fn is_free(self) -> bool {
        self.0 & FREE != 0
    }

    #[inline]
    pub(crate) const fn slack(self) -> usize {
        (self.0 >> SLACK_SHIFT) as usize & SLACK_MAX
    }

    /// The same with another block before it.
    #[inline]
    pub(crate) const fn after(self, before: u32) -> Self {
        let rest = self.0 & ((1 << BEFORE_SHIFT) - 1);
        Self(rest | (before as u64) << BEFORE_SHIFT)
    }

    /// The same with so much slack, which had none.
    #[inline]
    pub(crate) const fn with_slack(self, bytes: usize) -> Self {
        debug_assert!(bytes <= SLACK_MAX);
        debug_assert!(self.slack() == 0);
        Self(self.0 | (bytes as u64) << SLACK_SHIFT)
    }
}

/// The neighbours of a free block in its list; 0 is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    pub(crate) next: u32,
    pub(crate) last: u32,
}

impl Links {
    #[inline]
    pub(crate) const fn from_word(word: u64) -> Self {
        Self {
            next: word as u32,
            last: (word >> 32) as u32,
        }
    }

    #[inline]
    pub(crate) const fn word(self) -> u64 {
        self.next as u64 | (self.last as u64) << 32
    }
}

#[cfg(test)]
mod tests;

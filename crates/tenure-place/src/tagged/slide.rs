//! A block in use changes places with the free block before it, contents and all.

use super::{Around, FreeIndex, Tagged};
use crate::region::{Reachable, Region, WORD_BYTES};
use crate::space::Space;
use crate::strategy::Work;
use crate::tag::Tag;

/// A block that was moved down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slid {
    /// Where its first byte lies now.
    pub(crate) offset: usize,
    /// Bytes copied.
    pub(crate) bytes: usize,
}

impl<I: FreeIndex> Tagged<I> {
    /// Granules of the piece that begins at granule `id`, and whether it is free; `None` at
    /// the end.
    pub(crate) fn piece_at<M: Space>(&self, space: &M, id: u32) -> Option<(u32, bool)> {
        if id >= self.end {
            return None;
        }
        let tag = space.tag(id);
        let is_piece = tag.size() != 0 && tag.size() <= self.end - id;
        is_piece.then_some((tag.size(), tag.is_free()))
    }

    /// Moves the block in use at `offset` down to where the free block before it began; the free
    /// granules then lie behind it. `None` if what lies before it is in use. O(bytes of the block).
    pub(crate) fn slide<M: Space<Data: Reachable>>(
        &mut self,
        space: &mut M,
        offset: usize,
        work: &mut Work,
    ) -> Option<Slid> {
        let Around { id, tag, next, .. } = self.in_use(space, offset).ok()?;
        let gap = tag.before();
        let target = id.checked_sub(gap).filter(|_| gap != 0)?;
        let hole = space.tag(target);
        if !hole.is_free() {
            return None;
        }
        let (size, slack) = (tag.size(), space.slack(id, tag));
        let usable = Self::usable(space, size);
        self.index.remove(space, target, gap);
        let mut rest = gap;
        if next.is_free() {
            self.index.remove(space, id + size, next.size());
            rest += next.size();
            work.coalesces += 1;
        }
        // The old tag may survive inside the free rest: it must not look like a block in use.
        space.set_tag(id, Tag::free(size, gap));
        let (from, to) = (offset / WORD_BYTES, space.offset_of(target) / WORD_BYTES);
        space.data_mut().copy_down(from, to, usable / WORD_BYTES);
        Self::mark_used(
            space,
            target,
            size,
            hole.before(),
            usable.saturating_sub(slack),
        );
        self.mark_free(space, target + size, rest, size, work);
        Self::tell_next(space, target + size, rest);
        let offset = space.offset_of(target);
        Some(Slid {
            offset,
            bytes: usable,
        })
    }
}

//! The table of spans of code: sorted by address, in memory of its own.

use super::image::Image;
use core::ptr::{NonNull, with_exposed_provenance_mut};
use tenure_base::align_up;
use tenure_os::{memory, process};

/// Room for spans to begin with.
const FIRST_CAPACITY: usize = 64;
const ID_SHIFT: u32 = 48;

/// A span of code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    /// The image; of bare memory only start and end.
    pub(crate) image: Image,
    /// The id that its frames carry; zero: they are told as addresses.
    pub(crate) id: u16,
    /// The file it is mapped from.
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Whether it is executable memory without an image.
    pub(crate) is_bare: bool,
    /// Used by a walk over the maps.
    pub(crate) seen: bool,
}

impl Span {
    /// The word that names the return address `pc` in a stack.
    pub(crate) const fn frame(&self, pc: usize) -> u64 {
        if self.id == 0 {
            return pc as u64;
        }
        let offset = pc.wrapping_sub(self.image.bias) as u64;
        (self.id as u64) << ID_SHIFT | offset & ((1 << ID_SHIFT) - 1)
    }
}

/// Spans in the order of their addresses; never two that overlap.
pub(crate) struct Spans {
    /// Address of the array; zero: none yet.
    start: usize,
    len: usize,
    capacity: usize,
}

impl Spans {
    pub(crate) const fn new() -> Self {
        Self {
            start: 0,
            len: 0,
            capacity: 0,
        }
    }

    fn first(&self) -> *mut Span {
        with_exposed_provenance_mut(self.start)
    }

    pub(crate) fn all(&self) -> &[Span] {
        let first = NonNull::new(self.first()).unwrap_or(NonNull::dangling());
        // SAFETY: `len` spans from `start` on were written by `insert`; an empty table has none.
        unsafe { core::slice::from_raw_parts(first.as_ptr(), self.len) }
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Span] {
        let first = NonNull::new(self.first()).unwrap_or(NonNull::dangling());
        // SAFETY: as in `all`, and the table is borrowed exclusively.
        unsafe { core::slice::from_raw_parts_mut(first.as_ptr(), self.len) }
    }

    /// Forgets all; the memory is kept.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// The index of the span that contains `at`.
    pub(crate) fn index_of(&self, at: usize) -> Option<usize> {
        let behind = self.all().partition_point(|span| span.image.start <= at);
        let index = behind.checked_sub(1)?;
        (at < self.all()[index].image.end).then_some(index)
    }

    pub(crate) fn get(&self, index: usize) -> &Span {
        &self.all()[index]
    }

    /// Keeps the spans for which `keep` says so.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Span) -> bool) {
        let mut kept = 0;
        let spans = self.all_mut();
        for index in 0..spans.len() {
            if keep(&spans[index]) {
                spans[kept] = spans[index];
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Adds `span`, which overlaps none; gives its index, or `None` without memory.
    pub(crate) fn insert(&mut self, span: Span) -> Option<usize> {
        if self.len == self.capacity {
            self.grow()?;
        }
        let index = self
            .all()
            .partition_point(|other| other.image.start < span.image.start);
        self.len += 1;
        let last = self.len - 1;
        // SAFETY: `grow` made room for one more; the slot is written before it is read.
        unsafe { self.first().add(last).write(span) };
        self.all_mut()[index..].rotate_right(1);
        Some(index)
    }

    fn grow(&mut self) -> Option<()> {
        let capacity = (self.capacity * 2).max(FIRST_CAPACITY);
        let bytes = |count: usize| align_up(count * size_of::<Span>(), process::page_bytes());
        let start = memory::map(bytes(capacity)).ok()?;
        let target = with_exposed_provenance_mut::<Span>(start);
        // SAFETY: the new memory has room for more than `len` spans and is nobody else's; the old
        // memory, if there is any, was mapped here with the length that it is given back with.
        unsafe {
            target.copy_from_nonoverlapping(self.all().as_ptr(), self.len);
            if self.start != 0 {
                memory::unmap(self.start, bytes(self.capacity));
            }
        }
        self.start = start;
        self.capacity = capacity;
        Some(())
    }

    /// Walks the invariant: sorted, none empty, no two overlap.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        for span in self.all() {
            assert!(span.image.start < span.image.end, "{span:?} is empty");
        }
        for pair in self.all().windows(2) {
            assert!(pair[0].image.end <= pair[1].image.start, "{pair:?} overlap");
        }
    }
}

#[cfg(test)]
mod tests;

//! TLSF, two-level segregated fit: a list for each small range of sizes, found by two bit maps.
//!
//! **Shape.** Each doubling of sizes is cut into as many lists, 32 by default, and smaller sizes
//! have a list for each number of granules. Lists are numbered by size. One bit for each list says
//! whether it has blocks, and one for each 64 lists whether any of them has.
//!
//! **Cost.** O(1): a search that takes what the maps offer visits one block. Only when they offer
//! none, up to [`LAST_RESORT`] blocks of the list that the size itself belongs to are tried, which
//! may be large enough: with the maps alone a block of nearly the right size is never found.
//! `largest_free` visits one list.
//!
//! **Invariants.**
//! - E1. Each list is linked both ways and has free blocks of its own range only.
//! - E2. A bit is one if and only if its list, or one of its 64, has blocks.

use crate::fault::Broken;
use crate::list::{check_list, link_between, unlink};
use crate::space::Space;
use crate::strategy::Work;
use crate::tag::Links;
use crate::tagged::{FreeIndex, Tagged, Want};

/// TLSF with 32 lists for each doubling: at most 3 % of a search is rounding.
///
/// # Examples
/// ```
/// use tenure_place::{Heap, Inline, Tlsf};
/// let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 1024]));
/// let block = heap.allocate(1000, 64)?;
/// assert_eq!(heap.metrics().visited_max, 1);
/// heap.free(block.offset).unwrap();
/// assert_eq!(heap.metrics().largest_free, 1023 * 8 - 8);
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type Tlsf = Tagged<TwoLevel<32>>;

/// Blocks that are tried one by one when the maps offer none.
pub const LAST_RESORT: u32 = 32;

/// Lists that are enough for sizes up to 2^29 granules, and words of bits for them.
const LISTS_MAX: usize = 64 * WORDS;
const WORDS: usize = 14;

/// The index of TLSF. `PER_DOUBLING` is 8, 16 or 32: lists for each doubling.
#[derive(Debug)]
pub struct TwoLevel<const PER_DOUBLING: usize> {
    /// Which words of `bits` are not zero.
    words: u32,
    /// Which lists have blocks.
    bits: [u64; WORDS],
    heads: [u32; LISTS_MAX],
}

impl<const PER_DOUBLING: usize> TwoLevel<PER_DOUBLING> {
    const LOG2: u32 = {
        assert!(PER_DOUBLING == 8 || PER_DOUBLING == 16 || PER_DOUBLING == 32);
        PER_DOUBLING.ilog2()
    };

    /// What sizes are divided by to find their list, as a power of two.
    #[inline]
    fn step_log2(size: u32) -> u32 {
        (size | PER_DOUBLING as u32).ilog2() - Self::LOG2
    }

    /// The list of a size. Larger sizes have the same list or a later one.
    #[inline]
    fn list_of(size: u32) -> usize {
        let step = Self::step_log2(size);
        ((step << Self::LOG2) + (size >> step)) as usize
    }

    /// The smallest size all of whose list, and of every later one, is at least `size`.
    #[inline]
    fn rounded(size: u32) -> u32 {
        size + ((1 << Self::step_log2(size)) - 1)
    }

    /// The first list from `list` on that has blocks.
    #[inline]
    fn first_from(&self, list: usize) -> Option<usize> {
        let word = list / 64;
        let bits = self.bits.get(word)? & (u64::MAX << (list % 64));
        if bits != 0 {
            return Some(word * 64 + bits.trailing_zeros() as usize);
        }
        let words = self.words & (u32::MAX << word << 1);
        if words == 0 {
            return None;
        }
        let word = words.trailing_zeros() as usize;
        let bits = self.bits.get(word)?;
        Some(word * 64 + bits.trailing_zeros() as usize % 64)
    }

    /// Takes the first block of a list off.
    #[inline]
    fn pop<M: Space>(&mut self, space: &mut M, list: usize) -> u32 {
        let Some(head) = self.heads.get_mut(list) else {
            return 0;
        };
        let id = *head;
        let next = Links::from_word(space.links(id)).next;
        *head = next;
        if next == 0 {
            self.forget(list);
        } else {
            let links = Links {
                last: 0,
                ..Links::from_word(space.links(next))
            };
            space.set_links(next, links.word());
        }
        id
    }

    /// A list has no blocks any more.
    #[inline]
    fn forget(&mut self, list: usize) {
        let word = list / 64 % WORDS;
        self.bits[word] &= !(1 << (list % 64));
        if self.bits[word] == 0 {
            self.words &= !(1 << word);
        }
    }

    /// The list whose first block takes an aligned block for certain, or happens to.
    #[cold]
    fn aligned<M: Space>(&self, space: &M, want: &Want) -> Option<usize> {
        let list = self.first_from(Self::list_of(Self::rounded(want.size)))?;
        let head = self.heads[list];
        if want.place(head, space.tag(head).size()).is_some() {
            return Some(list);
        }
        let room = want.size as usize + want.align + want.smallest as usize;
        let room = u32::try_from(room).ok()?;
        self.first_from(Self::list_of(Self::rounded(room)))
    }

    /// Tries blocks one by one from the list of `want` on.
    #[cold]
    #[inline(never)]
    fn last_resort<M: Space>(&self, space: &M, want: &Want, work: &mut Work) -> u32 {
        let mut tried = 0;
        let mut list = Self::list_of(want.size);
        while let Some(found) = self.first_from(list) {
            let mut at = self.heads[found];
            while at != 0 {
                if tried == LAST_RESORT {
                    return 0;
                }
                tried += 1;
                work.visited += 1;
                if want.place(at, space.tag(at).size()).is_some() {
                    return at;
                }
                at = Links::from_word(space.links(at)).next;
            }
            list = found + 1;
        }
        0
    }
}

impl<const PER_DOUBLING: usize> FreeIndex for TwoLevel<PER_DOUBLING> {
    const EMPTY: Self = Self {
        words: 0,
        bits: [0; WORDS],
        heads: [0; LISTS_MAX],
    };

    #[inline]
    fn insert<M: Space>(&mut self, space: &mut M, id: u32, size: u32, _work: &mut Work) {
        let list = Self::list_of(size);
        let Some(head) = self.heads.get_mut(list) else {
            return;
        };
        let links = Links {
            next: *head,
            last: 0,
        };
        link_between(space, id, links, head);
        let word = list / 64 % WORDS;
        self.bits[word] |= 1 << (list % 64);
        self.words |= 1 << word;
    }

    #[inline]
    fn remove<M: Space>(&mut self, space: &mut M, id: u32, size: u32) {
        let list = Self::list_of(size);
        let Some(head) = self.heads.get_mut(list) else {
            return;
        };
        let links = unlink(space, id, head);
        if links.next == 0 && links.last == 0 {
            self.forget(list);
        }
    }

    #[inline]
    fn take<M: Space>(&mut self, space: &mut M, want: &Want, work: &mut Work) -> u32 {
        let list = if want.align == 1 {
            self.first_from(Self::list_of(Self::rounded(want.size)))
        } else {
            self.aligned(space, want)
        };
        let Some(list) = list else {
            let found = self.last_resort(space, want, work);
            if found != 0 {
                self.remove(space, found, space.tag(found).size());
            }
            return found;
        };
        work.visited += 1;
        self.pop(space, list)
    }

    fn largest<M: Space>(&self, space: &M) -> u32 {
        let Some(word) = self.words.checked_ilog2() else {
            return 0;
        };
        let bit = self.bits[word as usize].checked_ilog2().unwrap_or(0);
        let mut at = self.heads[word as usize * 64 + bit as usize];
        let (mut largest, mut most) = (0, space.granules());
        while at != 0 && most != 0 {
            largest = space.tag(at).size().max(largest);
            at = Links::from_word(space.links(at)).next;
            most -= 1;
        }
        largest
    }

    fn check<M: Space>(&self, space: &M) -> Result<usize, Broken> {
        let mut found = 0;
        for (list, &head) in self.heads.iter().enumerate() {
            found += check_list(space, head, space.granules(), |id, _| {
                Self::list_of(space.tag(id).size()) == list
            })?;
            let is_marked = self.bits[list / 64] >> (list % 64) & 1 == 1;
            Broken::unless(is_marked == (head != 0), 'E', list)?;
        }
        for (word, &bits) in self.bits.iter().enumerate() {
            let is_marked = self.words >> word & 1 == 1;
            Broken::unless(is_marked == (bits != 0), 'E', word * 64)?;
        }
        Ok(found)
    }
}

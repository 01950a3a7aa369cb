//! TLSF, two-level segregated fit: a list for each small range of sizes, found by two bit maps.
//!
//! **Shape.** Sizes below `LISTS` granules have a list each. Above, each doubling is cut into
//! `LISTS` lists. One bit for each list says whether it has blocks, one for each doubling whether
//! any of its lists has.
//!
//! **Cost.** O(1): a search that takes what the maps offer visits one block. Only when they offer
//! none, up to [`LAST_RESORT`] blocks of the list that the size itself belongs to are tried, which
//! may be large enough: with the maps alone a block of nearly the right size is never found.
//! `largest_free` visits one list.
//!
//! **Invariants.**
//! - E1. Each list is linked both ways and has free blocks of its own range only.
//! - E2. A bit is one if and only if its list, or one of its doubling, has blocks.

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

/// Doublings of sizes in granules, up to 2^29, of which the smallest five share one row.
const ROWS: usize = 30;

/// The index of TLSF. `LISTS` is 8, 16 or 32: lists for each doubling.
#[derive(Debug)]
pub struct TwoLevel<const LISTS: usize> {
    rows: u32,
    lists: [u32; ROWS],
    heads: [[u32; LISTS]; ROWS],
}

impl<const LISTS: usize> TwoLevel<LISTS> {
    const LOG2: u32 = {
        assert!(LISTS == 8 || LISTS == 16 || LISTS == 32);
        LISTS.ilog2()
    };

    /// Row and list of a size.
    #[inline]
    fn place_of(size: u32) -> (usize, usize) {
        let row = (size | LISTS as u32).ilog2() - Self::LOG2;
        if size < LISTS as u32 {
            return (0, size as usize % LISTS);
        }
        (row as usize + 1, (size >> row) as usize % LISTS)
    }

    /// The smallest size all of whose list, and of every later one, is at least `size`.
    #[inline]
    fn rounded(size: u32) -> u32 {
        let step = (size | LISTS as u32).ilog2() - Self::LOG2;
        size + ((1 << step) - 1)
    }

    /// The head of the first list at or behind that of `size` that has blocks; 0 if there is none.
    #[inline]
    fn first_at(&self, size: u32) -> u32 {
        let (mut row, list) = Self::place_of(size);
        if row >= ROWS {
            return 0;
        }
        let mut lists = self.lists[row] & (u32::MAX << list);
        if lists == 0 {
            let rows = self.rows & (u32::MAX << row << 1);
            if rows == 0 {
                return 0;
            }
            row = rows.trailing_zeros() as usize % 32;
            lists = self.lists.get(row).copied().unwrap_or(0);
        }
        let list = lists.trailing_zeros() as usize % LISTS;
        self.heads.get(row).map_or(0, |heads| heads[list])
    }

    /// Tries blocks one by one from the list of `want` on.
    #[cold]
    #[inline(never)]
    fn last_resort<M: Space>(&self, space: &M, want: &Want, work: &mut Work) -> u32 {
        let mut tried = 0;
        let (first_row, first_list) = Self::place_of(want.size);
        for row in first_row..ROWS {
            let from = if row == first_row { first_list } else { 0 };
            let mut lists = self.lists[row] & (u32::MAX << from);
            while lists != 0 {
                let mut at = self.heads[row][lists.trailing_zeros() as usize % LISTS];
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
                lists &= lists - 1;
            }
        }
        0
    }
}

impl<const LISTS: usize> FreeIndex for TwoLevel<LISTS> {
    const EMPTY: Self = Self {
        rows: 0,
        lists: [0; ROWS],
        heads: [[0; LISTS]; ROWS],
    };

    #[inline]
    fn insert<M: Space>(&mut self, space: &mut M, id: u32, size: u32, _work: &mut Work) {
        let (row, list) = Self::place_of(size);
        if row >= ROWS {
            return;
        }
        let head = &mut self.heads[row][list];
        let links = Links {
            next: *head,
            last: 0,
        };
        link_between(space, id, links, head);
        self.lists[row] |= 1 << list;
        self.rows |= 1 << row;
    }

    #[inline]
    fn remove<M: Space>(&mut self, space: &mut M, id: u32, size: u32) {
        let (row, list) = Self::place_of(size);
        if row >= ROWS {
            return;
        }
        let head = &mut self.heads[row][list];
        unlink(space, id, head);
        if *head == 0 {
            self.lists[row] &= !(1 << list);
            if self.lists[row] == 0 {
                self.rows &= !(1 << row);
            }
        }
    }

    #[inline]
    fn find<M: Space>(&mut self, space: &M, want: &Want, work: &mut Work) -> u32 {
        let mut found = self.first_at(Self::rounded(want.size));
        if want.align > 1 {
            let size = (found != 0).then(|| space.tag(found).size());
            if size.and_then(|size| want.place(found, size)).is_none() {
                let room = want.size as usize + want.align + want.smallest as usize;
                let room = u32::try_from(room).unwrap_or(u32::MAX >> 1);
                found = self.first_at(Self::rounded(room));
            }
        }
        if found == 0 {
            return self.last_resort(space, want, work);
        }
        work.visited += 1;
        found
    }

    fn largest<M: Space>(&self, space: &M) -> u32 {
        let Some(row) = self.rows.checked_ilog2() else {
            return 0;
        };
        let list = self.lists[row as usize].checked_ilog2().unwrap_or(0);
        let mut at = self.heads[row as usize][list as usize % LISTS];
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
        for row in 0..ROWS {
            for list in 0..LISTS {
                let head = self.heads[row][list];
                found += check_list(space, head, space.granules(), |id, _| {
                    Self::place_of(space.tag(id).size()) == (row, list)
                })?;
                let is_marked = self.lists[row] >> list & 1 == 1;
                Broken::unless(is_marked == (head != 0), 'E', row * LISTS + list)?;
            }
            let is_marked = self.rows >> row & 1 == 1;
            Broken::unless(is_marked == (self.lists[row] != 0), 'E', row * LISTS)?;
        }
        Ok(found)
    }
}

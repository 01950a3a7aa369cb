//! Segregated lists: one list for each power of two, first fit within it.
//!
//! **Cost.** A search visits blocks of the list of its own size until one fits, then takes the
//! first of a list above. Putting back is O(1); `largest_free` visits the highest list.
//!
//! **Invariants.**
//! - E1. Each list is linked both ways and has free blocks of its own range only.
//! - E2. A bit is one if and only if its list has blocks.

use crate::fault::Broken;
use crate::list::{check_list, link_between, unlink};
use crate::space::Space;
use crate::strategy::Work;
use crate::tag::Links;
use crate::tagged::{FreeIndex, Tagged, Want};

/// Segregated lists by powers of two.
///
/// # Examples
/// ```
/// use tenure_place::{Heap, Inline, Segregated};
/// let mut heap = Heap::new(Segregated::new(), Inline::new([0; 128]));
/// let small = heap.allocate(40, 8)?.offset;
/// let _wall = heap.allocate(8, 8)?;
/// heap.free(small).unwrap();
/// assert_eq!(heap.allocate(40, 8)?.offset, small);
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type Segregated = Tagged<PowerLists>;

/// Powers of two of sizes in granules.
const LISTS: usize = 30;

/// The index of [`Segregated`].
#[derive(Debug)]
pub struct PowerLists {
    lists: u32,
    heads: [u32; LISTS],
}

impl PowerLists {
    fn list_of(size: u32) -> usize {
        (size.max(1).ilog2() as usize).min(LISTS - 1)
    }

    /// The first block of a list in which the wanted one fits.
    fn first_in<M: Space>(&self, space: &M, list: usize, want: &Want, work: &mut Work) -> u32 {
        let (mut at, mut most) = (self.heads[list], space.granules());
        while at != 0 && most != 0 {
            work.visited += 1;
            if want.place(at, space.tag(at).size()).is_some() {
                return at;
            }
            at = Links::from_word(space.links(at)).next;
            most -= 1;
        }
        0
    }

    /// The block to take; 0 if none fits.
    fn find<M: Space>(&mut self, space: &M, want: &Want, work: &mut Work) -> u32 {
        let mut lists = self.lists & (u32::MAX << Self::list_of(want.size));
        while lists != 0 {
            let found = self.first_in(space, lists.trailing_zeros() as usize, want, work);
            if found != 0 {
                return found;
            }
            lists &= lists - 1;
        }
        0
    }
}

impl FreeIndex for PowerLists {
    const EMPTY: Self = Self {
        lists: 0,
        heads: [0; LISTS],
    };

    fn insert<M: Space>(&mut self, space: &mut M, id: u32, size: u32, _work: &mut Work) {
        let list = Self::list_of(size);
        let links = Links {
            next: self.heads[list],
            last: 0,
        };
        link_between(space, id, links, &mut self.heads[list]);
        self.lists |= 1 << list;
    }

    fn remove<M: Space>(&mut self, space: &mut M, id: u32, size: u32) {
        let list = Self::list_of(size);
        unlink(space, id, &mut self.heads[list]);
        if self.heads[list] == 0 {
            self.lists &= !(1 << list);
        }
    }

    fn take<M: Space>(&mut self, space: &mut M, want: &Want, work: &mut Work) -> u32 {
        let found = self.find(space, want, work);
        if found != 0 {
            self.remove(space, found, space.tag(found).size());
        }
        found
    }

    fn largest<M: Space>(&self, space: &M) -> u32 {
        let Some(list) = self.lists.checked_ilog2() else {
            return 0;
        };
        let (mut at, mut largest, mut most) = (self.heads[list as usize], 0, space.granules());
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
            let is_marked = self.lists >> list & 1 == 1;
            Broken::unless(is_marked == (head != 0), 'E', list)?;
        }
        Ok(found)
    }
}

//! One list of free blocks, searched by first, next, best or worst fit, or kept by address.
//!
//! **Cost.** A search visits up to all free blocks; so does `largest_free`, and putting a block
//! back into a list by address. Everything else is O(1).
//!
//! **Invariants.**
//! - E1. Each link's neighbour links back, and the list ends after `count` blocks.
//! - E2. All its blocks are free.
//! - E3. By address: each block lies behind the one before it.

use crate::fault::Broken;
use crate::space::Space;
use crate::strategy::Work;
use crate::tag::Links;
use crate::tagged::{FreeIndex, Tagged, Want};

/// First fit: the first block of the list that is large enough; freed blocks go to its front.
///
/// # Examples
/// ```
/// use tenure_place::{FirstFit, Heap, Inline};
/// let mut heap = Heap::new(FirstFit::new(), Inline::new([0; 64]));
/// let first = heap.allocate(40, 8)?.offset;
/// let _second = heap.allocate(40, 8)?;
/// heap.free(first).unwrap();
/// assert_eq!(heap.allocate(16, 8)?.offset, first);
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type FirstFit = Tagged<List<FIRST>>;
/// Next fit: like first fit, but the search goes on where the last one ended.
///
/// # Examples
/// ```
/// use tenure_place::{Heap, Inline, NextFit};
/// let mut heap = Heap::new(NextFit::new(), Inline::new([0; 64]));
/// assert!(heap.allocate(40, 8).is_ok());
/// ```
pub type NextFit = Tagged<List<NEXT>>;
/// Best fit: the smallest block that is large enough.
///
/// # Examples
/// ```
/// use tenure_place::{BestFit, Heap, Inline};
/// let mut heap = Heap::new(BestFit::new(), Inline::new([0; 128]));
/// let small = heap.allocate(40, 8)?.offset;
/// let _wall = heap.allocate(8, 8)?;
/// heap.free(small).unwrap();
/// assert_eq!(heap.allocate(40, 8)?.offset, small, "not cut from the large rest");
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type BestFit = Tagged<List<BEST>>;
/// Worst fit: the largest block.
///
/// # Examples
/// ```
/// use tenure_place::{Heap, Inline, WorstFit};
/// let mut heap = Heap::new(WorstFit::new(), Inline::new([0; 128]));
/// let small = heap.allocate(40, 8)?.offset;
/// let _wall = heap.allocate(8, 8)?;
/// heap.free(small).unwrap();
/// assert!(heap.allocate(40, 8)?.offset > small, "cut from the large rest");
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type WorstFit = Tagged<List<WORST>>;
/// Address-ordered first fit: the lowest block that is large enough.
///
/// # Examples
/// ```
/// use tenure_place::{AddressOrderedFit, Heap, Inline};
/// let mut heap = Heap::new(AddressOrderedFit::new(), Inline::new([0; 128]));
/// let low = heap.allocate(40, 8)?.offset;
/// let _wall = heap.allocate(8, 8)?;
/// let high = heap.allocate(40, 8)?.offset;
/// let _wall = heap.allocate(8, 8)?;
/// heap.free(low).unwrap();
/// heap.free(high).unwrap();
/// assert_eq!(heap.allocate(40, 8)?.offset, low, "first fit would take the last one freed");
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
pub type AddressOrderedFit = Tagged<List<ADDRESS>>;

/// Takes the first that fits.
pub const FIRST: u8 = 0;
/// Takes the next that fits.
pub const NEXT: u8 = 1;
/// Takes the smallest that fits.
pub const BEST: u8 = 2;
/// Takes the largest.
pub const WORST: u8 = 3;
/// Takes the lowest that fits.
pub const ADDRESS: u8 = 4;

/// A doubly linked list of free blocks. `CHOICE` is one of the constants of this crate that say how
/// it is searched.
#[derive(Debug)]
pub struct List<const CHOICE: u8> {
    head: u32,
    /// Where next fit goes on; 0: at the head.
    rover: u32,
    count: u32,
}

impl<const CHOICE: u8> List<CHOICE> {
    /// The neighbours between which a block belongs.
    fn neighbours<M: Space>(&self, space: &M, id: u32, work: &mut Work) -> Links {
        let mut links = Links {
            next: self.head,
            last: 0,
        };
        if CHOICE != ADDRESS {
            return links;
        }
        for _ in 0..self.count {
            if links.next == 0 || links.next > id {
                break;
            }
            work.visited += 1;
            links.last = links.next;
            links.next = Links::from_word(space.links(links.next)).next;
        }
        links
    }

    /// The first block from `at` on, in at most `most` steps, in which the wanted one fits.
    fn first_from<M: Space>(
        space: &M,
        mut at: u32,
        most: u32,
        want: &Want,
        work: &mut Work,
    ) -> u32 {
        for _ in 0..most {
            if at == 0 {
                break;
            }
            work.visited += 1;
            if want.place(at, space.tag(at).size()).is_some() {
                return at;
            }
            at = Links::from_word(space.links(at)).next;
        }
        0
    }

    /// Of all blocks that fit, the one of which `is_better(size, than)`.
    fn outermost<M: Space>(
        &self,
        space: &M,
        want: &Want,
        work: &mut Work,
        is_better: impl Fn(u32, u32) -> bool,
    ) -> u32 {
        let (mut at, mut found, mut found_size) = (self.head, 0, 0);
        for _ in 0..self.count {
            if at == 0 {
                break;
            }
            work.visited += 1;
            let size = space.tag(at).size();
            let is_new = found == 0 || is_better(size, found_size);
            if is_new && want.place(at, size).is_some() {
                (found, found_size) = (at, size);
                if CHOICE == BEST && size == want.size {
                    break;
                }
            }
            at = Links::from_word(space.links(at)).next;
        }
        found
    }

    /// The block to take; 0 if none fits.
    fn find<M: Space>(&mut self, space: &M, want: &Want, work: &mut Work) -> u32 {
        match CHOICE {
            BEST => self.outermost(space, want, work, |size, than| size < than),
            WORST => self.outermost(space, want, work, |size, than| size > than),
            NEXT => {
                let mut found = Self::first_from(space, self.rover, self.count, want, work);
                if found == 0 {
                    found = Self::first_from(space, self.head, self.count, want, work);
                }
                self.rover = found;
                found
            }
            _ => Self::first_from(space, self.head, self.count, want, work),
        }
    }
}

impl<const CHOICE: u8> FreeIndex for List<CHOICE> {
    const EMPTY: Self = Self {
        head: 0,
        rover: 0,
        count: 0,
    };

    fn insert<M: Space>(&mut self, space: &mut M, id: u32, _size: u32, work: &mut Work) {
        let links = self.neighbours(space, id, work);
        link_between(space, id, links, &mut self.head);
        self.count += 1;
    }

    fn remove<M: Space>(&mut self, space: &mut M, id: u32, _size: u32) {
        let links = unlink(space, id, &mut self.head);
        if CHOICE == NEXT && self.rover == id {
            self.rover = links.next;
        }
        self.count = self.count.saturating_sub(1);
    }

    fn take<M: Space>(&mut self, space: &mut M, want: &Want, work: &mut Work) -> u32 {
        let found = self.find(space, want, work);
        if found != 0 {
            self.remove(space, found, space.tag(found).size());
        }
        found
    }

    fn largest<M: Space>(&self, space: &M) -> u32 {
        let (mut at, mut largest) = (self.head, 0);
        for _ in 0..self.count {
            largest = space.tag(at).size().max(largest);
            at = Links::from_word(space.links(at)).next;
        }
        largest
    }

    fn check<M: Space>(&self, space: &M) -> Result<usize, Broken> {
        let found = check_list(space, self.head, self.count as usize, |id, last| {
            CHOICE != ADDRESS || last < id
        })?;
        Broken::unless(found == self.count as usize, 'E', found)?;
        Ok(found)
    }
}

/// Puts a block between two others of a list.
#[inline]
pub(crate) fn link_between<M: Space>(space: &mut M, id: u32, links: Links, head: &mut u32) {
    space.set_links(id, links.word());
    if links.next != 0 {
        let mut next = Links::from_word(space.links(links.next));
        next.last = id;
        space.set_links(links.next, next.word());
    }
    if links.last == 0 {
        *head = id;
    } else {
        let mut last = Links::from_word(space.links(links.last));
        last.next = id;
        space.set_links(links.last, last.word());
    }
}

/// Takes a block out of its list; gives the neighbours that it had.
#[inline]
pub(crate) fn unlink<M: Space>(space: &mut M, id: u32, head: &mut u32) -> Links {
    let links = Links::from_word(space.links(id));
    if links.next != 0 {
        let mut next = Links::from_word(space.links(links.next));
        next.last = links.last;
        space.set_links(links.next, next.word());
    }
    if links.last == 0 {
        *head = links.next;
    } else {
        let mut last = Links::from_word(space.links(links.last));
        last.next = links.next;
        space.set_links(links.last, last.word());
    }
    links
}

/// Walks a list of at most `most` blocks; `holds(block, the one before it)` must be true of each.
pub(crate) fn check_list<M: Space>(
    space: &M,
    head: u32,
    most: usize,
    holds: impl Fn(u32, u32) -> bool,
) -> Result<usize, Broken> {
    let (mut at, mut last, mut found) = (head, 0, 0);
    while at != 0 {
        Broken::unless(found < most, 'E', at as usize)?;
        let links = Links::from_word(space.links(at));
        Broken::unless(links.last == last, 'E', at as usize)?;
        Broken::unless(space.tag(at).is_free(), 'E', at as usize)?;
        Broken::unless(holds(at, last), 'E', at as usize)?;
        (last, at) = (at, links.next);
        found += 1;
    }
    Ok(found)
}

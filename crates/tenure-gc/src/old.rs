//! The old generation: regions of 1 MiB, with their bit maps beside them.
//!
//! **Shape:** one reservation, used from its front. Objects are bumped into *holes*, exactly what
//! lies free between two objects (`holes`), or into an empty region. Nothing is ever linked up, and
//! nothing is kept of a hole: a sweep turns the marks of a region into its starts, and holes are
//! found by starts and sizes when somebody wants room.
//!
//! **Invariants:** (a) the bit of an object's word is set in `starts`, and no other bit; (b)
//! objects do not overlap, and none reaches over the end of its region; (c) a region on the list
//! `free` has no objects; (d) between collections that mark, no mark is set; (e) `live_bytes` of a
//! swept region is what its objects take.
//!
//! **Not here:** who is reached (`mark`), what is dropped (`corpses`).

mod holes;

use alloc::vec::Vec;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use tenure_base::{Align, bits};
use tenure_os::memory;
use tenure_vm::{OutOfMemory, Region};

use self::holes::{Hole, Holes};
use crate::object::{Object, WORD_BYTES};
use crate::side_bits::SideBits;

/// Bytes of a region.
pub(crate) const REGION_BYTES: usize = 1 << 20;
/// Bytes of a card.
pub(crate) const CARD_BYTES: usize = 512;
/// Cards of a region.
const REGION_CARDS: usize = REGION_BYTES / CARD_BYTES;
/// Words of bits of a region.
const BIT_WORDS: usize = REGION_BYTES / WORD_BYTES / bits::WORD_BITS;
/// Bits of a region.
const REGION_BITS: usize = REGION_BYTES / WORD_BYTES;

/// A region of which less is free is taken for full: what a hole gives is not worth the look at the
/// objects around it.
const REUSED_BYTES_MIN: usize = REGION_BYTES / 8;

/// Who makes room for so many bytes looks at an object around holes for each at most.
const LOOK_BYTES: usize = 16;

/// With less room below the soft limit, time is spent on holes.
const ROOM_BYTES_MIN: usize = 8 * REGION_BYTES;

/// What is known of a region.
pub(crate) struct RegionBook {
    /// Objects that need a drop.
    pub(crate) drops: Vec<Object>,
    /// Bytes of its objects, as of the last mark and with all that came since.
    pub(crate) live_bytes: usize,
    /// Bytes of objects that the mark under way has made black.
    pub(crate) marked_bytes: usize,
    /// The marks are not yet turned into starts.
    pub(crate) unswept: bool,
    /// Nothing lies in it.
    is_free: bool,
    /// Its memory may be resident.
    resident: bool,
    /// Its objects are being moved away.
    pub(crate) leaving: bool,
}

/// The old generation.
pub(crate) struct Old {
    space: Region,
    base: *mut u8,
    regions_max: usize,
    pub(crate) regions: Vec<RegionBook>,
    pub(crate) marks: SideBits,
    pub(crate) starts: SideBits,
    /// The card table, if there is one: a bit for each card in which an object may point to a young
    /// one.
    pub(crate) cards: Option<SideBits>,
    /// The rest of the empty region that was begun last.
    fresh: Hole,
    holes: Holes,
    /// Regions whose sweep waits for nothing but somebody who wants room.
    pub(crate) unswept: Vec<usize>,
    /// Regions in which nothing lies, of those that may be written.
    free: Vec<usize>,
    /// Bytes of objects, as of the last mark and with all that came since.
    pub(crate) used_bytes: usize,
    /// Bytes of large objects, which count towards the same limit.
    pub(crate) bytes_elsewhere: usize,
    /// New objects are marked: a mark is under way.
    pub(crate) marking: bool,
}

impl Old {
    /// Nothing yet, and never more than `bytes_max` bytes.
    pub(crate) fn reserve(bytes_max: usize, with_cards: bool) -> Result<Self, OutOfMemory> {
        let align = Align::new(REGION_BYTES).ok_or(OutOfMemory)?;
        let bytes = align.up(bytes_max).ok_or(OutOfMemory)?.max(REGION_BYTES);
        let marks = SideBits::reserve(bytes / WORD_BYTES)?;
        let starts = SideBits::reserve(bytes / WORD_BYTES)?;
        let cards = if with_cards {
            Some(SideBits::reserve(bytes / CARD_BYTES)?)
        } else {
            None
        };
        // The last, since it would have to be released if another failed.
        let space = Region::reserve(bytes, align)?;
        let base = with_exposed_provenance_mut(space.start());
        Ok(Self {
            base,
            regions_max: bytes / REGION_BYTES,
            regions: Vec::new(),
            marks,
            starts,
            cards,
            fresh: Hole::NONE,
            holes: Holes::new(),
            unswept: Vec::new(),
            free: Vec::new(),
            used_bytes: 0,
            bytes_elsewhere: 0,
            marking: false,
            space,
        })
    }

    /// First address of the reservation.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.base.addr()
    }

    /// Bytes of the reservation.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.space.len()
    }

    /// Whether an address is one of old objects that lie in regions.
    #[inline]
    pub(crate) fn contains(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.start()) < self.len()
    }

    /// The number of an object's bit.
    #[inline]
    pub(crate) fn bit(&self, object: Object) -> usize {
        (object.addr() - self.start()) / WORD_BYTES
    }

    /// The number of an object's region.
    #[inline]
    pub(crate) fn region_of(&self, object: Object) -> usize {
        (object.addr() - self.start()) / REGION_BYTES
    }

    /// The object whose word has that bit.
    pub(crate) fn object(&self, bit: usize) -> Object {
        // SAFETY: bits are numbered within the reservation.
        let start = unsafe { NonNull::new_unchecked(self.base.add(bit * WORD_BYTES)) };
        Object::at(start)
    }

    /// Room for an object of `bytes` bytes, which is taken for one from now on. Its word is to be
    /// written before the next is asked for: whoever looks for a hole reads it.
    #[inline]
    pub(crate) fn alloc(&mut self, bytes: usize, align_16: bool) -> Option<Object> {
        let place = match self.take_at_hand(bytes, align_16) {
            Some(place) => place,
            None => self.alloc_elsewhere(bytes, align_16)?,
        };
        let object = Object::at(place);
        let bit = self.bit(object);
        self.starts.set(bit);
        if self.marking {
            self.marks.set(bit);
        }
        self.used_bytes += bytes;
        self.regions[bit / REGION_BITS].live_bytes += bytes;
        Some(object)
    }

    /// Room in the hole that is filled, or in the empty region where there are no holes.
    #[inline(always)]
    fn take_at_hand(&mut self, bytes: usize, align_16: bool) -> Option<NonNull<u8>> {
        match self.holes.take(bytes, align_16) {
            None if self.holes.is_spent(bytes) => self.fresh.take(bytes, align_16),
            place => place,
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_elsewhere(&mut self, bytes: usize, align_16: bool) -> Option<NonNull<u8>> {
        while self.next_hole(bytes) {
            if let Some(place) = self.holes.take(bytes, align_16) {
                return Some(place);
            }
        }
        loop {
            if let Some(place) = self.fresh.take(bytes, align_16) {
                return Some(place);
            }
            let region = self.fresh_region()?;
            self.leave_fresh();
            self.fresh = self.whole(region);
        }
    }

    /// A whole region as a hole.
    fn whole(&self, region: usize) -> Hole {
        let at = self.base.wrapping_add(region * REGION_BYTES);
        Hole::new(at, at.wrapping_add(REGION_BYTES))
    }

    /// A region in which nothing lies.
    fn fresh_region(&mut self) -> Option<usize> {
        if self.free.is_empty() {
            while self.free.is_empty()
                && let Some(region) = self.unswept.pop()
            {
                self.sweep(region);
            }
        }
        if self.free.is_empty() {
            self.grow().ok()?;
        }
        let resident = |&region: &usize| self.regions[region].resident;
        let last = self.free.len().checked_sub(1)?;
        let region = self
            .free
            .swap_remove(self.free.iter().rposition(resident).unwrap_or(last));
        self.regions[region].is_free = false;
        self.regions[region].resident = true;
        Some(region)
    }

    /// One more region may be written.
    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let count = self.regions.len() + 1;
        if count + self.bytes_elsewhere / REGION_BYTES > self.regions_max {
            return Err(OutOfMemory);
        }
        self.space.commit_to(count * REGION_BYTES)?;
        self.marks.commit_to(count * REGION_BITS)?;
        self.starts.commit_to(count * REGION_BITS)?;
        if let Some(cards) = &mut self.cards {
            cards.commit_to(count * REGION_CARDS)?;
        }
        self.regions.push(RegionBook {
            drops: Vec::new(),
            live_bytes: 0,
            marked_bytes: 0,
            unswept: false,
            is_free: true,
            resident: false,
            leaving: false,
        });
        self.free.push(count - 1);
        Ok(())
    }

    /// Makes sure that objects of `bytes` bytes in all find room, whatever their sizes. `room` says
    /// how much more may be held below a soft limit: when that is little, holes are looked for
    /// wherever they are, however long that takes.
    pub(crate) fn prepare(&mut self, bytes: usize, room: usize) -> Result<(), OutOfMemory> {
        self.holes.allow(if room < ROOM_BYTES_MIN {
            usize::MAX
        } else {
            bytes / LOOK_BYTES
        });
        // A region's end is left when an object of up to 32 KiB does not fit; and one is begun.
        let regions = bytes.div_ceil(REGION_BYTES - (32 << 10)) + 1;
        // What may be written costs nothing until it is; to sweep costs time in a pause.
        while self.free.len() < regions {
            if self.grow().is_err() {
                let region = self.unswept.pop().ok_or(OutOfMemory)?;
                self.sweep(region);
            }
        }
        Ok(())
    }

    /// Counts a marked object of `bytes` bytes.
    #[inline]
    pub(crate) fn count_marked(&mut self, object: Object, bytes: usize) {
        let region = self.region_of(object);
        self.regions[region].marked_bytes += bytes;
    }

    /// What is marked is counted anew.
    pub(crate) fn forget_counts(&mut self) {
        self.regions
            .iter_mut()
            .for_each(|book| book.marked_bytes = 0);
    }

    /// A mark begins: all is swept, and new objects are marked.
    pub(crate) fn begin_mark(&mut self) {
        while let Some(region) = self.unswept.pop() {
            self.sweep(region);
        }
        debug_assert!(self.regions.iter().all(|book| !book.unswept));
        self.forget_counts();
        self.marking = true;
    }

    /// A mark has ended: what is not marked is no object any more. Gives the regions that must wait
    /// until the dead in them are dropped.
    pub(crate) fn end_mark(&mut self, marked_bytes: usize) -> Vec<usize> {
        self.marking = false;
        self.fresh = Hole::NONE;
        self.holes.clear();
        self.used_bytes = marked_bytes;
        let mut with_drops = Vec::new();
        for (index, book) in self.regions.iter_mut().enumerate() {
            if book.is_free {
                continue;
            }
            book.unswept = true;
            book.live_bytes = book.marked_bytes;
            if book.drops.is_empty() {
                self.unswept.push(index);
            } else {
                with_drops.push(index);
            }
        }
        with_drops
    }

    /// Turns the marks of a region into its starts.
    pub(crate) fn sweep(&mut self, region: usize) {
        let book = &mut self.regions[region];
        debug_assert!(book.unswept);
        let marks = self.marks.words_mut(region * REGION_BITS, BIT_WORDS);
        let starts = self.starts.words_mut(region * REGION_BITS, BIT_WORDS);
        starts.copy_from_slice(marks);
        marks.fill(0);
        book.unswept = false;
        if book.live_bytes == 0 {
            book.is_free = true;
            book.leaving = false;
            self.free.push(region);
        } else if book.is_reusable() {
            self.holes.offer(region);
        }
    }

    /// Gives the memory of one free region back to the kernel, unless no more than `keep` of them
    /// are resident. How many bytes.
    pub(crate) fn give_back_one(&mut self, keep: usize) -> Option<usize> {
        let resident = |region: &&usize| self.regions[**region].resident;
        let region = *self.free.iter().filter(resident).nth(keep)?;
        // SAFETY: a free region holds nothing, by invariant (c).
        unsafe { memory::purge(self.start() + region * REGION_BYTES, REGION_BYTES) };
        self.marks.purge(region * REGION_BITS, BIT_WORDS);
        self.starts.purge(region * REGION_BITS, BIT_WORDS);
        self.regions[region].resident = false;
        Some(REGION_BYTES)
    }

    /// Takes all marks away: a mark is given up.
    pub(crate) fn abandon_mark(&mut self) {
        self.marking = false;
        for region in 0..self.regions.len() {
            self.marks
                .words_mut(region * REGION_BITS, BIT_WORDS)
                .fill(0);
        }
    }

    /// Some regions are about to leave: nothing new goes there.
    pub(crate) fn begin_leaving(&mut self, regions: &[usize]) {
        self.fresh = Hole::NONE;
        self.holes.clear();
        let mut leaves = alloc::vec![false; self.regions.len()];
        regions.iter().for_each(|&region| leaves[region] = true);
        for (region, book) in self.regions.iter().enumerate() {
            if !leaves[region] && !book.is_free && !book.unswept && book.is_reusable() {
                self.holes.offer(region);
            }
        }
    }

    /// A region's objects are moved away from now on.
    pub(crate) fn set_leaving(&mut self, region: usize) {
        self.regions[region].leaving = true;
    }

    /// Where an object of a region that is leaving lies now.
    #[inline]
    pub(crate) fn moved(&self, object: Object) -> Option<Object> {
        if !self.contains(object.addr()) || !self.regions[self.region_of(object)].leaving {
            return None;
        }
        // SAFETY: objects of such a region are live or have moved.
        unsafe { object.word() }.forwarded().map(Object::of_value)
    }

    /// Calls `visit` with each object outside of leaving regions.
    pub(crate) fn for_each_staying(&self, mut visit: impl FnMut(Object)) {
        for region in 0..self.regions.len() {
            if !self.regions[region].leaving {
                self.for_each_in(region, &mut visit);
            }
        }
    }

    /// Leaving regions hold nothing any more: every slot has been led away from them.
    pub(crate) fn end_leaving(&mut self) {
        for (region, book) in self.regions.iter_mut().enumerate() {
            if book.leaving {
                self.starts
                    .words_mut(region * REGION_BITS, BIT_WORDS)
                    .fill(0);
                book.live_bytes = 0;
                book.leaving = false;
                book.is_free = true;
                self.free.push(region);
            }
        }
    }

    /// Bytes of the regions that may be resident, with their bits.
    pub(crate) fn resident_bytes(&self) -> usize {
        let regions = self.regions.iter().filter(|book| book.resident).count();
        let cards = if self.cards.is_some() {
            REGION_CARDS / 8
        } else {
            0
        };
        regions * (REGION_BYTES + 2 * REGION_BITS / 8 + cards)
    }

    /// Bytes of the regions that hold something.
    pub(crate) fn held_bytes(&self) -> usize {
        (self.regions.len() - self.free.len()) * REGION_BYTES
    }

    /// Calls `visit` with each object whose bit is set, of the starts or of the marks.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(Object)) {
        for region in 0..self.regions.len() {
            self.for_each_in(region, &mut visit);
        }
    }

    /// The same for the objects of one region.
    pub(crate) fn for_each_in(&self, region: usize, visit: &mut impl FnMut(Object)) {
        let book = &self.regions[region];
        if book.is_free {
            return;
        }
        let of = if book.unswept {
            &self.marks
        } else {
            &self.starts
        };
        self.for_each_bit(of, region, visit);
    }

    /// The first marked object of a region from a bit on, both of the region.
    pub(crate) fn next_marked_in(&self, region: usize, from: usize) -> Option<(usize, Object)> {
        let marks = self.marks.words(region * REGION_BITS, BIT_WORDS);
        let bit = bits::next_one(marks, from, REGION_BITS)?;
        Some((bit, self.object(region * REGION_BITS + bit)))
    }

    fn for_each_bit(&self, of: &SideBits, region: usize, visit: &mut impl FnMut(Object)) {
        for (index, &word) in of.words(region * REGION_BITS, BIT_WORDS).iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                visit(self.object(region * REGION_BITS + index * bits::WORD_BITS + bit));
            }
        }
    }

    /// Makes the card of an object dirty, if there is a card table.
    pub(crate) fn dirty_card(&mut self, object: Object) -> bool {
        let card = (object.addr() - self.base.addr()) / CARD_BYTES;
        self.cards.as_mut().map(|cards| cards.set(card)).is_some()
    }

    /// Whether the card of an object is dirty.
    pub(crate) fn card_is_dirty(&self, object: Object) -> bool {
        let card = (object.addr() - self.start()) / CARD_BYTES;
        self.cards.as_ref().is_some_and(|cards| cards.get(card))
    }

    /// Takes the dirty cards, which are clean then.
    pub(crate) fn take_dirty_cards(&mut self) -> Vec<usize> {
        let mut dirty = Vec::new();
        let regions = self.regions.len();
        if let Some(cards) = &mut self.cards {
            let words = cards.words_mut(0, regions * REGION_CARDS / bits::WORD_BITS);
            for (index, word) in words.iter_mut().enumerate() {
                while *word != 0 {
                    dirty.push(index * bits::WORD_BITS + word.trailing_zeros() as usize);
                    *word &= *word - 1;
                }
            }
        }
        dirty
    }

    /// The objects that begin in a card.
    pub(crate) fn objects_in_card(&self, card: usize, objects: &mut Vec<Object>) {
        const BITS: usize = CARD_BYTES / WORD_BYTES;
        const _: () = assert!(BITS == bits::WORD_BITS);
        let book = &self.regions[card / REGION_CARDS];
        if book.is_free {
            return;
        }
        let of = if book.unswept {
            &self.marks
        } else {
            &self.starts
        };
        let mut rest = of.words(card * BITS, 1)[0];
        while rest != 0 {
            objects.push(self.object(card * BITS + rest.trailing_zeros() as usize));
            rest &= rest - 1;
        }
    }

    /// Whether an object begins there.
    pub(crate) fn begins(&self, object: Object) -> bool {
        let region = self.region_of(object);
        let Some(book) = self.regions.get(region) else {
            return false;
        };
        let of = if book.unswept {
            &self.marks
        } else {
            &self.starts
        };
        object.addr().is_multiple_of(WORD_BYTES) && !book.is_free && of.get(self.bit(object))
    }

    /// A region whose objects do not take what its book says.
    pub(crate) fn miscounted_region(&self) -> Option<usize> {
        (0..self.regions.len()).find(|&region| {
            let mut bytes = 0;
            // SAFETY: what lies in a region is an object, and none has moved between collections.
            self.for_each_in(region, &mut |object| bytes += unsafe { object.bytes() });
            bytes != self.regions[region].live_bytes
        })
    }
}

impl RegionBook {
    /// There may be holes in it that are worth a look.
    fn is_reusable(&self) -> bool {
        self.live_bytes <= REGION_BYTES - REUSED_BYTES_MIN
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let space = core::mem::replace(&mut self.space, Region::empty());
        // SAFETY: a heap ends with its old generation, and no brand of it is open.
        unsafe { space.release() };
    }
}

//! Values behind keys: pages that never move, keys that are never reused.
//!
//! **Shape:** a directory of pages. A page is one block of slots from the global allocator, as many
//! as fit in 64 KiB, 64 at most; a slot is a value and a generation. The directory says of each
//! page which slots are vacant and which are spent, in a word of bits each; those that are neither
//! are used. Pages with memory and a vacant slot are linked both ways, to the list `open`; pages
//! whose memory has gone back, to `gone`.
//! **Invariants:**
//! * (a) a slot's generation is odd while it has a value, and even while not;
//! * (b) no generation of a slot comes twice: who would count beyond the last one is spent, and a
//!   page that is made anew starts above all generations of the one before;
//! * (c) a page has memory if a slot of it is used; without such a slot it is kept as the spare or
//!   has gone back (`spare` may also name a page that has got values meanwhile);
//! * (d) a page with a vacant slot is on one list once: on `open` if it has memory, on `gone` if
//!   not; a page without such a slot is on none;
//! * (e) `len` is the number of used slots.
//!
//! **Cost:** no value moves, and no operation walks the slots but iteration, and the making or
//! giving back of a page. 32 bytes of the directory stay for a page that has gone back.

use alloc::alloc::{alloc, dealloc};
use alloc::vec::Vec;
use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::num::{NonZeroU32, NonZeroU64};
use core::ptr::NonNull;

use tenure_base::ledger::Account;

use crate::books::Books;
use crate::refused::{Refused, give_up};

mod walk;

pub use walk::{SlotsIter, SlotsIterMut};

/// No page is made larger, unless one slot is.
const PAGE_BYTES: usize = 64 << 10;
/// The end of a list of pages.
const NO_PAGE: u32 = u32::MAX;

/// Names a value in the [`Slots`] that it was put in, for as long as that has it. 8 bytes, as many
/// as an `Option` of it.
///
/// In other `Slots` it names nothing, or a value that came there by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotKey {
    index: u32,
    /// Odd.
    generation: NonZeroU32,
}

struct Slot<T> {
    generation: u32,
    value: MaybeUninit<T>,
}

/// 32 bytes, so that a page is found by a shift.
struct Page<T> {
    slots: Option<NonNull<Slot<T>>>,
    vacant: u64,
    spent: u64,
    /// Behind it on its list.
    next: u32,
    /// On the list `open`, the page before it. On `gone`, where generations of the page start when
    /// it is made anew; even.
    before: u32,
}

const _: () = assert!(size_of::<Page<u8>>() == 32);

impl<T> Page<T> {
    /// A bit for each slot with a value.
    #[inline(always)]
    const fn used(&self) -> u64 {
        !(self.vacant | self.spent) & Slots::<T>::ALL
    }

    /// A vacant slot is not used again.
    #[cold]
    #[inline(never)]
    fn spend(&mut self, at: usize) {
        self.vacant &= !(1 << at);
        self.spent |= 1 << at;
    }
}

/// Values behind keys, which stay where they are until they are removed.
///
/// A key is valid until its value is removed, and never again: a slot whose generations are used up
/// (after 2^31 values) is not used any more. Pages that become empty go back to the allocator, but
/// one.
///
/// # Examples
/// ```
/// let mut slots = tenure_region::Slots::new();
/// let (a, b) = (slots.insert("a"), slots.insert("b"));
/// assert_eq!(slots.remove(a), Some("a"));
/// let c = slots.insert("c");
/// assert_eq!((slots.get(a), slots.get(b), slots.get(c)), (None, Some(&"b"), Some(&"c")));
/// ```
pub struct Slots<T> {
    pages: Vec<Page<T>>,
    open: u32,
    gone: u32,
    /// The page that is kept if it has no values.
    spare: u32,
    is_told: bool,
    len: usize,
    held_bytes: usize,
    books: Books,
}

// SAFETY: the values are the structure's own, as those of a `Vec` are.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above; a shared reference gives shared references to values only.
unsafe impl<T: Sync> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// Slots in one page: a power of two, at most 64.
    const PER_PAGE: usize = {
        let fitting = PAGE_BYTES / size_of::<Slot<T>>();
        let fitting = if fitting > 64 { 64 } else { fitting };
        if fitting == 0 {
            1
        } else {
            1 << fitting.ilog2()
        }
    };
    const SHIFT: u32 = Self::PER_PAGE.trailing_zeros();
    /// A bit for each slot of a page.
    const ALL: u64 = u64::MAX >> (64 - Self::PER_PAGE);
    const BYTES: usize = Self::PER_PAGE * size_of::<Slot<T>>();
    /// More pages have no numbers for their slots.
    const PAGES_MAX: usize = (u32::MAX as usize - 1) >> Self::SHIFT;

    /// No values and no memory.
    ///
    /// # Examples
    /// ```
    /// const NONE: tenure_region::Slots<u8> = tenure_region::Slots::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with_books(Books::NONE)
    }

    /// The same; what is held is told to the ledger under this name. The account is these slots'
    /// alone until they are dropped.
    ///
    /// # Examples
    /// ```
    /// use tenure_base::ledger::{Account, LEDGER};
    /// static ACCOUNT: Account = Account::new();
    /// let mut nodes = tenure_region::Slots::named("nodes", &ACCOUNT);
    /// nodes.insert(1u64);
    /// let told = LEDGER.readings().next().unwrap();
    /// assert_eq!((told.held_bytes, told.used_bytes), (nodes.held_bytes(), 8));
    /// ```
    #[must_use]
    pub const fn named(name: &'static str, account: &'static Account) -> Self {
        Self::with_books(Books::new(name, account))
    }

    const fn with_books(books: Books) -> Self {
        Self {
            pages: Vec::new(),
            open: NO_PAGE,
            gone: NO_PAGE,
            is_told: false,
            spare: NO_PAGE,
            len: 0,
            held_bytes: 0,
            books,
        }
    }

    /// Puts a value in. O(1).
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`Slots`].
    #[inline(always)]
    pub fn insert(&mut self, value: T) -> SlotKey {
        match self.try_insert(value) {
            Ok(key) => key,
            Err((_, why)) => give_up(why),
        }
    }

    /// As [`Slots::insert`].
    ///
    /// # Errors
    /// The value, and why: [`Refused::NoMemory`], [`Refused::Limit`] by the account, or
    /// [`Refused::Full`] when 2^32 slots are used.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// assert!(slots.try_insert(1).is_ok());
    /// ```
    #[inline(always)]
    pub fn try_insert(&mut self, value: T) -> Result<SlotKey, (T, Refused)> {
        // Without an open page its number is behind all pages.
        if self.open as usize >= self.pages.len()
            && let Err(why) = self.open_page()
        {
            return Err((value, why));
        }
        let number = self.open;
        debug_assert!((number as usize) < self.pages.len());
        // SAFETY: looked at above, or the number of the page just opened.
        let page = unsafe { self.pages.get_unchecked_mut(number as usize) };
        debug_assert!(page.slots.is_some() && page.vacant != 0);
        // SAFETY: an open page has memory, and a vacant slot (invariant d): `link` is called for
        // such pages only, and `unlink` below when the last vacant slot is taken.
        let (slots, vacant) = unsafe {
            let vacant = NonZeroU64::new_unchecked(page.vacant);
            (page.slots.unwrap_unchecked(), vacant)
        };
        let at = vacant.trailing_zeros();
        let rest = page.vacant & (page.vacant - 1);
        page.vacant = rest;
        // SAFETY: the page has memory for `PER_PAGE` slots, and `vacant` has bits of those only.
        let slot = unsafe { &mut *slots.as_ptr().add(at as usize) };
        slot.value.write(value);
        let generation = NonZeroU32::MIN | slot.generation;
        slot.generation = generation.get();
        self.len += 1;
        self.books.use_bytes(self.len * size_of::<T>());
        if rest == 0 {
            self.unlink(number);
        }
        let index = number << Self::SHIFT | at;
        Ok(SlotKey { index, generation })
    }

    /// Makes an open page.
    #[cold]
    #[inline(never)]
    fn open_page(&mut self) -> Result<(), Refused> {
        let number = if self.gone != NO_PAGE {
            self.gone
        } else if self.pages.len() < Self::PAGES_MAX {
            self.pages.try_reserve(1).map_err(|_| Refused::NoMemory)?;
            self.pages.len() as u32
        } else {
            return Err(Refused::Full);
        };
        let floor = (self.pages.get(number as usize)).map_or(0, |page| page.before);
        let slots = Some(self.make(floor)?);
        match self.pages.get_mut(number as usize) {
            Some(page) => {
                page.slots = slots;
                self.gone = page.next;
            }
            None => self.pages.push(Page {
                slots,
                vacant: Self::ALL,
                spent: 0,
                next: NO_PAGE,
                before: NO_PAGE,
            }),
        }
        self.link(number);
        Ok(())
    }

    /// Puts a page at the front of the open ones.
    #[cold]
    #[inline(never)]
    fn link(&mut self, number: u32) {
        if let Some(first) = self.pages.get_mut(self.open as usize) {
            first.before = number;
        }
        let page = &mut self.pages[number as usize];
        (page.next, page.before) = (self.open, NO_PAGE);
        self.open = number;
    }

    /// Takes a page off the open ones.
    #[cold]
    #[inline(never)]
    fn unlink(&mut self, number: u32) {
        let Page { next, before, .. } = self.pages[number as usize];
        match self.pages.get_mut(before as usize) {
            Some(page) => page.next = next,
            None => self.open = next,
        }
        if let Some(page) = self.pages.get_mut(next as usize) {
            page.before = before;
        }
    }

    /// Memory for a page whose generations start at `floor`.
    fn make(&mut self, floor: u32) -> Result<NonNull<Slot<T>>, Refused> {
        let layout = Self::layout().ok_or(Refused::TooLarge)?;
        if !self.is_told {
            self.is_told = true;
            self.books.open();
        }
        self.books.hold(Self::BYTES)?;
        // SAFETY: a slot has a generation, so the layout is not empty.
        let block = NonNull::new(unsafe { alloc(layout) }.cast::<Slot<T>>());
        let Some(slots) = block else {
            self.books.release(Self::BYTES);
            return Err(Refused::NoMemory);
        };
        self.held_bytes += Self::BYTES;
        for at in 0..Self::PER_PAGE {
            // SAFETY: slots of the block just made; no reference to one is there yet.
            unsafe { (&raw mut (*slots.as_ptr().add(at)).generation).write(floor) };
        }
        Ok(slots)
    }

    fn layout() -> Option<Layout> {
        Layout::array::<Slot<T>>(Self::PER_PAGE).ok()
    }

    /// Takes a value out; its key is void from now on. O(1), but for a page that goes back.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert(String::from("a"));
    /// assert_eq!(slots.remove(key).as_deref(), Some("a"));
    /// assert_eq!(slots.remove(key), None);
    /// ```
    #[inline]
    pub fn remove(&mut self, key: SlotKey) -> Option<T> {
        let number = key.index >> Self::SHIFT;
        let at = key.index as usize % Self::PER_PAGE;
        let page = self.pages.get_mut(number as usize)?;
        // SAFETY: a page with memory has this slot, and the structure is borrowed exclusively.
        let slot = unsafe { &mut *page.slots?.as_ptr().add(at) };
        if slot.generation != key.generation.get() {
            return None;
        }
        // SAFETY: the slot has the key's odd generation, so it has a value (invariant a), which is
        // not looked at again: the generation becomes even.
        let value = unsafe { slot.value.assume_init_read() };
        let next = key.generation.get().wrapping_add(1);
        slot.generation = next;
        self.len -= 1;
        self.books.use_bytes(self.len * size_of::<T>());
        let before = page.vacant;
        page.vacant = before | 1 << at;
        let is_empty = page.used() == 0;
        // After the last generation comes 0, which no key has.
        if next == 0 {
            page.spend(at);
        }
        if before == 0 {
            self.no_longer_full(number);
        }
        if is_empty {
            self.no_longer_used(number);
        }
        Some(value)
    }

    /// Opens a page that had no vacant slot, if it has one.
    #[cold]
    #[inline(never)]
    fn no_longer_full(&mut self, number: u32) {
        if self.pages[number as usize].vacant != 0 {
            self.link(number);
        }
    }

    /// Keeps a page that has no values any more as the spare, or gives it back.
    #[cold]
    #[inline(never)]
    fn no_longer_used(&mut self, number: u32) {
        let is_spare = |page: &Page<T>| page.used() == 0 && page.slots.is_some();
        let has_other =
            self.spare != number && self.pages.get(self.spare as usize).is_some_and(is_spare);
        if has_other || self.pages[number as usize].vacant == 0 {
            self.give_back(number);
        } else {
            self.spare = number;
        }
    }

    /// Frees the memory of a page without values.
    #[cold]
    #[inline(never)]
    fn give_back(&mut self, number: u32) {
        let page = &mut self.pages[number as usize];
        debug_assert_eq!(page.used(), 0, "a page with values is kept");
        let (Some(slots), Some(layout)) = (page.slots.take(), Self::layout()) else {
            return;
        };
        let generations = (0..Self::PER_PAGE).map(|at| {
            // SAFETY: a slot of the page.
            unsafe { (*slots.as_ptr().add(at)).generation }
        });
        let floor = generations.max().unwrap_or(0);
        if page.vacant != 0 {
            self.unlink(number);
            let page = &mut self.pages[number as usize];
            (page.next, page.before) = (self.gone, floor);
            self.gone = number;
        }
        // SAFETY: `make` allocated it with this layout, and no slot has a value.
        unsafe { dealloc(slots.as_ptr().cast(), layout) };
        self.held_bytes -= Self::BYTES;
        self.books.release(Self::BYTES);
    }

    /// The slot that a key names, which has a value.
    #[inline]
    fn place(&self, key: SlotKey) -> Option<NonNull<Slot<T>>> {
        let slots = self.pages.get((key.index >> Self::SHIFT) as usize)?.slots?;
        // SAFETY: a page with memory has this slot.
        let slot = unsafe { slots.add(key.index as usize % Self::PER_PAGE) };
        // SAFETY: as above; the reference ends here.
        (unsafe { slot.as_ref() }.generation == key.generation.get()).then_some(slot)
    }

    /// The value of a key. O(1).
    ///
    /// # Examples
    /// See [`Slots`].
    #[inline]
    #[must_use]
    pub fn get(&self, key: SlotKey) -> Option<&T> {
        // SAFETY: the slot has a value (`place`), and is borrowed with the structure.
        self.place(key)
            .map(|slot| unsafe { slot.as_ref().value.assume_init_ref() })
    }

    /// The value of a key, to change. O(1).
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert(1);
    /// *slots.get_mut(key).unwrap() += 1;
    /// assert_eq!(slots.get(key), Some(&2));
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, key: SlotKey) -> Option<&mut T> {
        // SAFETY: as in `get`, exclusively.
        self.place(key)
            .map(|mut slot| unsafe { slot.as_mut().value.assume_init_mut() })
    }

    /// The values of several keys at once, to change. `None` if a key has no value or comes twice.
    /// O(N^2).
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let (a, b) = (slots.insert(1), slots.insert(2));
    /// let [x, y] = slots.get_disjoint_mut([a, b]).unwrap();
    /// core::mem::swap(x, y);
    /// assert_eq!(slots.get(a), Some(&2));
    /// assert!(slots.get_disjoint_mut([a, a]).is_none());
    /// ```
    #[must_use]
    pub fn get_disjoint_mut<const N: usize>(&mut self, keys: [SlotKey; N]) -> Option<[&mut T; N]> {
        let mut places = [NonNull::dangling(); N];
        for (at, key) in keys.iter().enumerate() {
            places[at] = self.place(*key)?;
            if places[..at].contains(&places[at]) {
                return None;
            }
        }
        // SAFETY: each slot has a value (`place`), no two are the same, and the structure is
        // borrowed exclusively for as long as the references are there.
        Some(places.map(|slot| unsafe { (*slot.as_ptr()).value.assume_init_mut() }))
    }

    /// Whether a key has a value.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert(1);
    /// assert!(slots.contains(key));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains(&self, key: SlotKey) -> bool {
        self.place(key).is_some()
    }

    /// Values.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of all pages.
    ///
    /// # Examples
    /// See [`Slots::trim`].
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Gives the empty page back that is kept, too.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert([0u8; 100]);
    /// slots.remove(key);
    /// slots.trim();
    /// assert_eq!(slots.held_bytes(), 0);
    /// assert_eq!(slots.get(key), None);
    /// ```
    pub fn trim(&mut self) {
        let number = core::mem::replace(&mut self.spare, NO_PAGE);
        if self
            .pages
            .get(number as usize)
            .is_some_and(|page| page.used() == 0)
        {
            self.give_back(number);
        }
    }

    /// Walks the invariants of this file, in their order.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        let mut len = 0;
        for (number, page) in self.pages.iter().enumerate() {
            assert_eq!(page.vacant & page.spent, 0);
            assert_eq!((page.vacant | page.spent) & !Self::ALL, 0);
            for at in (0..Self::PER_PAGE).filter(|_| page.slots.is_some()) {
                // SAFETY: a slot of the page.
                let generation = unsafe { (*page.slots.unwrap().as_ptr().add(at)).generation };
                assert_eq!(generation % 2, (page.used() >> at & 1) as u32, "(a)");
                assert!(page.spent >> at & 1 == 0 || generation == 0, "(b)");
            }
            if page.slots.is_none() && page.vacant != 0 {
                assert_eq!(page.before % 2, 0, "(b)");
            }
            assert!(page.used() == 0 || page.slots.is_some(), "(c)");
            let is_spare = self.spare == number as u32;
            assert!(page.used() != 0 || page.slots.is_some() == is_spare, "(c)");
            len += page.used().count_ones() as usize;
        }
        let mut on_lists = alloc::vec![0; self.pages.len()];
        for (first, has_memory) in [(self.open, true), (self.gone, false)] {
            let (mut at, mut previous) = (first, NO_PAGE);
            while let Some(page) = self.pages.get(at as usize) {
                on_lists[at as usize] += 1;
                assert_eq!(on_lists[at as usize], 1, "(d)");
                assert_eq!(page.slots.is_some(), has_memory, "(d)");
                assert!(!has_memory || page.before == previous, "(d)");
                (at, previous) = (page.next, at);
            }
        }
        for (page, count) in self.pages.iter().zip(on_lists) {
            assert_eq!(page.vacant != 0, count == 1, "(d)");
        }
        assert_eq!(len, self.len, "(e)");
    }

    /// Removes and drops all values.
    ///
    /// # Panics
    /// When the drop of a value does; the others are dropped all the same.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert(String::new());
    /// slots.clear();
    /// assert!(slots.is_empty() && !slots.contains(key));
    /// ```
    pub fn clear(&mut self) {
        self.retain(|_, _| false);
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> core::fmt::Debug for Slots<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slots")
            .field("len", &self.len)
            .field("held_bytes", &self.held_bytes)
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        /// Gives the pages back, also when the drop of a value panics.
        struct Pages<'s, T>(&'s mut Slots<T>);
        impl<T> Drop for Pages<'_, T> {
            fn drop(&mut self) {
                for number in 0..self.0.pages.len() as u32 {
                    if self.0.pages[number as usize].used() == 0 {
                        self.0.give_back(number);
                    }
                }
                self.0.books.close();
            }
        }
        let pages = Pages(self);
        pages.0.clear();
    }
}

#[cfg(test)]
mod tests;

//! Going through all values, by the bits of the directory.

use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::num::NonZeroU32;
use core::slice;

use super::{Page, Slot, SlotKey, Slots};

/// Where an iteration is: the rest of a page's bits, and the pages behind.
struct Cursor<'s, T> {
    pages: slice::Iter<'s, Page<T>>,
    slots: *mut Slot<T>,
    bits: u64,
    /// The number of the page that comes next.
    next: u32,
    left: usize,
}

impl<'s, T> Cursor<'s, T> {
    fn new(slots: &'s Slots<T>) -> Self {
        Self {
            pages: slots.pages.iter(),
            slots: core::ptr::null_mut(),
            bits: 0,
            next: 0,
            left: slots.len,
        }
    }

    /// The next slot with a value, and its number.
    #[inline]
    fn step(&mut self) -> Option<(u32, *mut Slot<T>)> {
        while self.bits == 0 {
            let page = self.pages.next()?;
            self.next += 1;
            if let Some(slots) = page.slots {
                (self.slots, self.bits) = (slots.as_ptr(), page.used());
            }
        }
        let at = self.bits.trailing_zeros();
        self.bits &= self.bits - 1;
        self.left -= 1;
        // SAFETY: a bit of `used` is that of a slot of the page.
        let slot = unsafe { self.slots.add(at as usize) };
        Some(((self.next - 1) << Slots::<T>::SHIFT | at, slot))
    }
}

/// The key of a slot that has a value.
///
/// # Safety
/// * `slot` is a slot with a value, whose number is `index`.
unsafe fn key_of<T>(index: u32, slot: *mut Slot<T>) -> SlotKey {
    // SAFETY: as this function's contract.
    let generation = unsafe { (*slot).generation };
    SlotKey {
        index,
        generation: NonZeroU32::new(generation).unwrap_or(NonZeroU32::MIN),
    }
}

/// Keys and values; made by [`Slots::iter`].
pub struct SlotsIter<'s, T> {
    cursor: Cursor<'s, T>,
}

/// Keys and values, to change; made by [`Slots::iter_mut`].
pub struct SlotsIterMut<'s, T> {
    cursor: Cursor<'s, T>,
    values: PhantomData<&'s mut T>,
}

impl<'s, T> Iterator for SlotsIter<'s, T> {
    type Item = (SlotKey, &'s T);
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (index, slot) = self.cursor.step()?;
        // SAFETY: the slot has a value, and the structure is borrowed.
        Some(unsafe { (key_of(index, slot), (*slot).value.assume_init_ref()) })
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.cursor.left, Some(self.cursor.left))
    }
}

impl<'s, T> Iterator for SlotsIterMut<'s, T> {
    type Item = (SlotKey, &'s mut T);
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (index, slot) = self.cursor.step()?;
        // SAFETY: the slot has a value; the structure is borrowed exclusively, and each slot comes
        // once.
        Some(unsafe { (key_of(index, slot), (*slot).value.assume_init_mut()) })
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.cursor.left, Some(self.cursor.left))
    }
}

impl<T> ExactSizeIterator for SlotsIter<'_, T> {}
impl<T> ExactSizeIterator for SlotsIterMut<'_, T> {}
impl<T> FusedIterator for SlotsIter<'_, T> {}
impl<T> FusedIterator for SlotsIterMut<'_, T> {}

impl<T> Slots<T> {
    /// Keys and values, in the order of their places.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// let key = slots.insert(7);
    /// assert!(slots.iter().eq([(key, &7)]));
    /// ```
    pub fn iter(&self) -> SlotsIter<'_, T> {
        SlotsIter {
            cursor: Cursor::new(self),
        }
    }

    /// The same, to change.
    ///
    /// # Examples
    /// ```
    /// let mut slots: tenure_region::Slots<i32> = tenure_region::Slots::new();
    /// let key = slots.insert(7);
    /// slots.iter_mut().for_each(|(_, value)| *value += 1);
    /// assert_eq!(slots.get(key), Some(&8));
    /// ```
    pub fn iter_mut(&mut self) -> SlotsIterMut<'_, T> {
        SlotsIterMut {
            cursor: Cursor::new(self),
            values: PhantomData,
        }
    }

    /// Removes and drops the values for which `keep` says no.
    ///
    /// # Panics
    /// When `keep` or the drop of a value does. After the drop of a value, those behind it are
    /// looked at all the same; after `keep`, they stay.
    ///
    /// # Examples
    /// ```
    /// let mut slots = tenure_region::Slots::new();
    /// (0..10).for_each(|n| drop(slots.insert(n)));
    /// slots.retain(|_, n| *n % 2 == 0);
    /// assert_eq!(slots.len(), 5);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(SlotKey, &mut T) -> bool) {
        /// Goes on behind a drop that panicked; a second one ends the process.
        struct Rest<'r, 's, T, K: FnMut(SlotKey, &mut T) -> bool> {
            slots: &'s mut Slots<T>,
            keep: &'r mut K,
            at: u32,
            is_dropping: bool,
        }
        impl<T, K: FnMut(SlotKey, &mut T) -> bool> Rest<'_, '_, T, K> {
            fn run(&mut self) {
                while let Some(key) = self.slots.first_from(self.at) {
                    self.at = key.index + 1;
                    let value = self.slots.get_mut(key);
                    if value.is_some_and(|value| (self.keep)(key, value)) {
                        continue;
                    }
                    let value = self.slots.remove(key);
                    self.is_dropping = true;
                    drop(value);
                    self.is_dropping = false;
                }
            }
        }
        impl<T, K: FnMut(SlotKey, &mut T) -> bool> Drop for Rest<'_, '_, T, K> {
            fn drop(&mut self) {
                if self.is_dropping {
                    self.run();
                }
            }
        }
        let mut rest = Rest {
            slots: self,
            keep: &mut keep,
            at: 0,
            is_dropping: false,
        };
        rest.run();
    }

    /// The key of the first value at this number or above.
    fn first_from(&self, index: u32) -> Option<SlotKey> {
        let mut number = (index >> Self::SHIFT) as usize;
        let mut mask = u64::MAX << (index as usize % Self::PER_PAGE);
        while let Some(page) = self.pages.get(number) {
            let bits = page.used() & mask;
            if let Some(slots) = page.slots.filter(|_| bits != 0) {
                let at = bits.trailing_zeros();
                let index = (number as u32) << Self::SHIFT | at;
                // SAFETY: a bit of `used` is that of a slot of the page, with a value.
                return Some(unsafe { key_of(index, slots.as_ptr().add(at as usize)) });
            }
            (number, mask) = (number + 1, u64::MAX);
        }
        None
    }
}

impl<'s, T> IntoIterator for &'s Slots<T> {
    type Item = (SlotKey, &'s T);
    type IntoIter = SlotsIter<'s, T>;
    fn into_iter(self) -> SlotsIter<'s, T> {
        self.iter()
    }
}

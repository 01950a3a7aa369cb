//! Taking elements out of a vector.

use core::iter::FusedIterator;
use core::ptr::{copy, drop_in_place, slice_from_raw_parts_mut};

use crate::vec::ArenaVec;

impl<'a, T> ArenaVec<'a, T> {
    /// The last element, taken off.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut stack = ArenaVec::new_in(&arena);
    /// stack.push(1);
    /// assert_eq!((stack.pop(), stack.pop()), (Some(1), None));
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: it was a valid element, and is behind the length now.
        Some(unsafe { self.start.add(self.len).read() })
    }

    /// The element at `index`, taken out; those behind it move up. O(n).
    ///
    /// # Panics
    /// If there is no such element.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.extend([1, 2, 3]);
    /// assert_eq!(numbers.remove(0), 1);
    /// assert_eq!(numbers, [2, 3]);
    /// ```
    pub fn remove(&mut self, index: usize) -> T {
        assert!(index < self.len, "remove {index} of {}", self.len);
        self.len -= 1;
        // SAFETY: `index` is an element; those behind it, up to the old end, move into its place.
        unsafe {
            let hole = self.start.add(index);
            let value = hole.read();
            copy(hole.add(1).as_ptr(), hole.as_ptr(), self.len - index);
            value
        }
    }

    /// The element at `index`, taken out; the last one takes its place. O(1).
    ///
    /// # Panics
    /// If there is no such element.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.extend([1, 2, 3]);
    /// assert_eq!(numbers.swap_remove(0), 1);
    /// assert_eq!(numbers, [3, 2]);
    /// ```
    pub fn swap_remove(&mut self, index: usize) -> T {
        assert!(index < self.len, "swap_remove {index} of {}", self.len);
        self.len -= 1;
        // SAFETY: both are elements; the last one is behind the length now, and moved once.
        unsafe {
            let value = self.start.add(index).read();
            copy(
                self.start.add(self.len).as_ptr(),
                self.start.add(index).as_ptr(),
                1,
            );
            value
        }
    }

    /// Puts an element in at `index`; those behind it move down. O(n).
    ///
    /// # Panics
    /// Without memory, and if `index` is behind the end.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.extend([1, 3]);
    /// numbers.insert(1, 2);
    /// assert_eq!(numbers, [1, 2, 3]);
    /// ```
    pub fn insert(&mut self, index: usize, value: T) {
        assert!(index <= self.len, "insert at {index} of {}", self.len);
        if let Err(why) = self.try_reserve(1) {
            crate::refused::give_up(why);
        }
        // SAFETY: there is room for one more; `index` is an element or the end.
        unsafe {
            let place = self.start.add(index);
            copy(place.as_ptr(), place.add(1).as_ptr(), self.len - index);
            place.write(value);
        }
        self.len += 1;
    }

    /// Drops all elements from `len` on. When a drop panics, the others are still dropped.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.extend([1, 2, 3]);
    /// numbers.truncate(1);
    /// assert_eq!(numbers, [1]);
    /// ```
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            let gone = self.len - len;
            // First: should a drop panic, none of them is dropped again.
            self.len = len;
            // SAFETY: valid elements that lie behind the length now.
            unsafe {
                let first = self.start.add(len).as_ptr();
                drop_in_place(slice_from_raw_parts_mut(first, gone));
            }
        }
    }

    /// Drops all elements; the room stays.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.extend([1, 2, 3]);
    /// numbers.clear();
    /// assert!(numbers.is_empty() && numbers.capacity() >= 3);
    /// ```
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the elements that `is_kept` says yes to, in their order. O(n).
    ///
    /// When `is_kept` or a drop panics, what was not yet looked at is leaked; nothing is dropped
    /// twice.
    ///
    /// # Examples
    /// See [`ArenaVec`].
    pub fn retain(&mut self, mut is_kept: impl FnMut(&T) -> bool) {
        let len = core::mem::take(&mut self.len);
        for index in 0..len {
            // SAFETY: not yet looked at, so still in place.
            let place = unsafe { self.start.add(index) };
            // SAFETY: as above.
            if is_kept(unsafe { place.as_ref() }) {
                // SAFETY: `self.len <= index`, and what was there was moved or dropped.
                unsafe { copy(place.as_ptr(), self.start.add(self.len).as_ptr(), 1) };
                self.len += 1;
            } else {
                // SAFETY: a valid element, which is passed now and never looked at again.
                unsafe { drop_in_place(place.as_ptr()) };
            }
        }
    }
}

/// The elements of a vector, by value; made by its `into_iter`. Borrows the region as the vector
/// did.
///
/// # Examples
/// ```
/// use tenure_region::{Arena, ArenaVec};
/// let arena = Arena::new();
/// let mut names = ArenaVec::new_in(&arena);
/// names.extend(["a".to_owned(), "b".to_owned()]);
/// let last: Option<String> = names.into_iter().rev().next();
/// assert_eq!(last.as_deref(), Some("b"));
/// ```
pub struct IntoIter<'a, T> {
    /// Its length is zero: what is left is `next .. end`.
    memory: ArenaVec<'a, T>,
    next: usize,
    end: usize,
}

impl<'a, T> IntoIterator for ArenaVec<'a, T> {
    type Item = T;
    type IntoIter = IntoIter<'a, T>;

    fn into_iter(mut self) -> IntoIter<'a, T> {
        let end = core::mem::take(&mut self.len);
        IntoIter {
            memory: self,
            next: 0,
            end,
        }
    }
}

impl<T> Iterator for IntoIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        self.next += 1;
        // SAFETY: it was left, and is not any more.
        Some(unsafe { self.memory.start.add(self.next - 1).read() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.next, Some(self.end - self.next))
    }
}

impl<T> DoubleEndedIterator for IntoIter<'_, T> {
    fn next_back(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        self.end -= 1;
        // SAFETY: as in `next`.
        Some(unsafe { self.memory.start.add(self.end).read() })
    }
}

impl<T> ExactSizeIterator for IntoIter<'_, T> {}
impl<T> FusedIterator for IntoIter<'_, T> {}

impl<T> Drop for IntoIter<'_, T> {
    fn drop(&mut self) {
        let left = core::mem::replace(&mut self.next, self.end)..self.end;
        // SAFETY: what is left is valid, and nobody's after this. The memory goes with the vector,
        // which has no elements.
        unsafe {
            let first = self.memory.start.add(left.start).as_ptr();
            drop_in_place(slice_from_raw_parts_mut(first, left.end - left.start));
        }
    }
}

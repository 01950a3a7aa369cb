//! A vector in a region.
//!
//! **Shape:** address, length, capacity, and the region: 32 bytes. While it is the newest block of
//! the region it grows and shrinks in place; else it moves, and what it leaves behind is free only
//! when the region's scope ends.
//!
//! **Invariants:** (a) the first `len` elements are valid, and `len <= capacity`; (b) during calls
//! into the caller's code `len` counts only elements that are in place, so a panic drops each once;
//! (c) the address is the region's own pointer, never one that was lent out.

mod remove;
mod traits;

use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{NonNull, drop_in_place, slice_from_raw_parts_mut};

use crate::boxed::ArenaBox;
use crate::bump::Bump;
use crate::refused::{Refused, give_up};

pub use remove::IntoIter;

/// What the first growth makes room for.
const FIRST_BYTES: usize = 64;

/// A vector in a region.
///
/// # Examples
/// ```
/// use tenure_region::{Arena, ArenaVec};
/// let arena = Arena::new();
/// let mut words = ArenaVec::new_in(&arena);
/// words.extend(["who", "holds", "it"]);
/// words.retain(|word| word.len() > 2);
/// let words: &[&str] = words.into_slice();
/// assert_eq!(words, ["who", "holds"]);
/// ```
pub struct ArenaVec<'a, T> {
    start: NonNull<T>,
    len: usize,
    capacity: usize,
    region: &'a Bump,
    owns: PhantomData<T>,
}

impl<'a, T> ArenaVec<'a, T> {
    /// A vector without memory.
    ///
    /// # Examples
    /// See [`ArenaVec`].
    #[inline]
    #[must_use]
    pub const fn new_in(region: &'a Bump) -> Self {
        Self {
            start: NonNull::dangling(),
            len: 0,
            capacity: if size_of::<T>() == 0 { usize::MAX } else { 0 },
            region,
            owns: PhantomData,
        }
    }

    /// A vector with room for `capacity` elements.
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// assert!(ArenaVec::<u32>::try_with_capacity_in(usize::MAX, &arena).is_err());
    /// assert_eq!(ArenaVec::<u32>::try_with_capacity_in(9, &arena)?.capacity(), 9);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    pub fn try_with_capacity_in(capacity: usize, region: &'a Bump) -> Result<Self, Refused> {
        let mut vec = Self::new_in(region);
        if capacity > vec.capacity {
            vec.set_capacity(capacity)?;
        }
        Ok(vec)
    }

    /// The region that it lies in.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let lines = ArenaVec::<&str>::new_in(&arena);
    /// let text = lines.region().text("beside the vector");
    /// assert_eq!(text.len(), 17);
    /// ```
    #[must_use]
    pub const fn region(&self) -> &'a Bump {
        self.region
    }

    /// Elements that fit without growth.
    ///
    /// # Examples
    /// See [`ArenaVec::try_with_capacity_in`].
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Adds an element at the end. Amortised O(1).
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`ArenaVec`].
    #[inline]
    pub fn push(&mut self, value: T) {
        if let Err(why) = self.try_push(value) {
            give_up(why);
        }
    }

    /// As [`ArenaVec::push`].
    ///
    /// # Errors
    /// [`Refused`]; the vector is as it was, and the value is dropped.
    ///
    /// # Examples
    /// ```
    /// use core::mem::MaybeUninit;
    /// use tenure_region::{ArenaVec, SliceArena};
    /// let mut memory = [MaybeUninit::uninit(); 100];
    /// let arena = SliceArena::new(&mut memory);
    /// let mut bytes = ArenaVec::new_in(&arena);
    /// while bytes.try_push(1u8).is_ok() {}
    /// assert_eq!(bytes.len(), 100);
    /// ```
    #[inline]
    pub fn try_push(&mut self, value: T) -> Result<(), Refused> {
        if self.len == self.capacity {
            self.grow_for(1)?;
        }
        // SAFETY: `len < capacity` now.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Makes room for `more` elements beyond the length; at least doubles when it must grow.
    ///
    /// # Errors
    /// [`Refused`]; the vector is as it was.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::<u64>::new_in(&arena);
    /// assert!(numbers.try_reserve(usize::MAX).is_err());
    /// numbers.try_reserve(100)?;
    /// assert!(numbers.capacity() >= 100);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    pub fn try_reserve(&mut self, more: usize) -> Result<(), Refused> {
        if more > self.capacity - self.len {
            self.grow_for(more)?;
        }
        Ok(())
    }

    /// `more` elements do not fit.
    #[cold]
    #[inline(never)]
    fn grow_for(&mut self, more: usize) -> Result<(), Refused> {
        // Only a vector of elements without a size has this much, and then it has no more.
        let needed = self.len.checked_add(more).ok_or(Refused::TooLarge)?;
        let first = (FIRST_BYTES / size_of::<T>().max(1)).max(4);
        let doubled = self.capacity.saturating_mul(2).max(first);
        if needed >= doubled {
            return self.set_capacity(needed);
        }
        // Where memory is short, what is asked for is enough.
        self.set_capacity(doubled)
            .or_else(|_| self.set_capacity(needed))
    }

    /// Grows to a larger capacity.
    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refused> {
        let new = Layout::array::<T>(capacity).map_err(|_| Refused::TooLarge)?;
        let block = if self.capacity == 0 {
            self.region.allocate(new)?
        } else {
            // SAFETY: the block is this vector's, came from the region with the old layout, and is
            // used by nobody else; the region is borrowed since, so no scope lies on top of it.
            unsafe { self.region.grow(self.start.cast(), self.layout(), new)? }
        };
        self.start = block.cast();
        self.capacity = capacity;
        Ok(())
    }

    /// The layout of the block; of no bytes when there is none.
    fn layout(&self) -> Layout {
        let bytes = size_of::<T>().wrapping_mul(self.capacity);
        let bytes = if size_of::<T>() == 0 { 0 } else { bytes };
        // SAFETY: `set_capacity` made a layout of these very numbers, or there is no block.
        unsafe { Layout::from_size_align_unchecked(bytes, align_of::<T>()) }
    }

    /// Adds all that an iterator yields.
    ///
    /// # Errors
    /// [`Refused`]; what was yielded so far has been added.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut numbers = ArenaVec::new_in(&arena);
    /// numbers.try_extend(0..5)?;
    /// assert_eq!(numbers, [0, 1, 2, 3, 4]);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    pub fn try_extend(&mut self, source: impl IntoIterator<Item = T>) -> Result<(), Refused> {
        let source = source.into_iter();
        // The hint may be anything. Where it is honest it saves growth; it costs at most a page.
        let page = 4096 / size_of::<T>().max(1);
        let hint = source.size_hint().0.min(page);
        if hint > 0 {
            self.try_reserve(hint)?;
        }
        for value in source {
            self.try_push(value)?;
        }
        Ok(())
    }

    /// Adds a copy of each element.
    ///
    /// # Errors
    /// [`Refused`]; the vector is as it was.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut bytes = ArenaVec::new_in(&arena);
    /// bytes.try_extend_copy(b"who ")?;
    /// bytes.try_extend_copy(b"holds it")?;
    /// assert_eq!(bytes, *b"who holds it");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_extend_copy(&mut self, source: &[T]) -> Result<(), Refused>
    where
        T: Copy,
    {
        self.try_reserve(source.len())?;
        // SAFETY: there is room behind the length, and the source is a borrow from elsewhere: the
        // vector is borrowed exclusively.
        unsafe {
            let end = self.start.add(self.len);
            core::ptr::copy_nonoverlapping(source.as_ptr(), end.as_ptr(), source.len());
        }
        self.len += source.len();
        Ok(())
    }

    /// Gives the room behind the elements back, if the vector is the newest block of its region.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut bytes = ArenaVec::<u8>::try_with_capacity_in(1000, &arena)?;
    /// bytes.push(1);
    /// bytes.shrink_to_fit();
    /// assert_eq!(bytes.capacity(), 1);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    pub fn shrink_to_fit(&mut self) {
        if size_of::<T>() == 0 || self.len == self.capacity {
            return;
        }
        let old = self.layout();
        // SAFETY: smaller than the layout of the block, which is valid.
        let new = unsafe {
            Layout::from_size_align_unchecked(size_of::<T>() * self.len, align_of::<T>())
        };
        // SAFETY: the block is this vector's, of this layout; behind `len` lies nothing.
        let shrunk = unsafe { self.region.shrink(self.start.cast(), old, new) };
        debug_assert_eq!(shrunk, Ok(self.start.cast()), "the alignment is the same");
        self.capacity = self.len;
        if self.len == 0 {
            self.start = NonNull::dangling();
        }
    }

    /// The elements in a box, which drops them. What is behind them stays with the region.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut names = ArenaVec::new_in(&arena);
    /// names.push(String::from("a"));
    /// let names = names.into_boxed();
    /// assert_eq!(*names, ["a"]);
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> ArenaBox<'a, [T]> {
        let vec = ManuallyDrop::new(self);
        // SAFETY: the first `len` elements are valid and nobody else's any more; their memory is
        // the region's as long as it is borrowed.
        unsafe { ArenaBox::from_raw(slice_from_raw_parts_mut(vec.start.as_ptr(), vec.len)) }
    }

    /// The elements for as long as the region is borrowed; for those that need no drop.
    ///
    /// # Examples
    /// See [`ArenaVec`].
    #[must_use]
    pub fn into_slice(self) -> &'a mut [T] {
        const { assert!(!core::mem::needs_drop::<T>(), "a plain value needs no drop") };
        ArenaBox::leak(self.into_boxed())
    }
}

impl<T> Drop for ArenaVec<'_, T> {
    fn drop(&mut self) {
        struct Memory<'v, 'a, T>(&'v ArenaVec<'a, T>);
        impl<T> Drop for Memory<'_, '_, T> {
            fn drop(&mut self) {
                if self.0.capacity > 0 && size_of::<T>() > 0 {
                    // SAFETY: the block is the vector's, of this layout, and dead.
                    unsafe {
                        self.0
                            .region
                            .deallocate(self.0.start.cast(), self.0.layout());
                    }
                }
            }
        }
        let memory = Memory(self);
        let elements = slice_from_raw_parts_mut(memory.0.start.as_ptr(), memory.0.len);
        // SAFETY: the first `len` elements are valid and go with the vector.
        unsafe { drop_in_place(elements) };
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;

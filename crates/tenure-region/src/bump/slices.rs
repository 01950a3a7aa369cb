//! Slices: copied, cloned, filled, collected.
//!
//! Plain ones are references; those whose elements need a drop come in an [`ArenaBox`]. When a
//! closure or a `clone` panics half-way, the elements made so far are dropped, once each.
#![expect(
    clippy::mut_from_ref,
    reason = "each call hands out memory that nobody else has"
)]

use core::mem::{MaybeUninit, needs_drop};
use core::ptr::{NonNull, copy_nonoverlapping, drop_in_place, slice_from_raw_parts_mut};
use core::slice;

use crate::boxed::ArenaBox;
use crate::bump::Bump;
use crate::refused::{Refused, give_up};
use crate::vec::ArenaVec;

/// Elements of a slice that is being made; drops them unless it is finished.
struct Making<T> {
    start: NonNull<T>,
    len: usize,
}

impl<T> Drop for Making<T> {
    fn drop(&mut self) {
        // SAFETY: the first `len` elements were written and belong to nobody else.
        unsafe { drop_in_place(slice_from_raw_parts_mut(self.start.as_ptr(), self.len)) };
    }
}

/// Makes `len` elements at `start` in turn.
///
/// # Safety
/// * `start` is free memory for `len` elements.
unsafe fn make_each<T>(
    start: NonNull<T>,
    len: usize,
    mut make: impl FnMut(usize) -> T,
) -> *mut [T] {
    let mut making = Making { start, len: 0 };
    while making.len < len {
        let element = make(making.len);
        // SAFETY: below `len`, for which there is memory.
        unsafe { start.add(making.len).write(element) };
        making.len += 1;
    }
    core::mem::forget(making);
    slice_from_raw_parts_mut(start.as_ptr(), len)
}

impl Bump {
    /// A copy of a slice.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let copy = arena.slice_copy(&[3, 1, 2]);
    /// copy.sort();
    /// assert_eq!(copy, [1, 2, 3]);
    /// ```
    #[inline]
    pub fn slice_copy<T: Copy>(&self, source: &[T]) -> &mut [T] {
        match self.try_slice_copy(source) {
            Ok(copy) => copy,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::slice_copy`].
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// assert_eq!(arena.try_slice_copy(b"bytes")?, b"bytes");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_slice_copy<T: Copy>(&self, source: &[T]) -> Result<&mut [T], Refused> {
        let start = self.place_slice::<T>(source.len())?;
        // SAFETY: free memory for as many elements, so it does not overlap the source, which the
        // caller has. Handed out for as long as the region is borrowed.
        unsafe {
            copy_nonoverlapping(source.as_ptr(), start.as_ptr(), source.len());
            Ok(slice::from_raw_parts_mut(start.as_ptr(), source.len()))
        }
    }

    /// A clone of each element of a slice.
    ///
    /// # Panics
    /// Without memory, and when a `clone` does.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let names = [String::from("a"), String::from("b")];
    /// assert_eq!(*arena.slice_clone(&names), names);
    /// ```
    #[inline]
    pub fn slice_clone<T: Clone>(&self, source: &[T]) -> ArenaBox<'_, [T]> {
        self.slice_with(source.len(), |i| source[i].clone())
    }

    /// As [`Bump::slice_clone`].
    ///
    /// # Errors
    /// [`Refused`]; nothing was cloned.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let names = arena.try_slice_clone(&[String::from("a")])?;
    /// assert_eq!(names[0], "a");
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_slice_clone<T: Clone>(&self, source: &[T]) -> Result<ArenaBox<'_, [T]>, Refused> {
        self.try_slice_with(source.len(), |i| source[i].clone())
    }

    /// A slice of `len` elements, each made by its index.
    ///
    /// # Panics
    /// Without memory, and when `make` does.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let names = arena.slice_with(3, |i| format!("n{i}"));
    /// assert_eq!(*names, ["n0", "n1", "n2"]);
    /// ```
    #[inline]
    pub fn slice_with<T>(&self, len: usize, make: impl FnMut(usize) -> T) -> ArenaBox<'_, [T]> {
        match self.try_slice_with(len, make) {
            Ok(made) => made,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::slice_with`].
    ///
    /// # Errors
    /// [`Refused`]; `make` was not called.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, Refused};
    /// let arena = Arena::new();
    /// let refused = arena.try_slice_with(usize::MAX, |_| 0u64);
    /// assert_eq!(refused.unwrap_err(), Refused::TooLarge);
    /// ```
    #[inline]
    pub fn try_slice_with<T>(
        &self,
        len: usize,
        make: impl FnMut(usize) -> T,
    ) -> Result<ArenaBox<'_, [T]>, Refused> {
        let start = self.place_slice::<T>(len)?;
        // SAFETY: free memory for `len` elements, handed out for as long as the region is borrowed.
        unsafe { Ok(ArenaBox::from_raw(make_each(start, len, make))) }
    }

    /// As [`Bump::slice_with`] for elements that need no drop: a plain reference, no box.
    ///
    /// # Panics
    /// Without memory, and when `make` does.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let squares = arena.slice_plain_with(4, |i| i * i);
    /// assert_eq!(squares, [0, 1, 4, 9]);
    /// ```
    #[inline]
    pub fn slice_plain_with<T>(&self, len: usize, make: impl FnMut(usize) -> T) -> &mut [T] {
        match self.try_slice_plain_with(len, make) {
            Ok(made) => made,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::slice_plain_with`].
    ///
    /// # Errors
    /// [`Refused`]; `make` was not called.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// assert_eq!(arena.try_slice_plain_with(2, |i| i)?, [0, 1]);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_slice_plain_with<T>(
        &self,
        len: usize,
        make: impl FnMut(usize) -> T,
    ) -> Result<&mut [T], Refused> {
        const { assert!(!needs_drop::<T>(), "a plain value needs no drop") };
        self.try_slice_with(len, make).map(ArenaBox::leak)
    }

    /// `len` copies of a value.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// assert_eq!(arena.slice_fill(3, 7u8), [7, 7, 7]);
    /// ```
    #[inline]
    pub fn slice_fill<T: Copy>(&self, len: usize, value: T) -> &mut [T] {
        match self.try_slice_fill(len, value) {
            Ok(filled) => filled,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::slice_fill`].
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// assert!(arena.try_slice_fill(1 << 62, 0u8).is_err());
    /// ```
    #[inline]
    pub fn try_slice_fill<T: Copy>(&self, len: usize, value: T) -> Result<&mut [T], Refused> {
        let slice = self.try_slice_uninit::<T>(len)?;
        if size_of::<T>() > 0 {
            for element in &mut *slice {
                element.write(value);
            }
        }
        // SAFETY: each element was written just now, or has no bytes.
        Ok(unsafe { &mut *(core::ptr::from_mut(slice) as *mut [T]) })
    }

    /// Memory for `len` elements, to be written by the caller, who also drops what needs it.
    ///
    /// # Errors
    /// [`Refused`].
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let buffer = arena.try_slice_uninit::<u64>(100)?;
    /// assert_eq!(*buffer[7].write(49), 49);
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    pub fn try_slice_uninit<T>(&self, len: usize) -> Result<&mut [MaybeUninit<T>], Refused> {
        let start = self.place_slice::<MaybeUninit<T>>(len)?;
        // SAFETY: free memory for `len` elements, which may hold anything; handed out for as long
        // as the region is borrowed.
        Ok(unsafe { slice::from_raw_parts_mut(start.as_ptr(), len) })
    }

    /// All that an iterator yields. What it says on its length is taken for a hint, no more.
    ///
    /// The slice grows in place as long as the iterator takes nothing from this region itself.
    ///
    /// # Panics
    /// Without memory, and when the iterator does.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let words = arena.slice_from_iter("who holds it".split(' ').map(String::from));
    /// assert_eq!(*words, ["who", "holds", "it"]);
    /// ```
    #[inline]
    pub fn slice_from_iter<T>(&self, source: impl IntoIterator<Item = T>) -> ArenaBox<'_, [T]> {
        match self.try_slice_from_iter(source) {
            Ok(made) => made,
            Err(why) => give_up(why),
        }
    }

    /// As [`Bump::slice_from_iter`].
    ///
    /// # Errors
    /// [`Refused`]; what was collected is dropped.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// arena.set_limit_bytes(1 << 20);
    /// assert!(arena.try_slice_from_iter(0u64..).is_err());
    /// ```
    pub fn try_slice_from_iter<T>(
        &self,
        source: impl IntoIterator<Item = T>,
    ) -> Result<ArenaBox<'_, [T]>, Refused> {
        let mut collected = ArenaVec::new_in(self);
        collected.try_extend(source)?;
        collected.shrink_to_fit();
        Ok(collected.into_boxed())
    }
}

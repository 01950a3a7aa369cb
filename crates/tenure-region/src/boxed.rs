//! A value in a region that is dropped when its owner goes: a box of 8 bytes.

use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, forget};
use core::ops::{Deref, DerefMut};
use core::ptr::{NonNull, drop_in_place};

/// Owns a value in a region. Dropping it drops the value; the memory stays with the region.
///
/// 8 bytes for a sized type, 16 for a slice, a `str` or a trait object. Forgetting the box forgets
/// the value: the region never drops what was not [adopted](crate::Bump::adopt).
///
/// There is no way to a `Pin`: the region takes the memory back also if the value was forgotten.
///
/// # Examples
/// ```
/// use tenure_region::{Arena, ArenaBox};
/// let arena = Arena::new();
/// let mut names = arena.alloc(vec!["who"]);
/// names.push("holds");
/// assert_eq!(names.len(), 2);
/// assert_eq!(size_of::<Option<ArenaBox<'_, Vec<u8>>>>(), 8);
/// // The vector's own memory goes here, not at the arena's end.
/// drop(names);
/// ```
pub struct ArenaBox<'a, T: ?Sized> {
    value: NonNull<T>,
    /// Owns a `T`, inside a borrow of the region.
    owns: PhantomData<(&'a (), T)>,
}

// SAFETY: the box is the only way to the value, as with `Box`; it never touches the region.
unsafe impl<T: ?Sized + Send> Send for ArenaBox<'_, T> {}
// SAFETY: a shared box gives shared access to the value only.
unsafe impl<T: ?Sized + Sync> Sync for ArenaBox<'_, T> {}

impl<'a, T: ?Sized> ArenaBox<'a, T> {
    /// A box around the value at this address.
    ///
    /// # Safety
    /// * `value` is a valid, aligned value that nobody else drops or uses.
    /// * Its memory stays its own for `'a`.
    ///
    /// # Examples
    /// A box of a trait object, made by way of a raw pointer:
    /// ```
    /// use tenure_region::{Arena, ArenaBox};
    /// let arena = Arena::new();
    /// let raw = ArenaBox::into_raw(arena.alloc(7u32));
    /// // SAFETY: the value of a box that was given up, in the arena that lives on.
    /// let shown: ArenaBox<'_, dyn core::fmt::Display> = unsafe { ArenaBox::from_raw(raw) };
    /// assert_eq!(shown.to_string(), "7");
    /// ```
    #[inline]
    pub const unsafe fn from_raw(value: *mut T) -> Self {
        Self {
            // SAFETY: a valid value has an address that is not null.
            value: unsafe { NonNull::new_unchecked(value) },
            owns: PhantomData,
        }
    }

    /// The address of the value, which nobody drops any more.
    ///
    /// # Examples
    /// See [`ArenaBox::from_raw`].
    #[inline]
    #[must_use]
    pub fn into_raw(this: Self) -> *mut T {
        ManuallyDrop::new(this).value.as_ptr()
    }

    /// The value for as long as the region is borrowed; it is never dropped.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaBox};
    /// let arena = Arena::new();
    /// let kept: &mut String = ArenaBox::leak(arena.alloc("held".to_owned()));
    /// kept.push('!');
    /// # drop(std::mem::take(kept));
    /// ```
    #[inline]
    #[must_use]
    pub fn leak(this: Self) -> &'a mut T {
        // SAFETY: the box owned the value for `'a`, and is no more.
        unsafe { &mut *Self::into_raw(this) }
    }
}

impl<T> ArenaBox<'_, T> {
    /// The value itself, moved out of the region.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, ArenaBox};
    /// let arena = Arena::new();
    /// let text = arena.alloc("who holds it".to_owned());
    /// let text: String = ArenaBox::into_inner(text);
    /// assert_eq!(text, "who holds it");
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(this: Self) -> T {
        // SAFETY: the box owns a valid value, and does not drop it after this.
        let value = unsafe { this.value.read() };
        forget(this);
        value
    }
}

impl<T: ?Sized> Drop for ArenaBox<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the box owns a valid value that nobody uses any more.
        unsafe { drop_in_place(self.value.as_ptr()) };
    }
}

impl<T: ?Sized> Deref for ArenaBox<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the box owns a valid value; it is borrowed with the box.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for ArenaBox<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the box is borrowed exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized> AsRef<T> for ArenaBox<'_, T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ArenaBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for ArenaBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for ArenaBox<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for ArenaBox<'_, T> {}

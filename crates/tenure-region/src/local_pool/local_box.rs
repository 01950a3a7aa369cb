//! A value in a pool of one thread: a box of 8 bytes that gives its place back.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::{Core, LocalPool};

/// Owns a value in a [`LocalPool`]: dropping the box drops the value and frees its place. 8 bytes.
///
/// It stays on its thread; references to the value may go where those to a `T` may.
///
/// # Examples
/// See [`LocalPool`].
pub struct LocalBox<'p, T> {
    value: NonNull<T>,
    /// Owns a `T`, inside a borrow of the pool.
    owns: PhantomData<(&'p LocalPool<T>, T)>,
}

// SAFETY: a shared box gives shared references to the value only; the pool is changed by the drop
// of a box, and that stays on its thread since a box is not `Send`.
unsafe impl<T: Sync> Sync for LocalBox<'_, T> {}

impl<'p, T> LocalBox<'p, T> {
    /// # Safety
    /// * `value` is a valid value in a place of a pool that is borrowed for `'p`, which no other
    ///   box has.
    #[inline(always)]
    pub(super) unsafe fn new(value: NonNull<T>) -> Self {
        Self {
            value,
            owns: PhantomData,
        }
    }

    /// Moves the value out, and frees its place.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{LocalBox, LocalPool};
    /// let pool = LocalPool::new();
    /// let name: String = LocalBox::into_inner(pool.alloc("a".to_owned()));
    /// assert_eq!((name.as_str(), pool.len()), ("a", 0));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(this: Self) -> T {
        let place = Free(ManuallyDrop::new(this).value);
        // SAFETY: the box owned the value, which nobody looks at again.
        unsafe { place.0.read() }
    }

    /// The value for as long as the pool is borrowed; it is not dropped, and keeps its place until
    /// [`LocalPool::reset`].
    ///
    /// # Examples
    /// See [`LocalPool::reset`].
    #[inline]
    #[must_use]
    pub fn leak(this: Self) -> &'p mut T {
        // SAFETY: the box owned the value for `'p`, and is no more.
        unsafe { ManuallyDrop::new(this).value.as_mut() }
    }
}

/// Frees the place of a value, also when its drop panics.
struct Free<T>(NonNull<T>);

impl<T> Drop for Free<T> {
    #[inline]
    fn drop(&mut self) {
        let body = self.0.cast::<u8>();
        // SAFETY: the value of a box lies in a place, which begins with the address of the core.
        // That is alive: the box borrows the pool. The value is gone, so the list may have its
        // bytes.
        unsafe {
            let core: &Core = &**body
                .sub(LocalPool::<T>::BODY)
                .cast::<*const Core>()
                .as_ptr();
            body.cast::<*mut u8>().write(core.free.get());
            core.free.set(body.as_ptr());
            core.len.set(core.len.get() - 1);
        }
    }
}

impl<T> Drop for LocalBox<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let place = Free(self.value);
        // SAFETY: the box owns the value, which is not used again: the place is freed at the end of
        // this scope, and by nobody else.
        unsafe { place.0.drop_in_place() };
    }
}

impl<T> Deref for LocalBox<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the box owns a valid value; it is borrowed with the box.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for LocalBox<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, exclusively.
        unsafe { self.value.as_mut() }
    }
}

impl<T: fmt::Debug> fmt::Debug for LocalBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

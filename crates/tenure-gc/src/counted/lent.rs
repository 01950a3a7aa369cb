//! [`CcMut`]: a counted value that somebody holds mutably.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::cc::Cc;
use super::header::{Header, LENT};

/// A counted value, mutably, for as long as the borrow of its only handle.
///
/// Not a plain `&mut`: a collection may come meanwhile, when something is allocated, and must not
/// look into what is being changed. While it lives, what the value holds is taken for in use. If it
/// is forgotten the collector never looks into that value again: cycles through it stay.
pub struct CcMut<'a, T: ?Sized> {
    value: NonNull<T>,
    borrow: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> CcMut<'a, T> {
    /// Lends the value of a handle that is the only one.
    pub(super) fn of(handle: &'a mut Cc<T>) -> Self {
        handle.header().set(LENT);
        Self {
            value: handle.place(),
            borrow: PhantomData,
        }
    }
}

impl<T: ?Sized> Deref for CcMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the only handle is borrowed, the value was alive, and collectors keep off.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for CcMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; and this guard is borrowed mutably.
        unsafe { self.value.as_mut() }
    }
}

impl<T: ?Sized> Drop for CcMut<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the handle that is borrowed keeps the block.
        unsafe { Header::before(self.value).as_ref() }.clear(LENT);
    }
}

//! [`Gc`]: a pointer to an object of a collected heap.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

use crate::trace::{Edge, Relocator, Trace, Visitor};

/// A pointer to a value in a collected heap, as good as a shared reference and as cheap to copy.
///
/// It lives no longer than the mutation that made it, so the collector may move the value between
/// mutations. The brand `'gc` is invariant: a pointer of one heap is none of another.
/// There is neither order nor hash by address, since addresses change; see [`Gc::ptr_eq`] and
/// [`crate::Mutation::identity`].
#[repr(transparent)]
pub struct Gc<'gc, T>(NonNull<T>, PhantomData<Cell<&'gc ()>>);

impl<T> Clone for Gc<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<'_, T> {}

impl<'gc, T> Gc<'gc, T> {
    /// A pointer to a value of a heap with this brand.
    ///
    /// # Safety
    /// * The value lies behind an object's word in the heap that the brand is of, and is a `T`.
    #[inline]
    pub(crate) unsafe fn from_value(value: NonNull<u8>) -> Self {
        Self(value.cast(), PhantomData)
    }

    /// Where the value lies.
    #[inline]
    pub(crate) fn value(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// The value, for as long as the mutation lasts.
    #[inline]
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "the lifetime is longer than that of `AsRef`"
    )]
    pub fn as_ref(self) -> &'gc T {
        // SAFETY: a pointer of an open mutation leads to a live value; values are neither moved nor
        // dropped before it ends, and written only through cells.
        unsafe { self.0.as_ref() }
    }

    /// Whether both lead to the same object.
    #[inline]
    #[must_use]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Deref for Gc<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: as in `as_ref`; the borrow of the pointer is shorter.
        unsafe { self.0.as_ref() }
    }
}

// SAFETY: the one pointer is presented; the value that it leads to is another object's.
unsafe impl<'gc, T> Trace<'gc> for Gc<'gc, T> {
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        visitor.strong(Edge::new(self.0.cast()));
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        let mut edge = Edge::new(self.0.cast());
        relocator.strong(&mut edge);
        self.0 = edge.value().cast();
    }
}

impl<T: fmt::Debug> fmt::Debug for Gc<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Gc<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

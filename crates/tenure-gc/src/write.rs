//! [`Write`]: leave to write into an object, which the barrier grants; and [`field!`], which passes
//! it on to a field.

use core::ops::Deref;

/// A value that may be written to: [`crate::Mutation::write`] has told the collector of it.
///
/// It derefs to the value. Writing goes through the cells inside: [`crate::Lock`],
/// [`crate::RefLock`], [`crate::OnceLock`], which [`field!`](crate::field) leads to.
#[repr(transparent)]
pub struct Write<T: ?Sized>(T);

impl<T: ?Sized> Write<T> {
    /// Takes a value for one that may be written to.
    ///
    /// # Safety
    /// * The object that the value lies in was passed to the barrier in this mutation.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn assume(value: &T) -> &Self {
        // SAFETY: the layouts are one, `Write` being transparent.
        unsafe { &*(core::ptr::from_ref(value) as *const Self) }
    }

    /// The value; no deref goes on from here, so that a pattern sees the value itself.
    #[doc(hidden)]
    #[inline]
    pub fn inner(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> Deref for Write<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Write<Option<T>> {
    /// Leave to write into the value that is there.
    #[inline]
    pub fn as_write(&self) -> Option<&Write<T>> {
        // SAFETY: the value lies in the same object.
        self.0.as_ref().map(|value| unsafe { Write::assume(value) })
    }
}

impl<T> Write<[T]> {
    /// Leave to write into the element at `index`, when there is one.
    #[inline]
    pub fn element(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: the element lies in the same object.
        self.0
            .get(index)
            .map(|value| unsafe { Write::assume(value) })
    }
}

impl<T, const N: usize> Write<[T; N]> {
    /// Leave to write into the element at `index`, when there is one.
    #[inline]
    pub fn element(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: the element lies in the same object.
        self.0
            .get(index)
            .map(|value| unsafe { Write::assume(value) })
    }
}

/// From leave to write into a struct, leave to write into one of its fields.
///
/// `field!(mc.write(node), Node, next)`; for a tuple struct the field is its number:
/// `field!(write, Pair, 0)`. The type's own pattern takes it apart, so it never goes on through a
/// pointer to another object.
///
/// # Examples
/// ```
/// # use tenure_gc::{Gc, Lock, Relocator, Trace, Visitor, Mutation, field};
/// struct Node<'gc> { next: Lock<Option<Gc<'gc, Node<'gc>>>> }
/// # unsafe impl<'gc> Trace<'gc> for Node<'gc> {
/// #     fn trace<V: Visitor<'gc>>(&self, v: &mut V) { self.next.trace(v) }
/// #     fn relocate<R: Relocator<'gc>>(&mut self, r: &mut R) { self.next.relocate(r) }
/// # }
/// fn link<'gc>(mc: &'gc Mutation<'gc>, from: Gc<'gc, Node<'gc>>, to: Gc<'gc, Node<'gc>>) {
///     field!(mc.write(from), Node, next).set(Some(to));
/// }
/// ```
#[macro_export]
macro_rules! field {
    ($write:expr, $type:path, $field:tt) => {{
        let write: &$crate::Write<_> = $write;
        match $crate::Write::inner(write) {
            // SAFETY: the pattern shows that the field lies in the value itself.
            $type { $field: value, .. } => unsafe { $crate::Write::assume(value) },
        }
    }};
}

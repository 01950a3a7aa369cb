//! A scope beside a region's values: a cursor of its own, on chunks of the same supply.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;

use crate::bump::{Bump, Source};
use crate::tail::{self, Tail};

/// A scope beside a region's values, which ends when it is dropped; made by [`Bump::side`].
///
/// Takes its first chunk at its first request, and gives its chunks back to the region's supply.
/// Scopes may be moved, held across an `.await`, and end in any order. A scope that is forgotten
/// keeps its chunks until the arena is reset, and never drops what it adopted.
///
/// # Examples
/// ```
/// let arena = tenure_region::Arena::new();
/// let (first, second) = (arena.side(), arena.side());
/// let value = first.alloc_plain(1);
/// second.alloc_plain(2);
/// drop(second);
/// *value += 1;
/// assert_eq!(*value, 2);
/// ```
#[derive(Debug)]
pub struct Side<'a> {
    /// Never dropped: its source is somebody else's or none, and `Drop` below does the rest. The
    /// compiler would look at each exit whether the source is one that must be dropped.
    bump: ManuallyDrop<Bump>,
    /// The supply is the region's.
    region: PhantomData<&'a Bump>,
}

impl Side<'_> {
    #[inline(always)]
    pub(crate) fn over(source: Source) -> Self {
        Self {
            bump: ManuallyDrop::new(Bump::empty(source)),
            region: PhantomData,
        }
    }

    /// A scope on top of this one; see [`Arena::tail`](crate::Arena::tail).
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::new();
    /// let mut scope = arena.side();
    /// let sum: u32 = scope.tail(|top| top.slice_fill(10, 1).iter().sum());
    /// assert_eq!(sum, 10);
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
        // SAFETY: borrowed exclusively, so nothing else takes from the cursor meanwhile.
        unsafe { tail::enter(&self.bump, work) }
    }
}

impl Deref for Side<'_> {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        &self.bump
    }
}

impl Drop for Side<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nothing borrows the scope any more.
        unsafe { self.bump.finish() };
    }
}
